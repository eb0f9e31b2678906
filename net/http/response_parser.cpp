#include "net/http/response_parser.hpp"

#include "net/http/chunk_end.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <optional>

namespace ringmaster::net {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr std::uint32_t most_header_bytes = 64 * 1024;
constexpr std::size_t most_headers = 256;
constexpr int most_interim_answers = 8;

/// Beast's parser filling an http_response, with the rules that Beast leaves to its user.
class answer_parser final : public http::basic_parser<false> {
public:
  explicit answer_parser(std::size_t most_body_bytes) : most_body(most_body_bytes) {
    header_limit(most_header_bytes);
    body_limit(boost::none);
    eager(true);
  }

  http_response response;
  header_list headers;
  std::string why;
  std::size_t most_body;

private:
  void refuse(const char* reason, error_code& error) {
    why = reason;
    error = http::error::bad_value;
  }

  void append(string_view bytes, error_code& error) {
    if (bytes.size() > most_body - response.body.size())
      return refuse("the answer is too large", error);
    response.body.append(bytes.data(), bytes.size());
  }

  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int status, string_view, int version, error_code& error) override {
    if (status < 100) return refuse("the answer's status makes no sense", error);
    response.status = status;
    http_1_0_ = version == 10;
  }

  void on_field_impl(http::field field, string_view name, string_view value,
                     error_code& error) override {
    if (header_done_) return; // trailers
    if (headers.size() == most_headers) return refuse("the answer has too many headers", error);
    if (field == http::field::content_length) {
      bool digits =
          std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
      if (++lengths_ > 1 || encodings_ > 0 || !digits)
        return refuse("the answer's length is ambiguous", error);
    } else if (field == http::field::transfer_encoding) {
      bool chunked = same_header_name({value.data(), value.size()}, "chunked");
      if (++encodings_ > 1 || lengths_ > 0 || http_1_0_ || !chunked)
        return refuse("the answer's encoding is ambiguous", error);
    }
    headers.emplace_back(std::string(name), std::string(value));
  }

  void on_header_impl(error_code&) override { header_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& error) override {
    if (length && *length > most_body) return refuse("the answer is too large", error);
  }
  std::size_t on_body_impl(string_view bytes, error_code& error) override {
    append(bytes, error);
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t size, string_view, error_code& error) override {
    if (size > most_body - response.body.size()) refuse("the answer is too large", error);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& error) override {
    append(bytes, error);
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  std::size_t lengths_ = 0, encodings_ = 0;
  bool header_done_ = false;
  bool http_1_0_ = false;
};

} // namespace

struct response_parser::impl {
  explicit impl(std::size_t most) : most_body(most) { begin(); }

  void begin() {
    beast.emplace(most_body);
    if (to_head) beast->skip(true);
  }

  progress refuse(const error_code& error) {
    if (beast->why.empty()) beast->why = "the answer is malformed: " + error.message();
    return progress::refused;
  }

  progress complete() {
    if (auto type = find_header(beast->headers, "Content-Type"))
      beast->response.content_type = *type;
    return progress::complete;
  }

  /// Whether the finished answer was an interim one, and the next is to be read.
  bool was_interim() { return beast->response.status / 100 == 1; }

  std::size_t most_body;
  bool to_head = false;
  int interim_answers = 0;
  std::optional<answer_parser> beast;
};

response_parser::response_parser(std::size_t most_body_bytes)
    : impl_(std::make_unique<impl>(most_body_bytes)) {}

response_parser::~response_parser() = default;

void response_parser::reset(bool to_head) {
  impl_->to_head = to_head;
  impl_->interim_answers = 0;
  impl_->begin();
}

response_parser::progress response_parser::parse(std::string_view bytes, std::size_t& taken) {
  taken = 0;
  while (taken < bytes.size()) {
    auto& beast = *impl_->beast;
    if (beast.is_header_done() && beast.chunked() && too_short_an_end(bytes.substr(taken)))
      return progress::needs_more;
    error_code error;
    taken += beast.put({bytes.data() + taken, bytes.size() - taken}, error);
    if (error == http::error::need_more && bytes.size() - taken < most_header_bytes)
      return progress::needs_more;
    if (error) return impl_->refuse(error);
    if (!beast.is_done()) continue;
    if (!impl_->was_interim()) return impl_->complete();
    if (beast.response.status == 101 || ++impl_->interim_answers > most_interim_answers)
      return impl_->refuse(http::error::bad_status);
    impl_->begin();
  }
  return progress::needs_more;
}

response_parser::progress response_parser::end_of_stream() {
  auto& beast = *impl_->beast;
  error_code error = http::error::partial_message;
  if (beast.got_some()) beast.put_eof(error);
  if (!error) return impl_->complete();
  if (beast.why.empty()) beast.why = "the connection ended before the whole answer";
  return progress::refused;
}

http_response& response_parser::response() {
  return impl_->beast->response;
}
header_list& response_parser::headers() {
  return impl_->beast->headers;
}
bool response_parser::keep_alive() const {
  return impl_->beast->keep_alive();
}
const std::string& response_parser::why() const {
  return impl_->beast->why;
}

} // namespace ringmaster::net
