// HTTP requests and responses as plain values: what the server hands to a handler and takes back.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringmaster::net {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// Header names are compared without regard to case (ASCII).
bool same_header_name(std::string_view a, std::string_view b);
/// The first header of that name, nullptr when there is none.
const std::string* find_header(const header_list& headers, std::string_view name);

struct http_request {
  std::string method; ///< "GET", upper case
  std::string target; ///< as on the request line: path and query, still encoded
  header_list headers;
  std::string body;
  std::string peer; ///< address of the client, for logs

  /// The part of `target` before '?', still encoded.
  std::string_view path() const;
  /// The part of `target` behind '?', still encoded; empty when there is none.
  std::string_view query() const;
  /// The first header of that name (case-insensitive), nullptr when there is none.
  const std::string* header(std::string_view name) const;
  /// How many headers of that name there are.
  std::size_t count_headers(std::string_view name) const;
};

/// A body made while it is sent (exports, event streams). The session pulls one chunk after
/// another, so a slow reader holds back the maker and never fills the memory.
class chunk_source {
public:
  virtual ~chunk_source() = default;
  /// Calls `ready` once, on any thread: with the next chunk, or nothing at the end.
  virtual void pull(std::function<void(std::optional<std::string>)> ready) = 0;
  /// The client has gone; no further pull comes.
  virtual void cancel() {}
  /// Asked after the end: true when the body is not whole. The connection is then closed without
  /// the last chunk, so that the client can tell.
  virtual bool broken() const { return false; }
};

/// How the connection goes on after an answer. All but `as_asked` are for the simulated carrier,
/// which has to misbehave.
enum class answer_end {
  as_asked, ///< kept or closed as HTTP/1.1 says
  silent,   ///< the whole answer promises keep-alive, then the connection is closed
  cut,      ///< closed after the header and half of the body
  dropped   ///< closed without a byte of an answer
};

struct http_response {
  int status = 200;
  std::string content_type; ///< empty: no body
  std::string body;
  header_list headers;
  std::shared_ptr<chunk_source> stream; ///< set: chunked body instead of `body`
  answer_end end = answer_end::as_asked;
};

/// Answers one request; exactly once, from any thread, also after the client or the server has
/// gone. A second answer, and one behind the server's own 503, is dropped.
using respond_fn = std::function<void(http_response)>;

/// What is said about a large body that is to come.
struct admission {
  std::optional<http_response> refusal; ///< none: it may come
  std::uint64_t asker = 0;              ///< whose part of the room it takes; 0: nobody's
};
using admitted_fn = std::function<void(admission)>;

/// Whether a request may send its large body, judged by its head: calls `then` once, on any thread.
/// Called on the server's thread: must not block.
using admission_fn = std::function<void(const http_request& head, admitted_fn then)>;

/// What stands behind a server. Called on the server's thread: must not block.
using http_handler = std::function<void(http_request, respond_fn)>;

} // namespace ringmaster::net
