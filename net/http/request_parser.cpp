#include "net/http/request_parser.hpp"

#include "net/http/chunk_end.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace ringmaster::net {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr refusal malformed{400, "malformed_request",
                            "The request is not well-formed HTTP/1.1: send it with an HTTP "
                            "library."};
constexpr refusal bad_length{400, "malformed_request",
                             "Content-Length must be there at most once, in digits."};
constexpr refusal bad_encoding{400, "malformed_request",
                               "Transfer-Encoding must be chunked, alone, without Content-Length."};
constexpr refusal bad_host{400, "malformed_request",
                           "Exactly one well-formed Host header is needed."};
constexpr refusal header_too_large{431, "header_too_large",
                                   "The request's header is too large: send fewer and shorter "
                                   "headers, or a shorter URL."};
constexpr refusal body_too_large{413, "body_too_large",
                                 "The request's body is larger than its path takes: send it in "
                                 "parts, as several requests."};
constexpr refusal bad_expectation{
    417, "bad_expectation", "Only 100-continue can be expected: leave out the Expect header."};

bool is_digits(string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host(string_view text) {
  constexpr std::string_view others = "-._:[]%";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

/// RFC 9112, 3.2.2: a target may be a whole URL. Whom it names is not ours to judge; what counts is
/// its path and query.
std::string_view path_and_query(std::string_view target) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!same_header_name(target.substr(0, scheme.size()), scheme)) continue;
    const auto end = target.find_first_of("/?", scheme.size());
    return end == std::string_view::npos ? std::string_view() : target.substr(end);
  }
  return target;
}

/// Beast's parser filling an http_request, with the rules that Beast leaves to its user.
class beast_parser final : public http::basic_parser<true> {
public:
  explicit beast_parser(std::size_t most_headers) : most_headers_(most_headers) {
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
    eager(true);
    request.headers.reserve(12);
  }

  http_request request;
  refusal why;
  std::size_t most_body = std::numeric_limits<std::size_t>::max();
  bool expects_continue = false;
  bool keep_alive_asked = false;
  bool http_1_0 = false;

private:
  void refuse(const refusal& with, error_code& error) {
    if (!why.status) why = with;
    error = http::error::bad_value;
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    request.method.assign(method.data(), method.size());
    const auto local = path_and_query({target.data(), target.size()});
    request.target = local.empty() || local.front() == '?' ? "/" : "";
    request.target += local;
    http_1_0 = version == 10;
  }
  void on_response_impl(int, string_view, int, error_code&) override {}

  void on_field_impl(http::field field, string_view name, string_view value,
                     error_code& error) override {
    if (header_done_) return; // trailers say nothing that may be believed
    if (request.headers.size() == most_headers_) return refuse(header_too_large, error);
    if (field == http::field::host) {
      if (++hosts_ > 1 || !is_host(value)) return refuse(bad_host, error);
    } else if (field == http::field::content_length) {
      if (++lengths_ > 1 || !is_digits(value)) return refuse(bad_length, error);
      if (encodings_ > 0) return refuse(bad_encoding, error);
    } else if (field == http::field::transfer_encoding) {
      bool chunked = same_header_name({value.data(), value.size()}, "chunked");
      if (++encodings_ > 1 || lengths_ > 0 || http_1_0 || !chunked)
        return refuse(bad_encoding, error);
    } else if (field == http::field::expect && !http_1_0) {
      if (!same_header_name({value.data(), value.size()}, "100-continue"))
        return refuse(bad_expectation, error);
      expects_continue = true;
    }
    request.headers.emplace_back(std::string(name), std::string(value));
  }

  void on_header_impl(error_code& error) override {
    header_done_ = true;
    if (hosts_ == 0 && !http_1_0) return refuse(bad_host, error);
    keep_alive_asked = keep_alive();
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& error) override {
    if (!length) return;
    if (*length > most_body) return refuse(body_too_large, error);
    constexpr std::uint64_t at_once = 256 * 1024;
    request.body.reserve(static_cast<std::size_t>(std::min(*length, at_once)));
  }

  std::size_t on_body_impl(string_view bytes, error_code&) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t size, string_view, error_code& error) override {
    if (size > most_body - std::min(most_body, request.body.size())) refuse(body_too_large, error);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_finish_impl(error_code&) override {}

  std::size_t most_headers_;
  std::size_t hosts_ = 0, lengths_ = 0, encodings_ = 0;
  bool header_done_ = false;
};

/// Looks for the header's end byte by byte, once over each byte however it arrives, and stops at
/// line endings, folded lines and control characters that Beast or others might let pass.
class header_scan {
public:
  enum class result { needs_more, found, bad };

  result go(std::string_view bytes) {
    for (; next_ < bytes.size(); ++next_) {
      auto c = static_cast<unsigned char>(bytes[next_]);
      if (after_cr_) {
        if (c != '\n') return result::bad;
        after_cr_ = false;
        bool empty_line = next_ == line_ + 1;
        line_ = next_ + 1;
        if (empty_line) return ++next_, result::found;
      } else if (c == '\r') {
        after_cr_ = true;
      } else if (c < ' ' || c == 127) {
        if (c != '\t' || next_ == line_) return result::bad;
      } else if (c == ' ' && next_ == line_) {
        return result::bad;
      }
    }
    return result::needs_more;
  }

  /// Bytes looked at; after `found` the header's length.
  std::size_t size() const { return next_; }

private:
  std::size_t next_ = 0; ///< the next byte to look at
  std::size_t line_ = 0; ///< where its line began
  bool after_cr_ = false;
};

} // namespace

struct request_parser::impl {
  impl(std::size_t bytes, std::size_t headers) : header_bytes(bytes), most_headers(headers) {
    beast.emplace(most_headers);
  }

  progress refuse(const refusal& with) {
    if (!beast->why.status) beast->why = with;
    return progress::refused;
  }

  progress parse_head(std::string_view bytes, std::size_t& taken) {
    if (!begun && !after_empty_line && bytes.substr(0, 2) == "\r\n") {
      // RFC 9112, 2.2: one empty line before a request is passed over.
      after_empty_line = true;
      taken = 2;
      bytes.remove_prefix(2);
    }
    if (bytes.empty() || (!begun && bytes == "\r")) return progress::needs_more;
    begun = true;
    auto found = scan.go(bytes.substr(0, header_bytes));
    if (found == header_scan::result::bad) return refuse(malformed);
    if (found == header_scan::result::needs_more)
      return scan.size() == header_bytes ? refuse(header_too_large) : progress::needs_more;
    error_code error;
    beast->eager(false);
    auto used = beast->put({bytes.data(), scan.size()}, error);
    if (error || !beast->is_header_done()) return refuse(malformed);
    beast->eager(true);
    taken += used;
    has_head = true;
    return progress::has_head;
  }

  progress parse_body(std::string_view bytes, std::size_t& taken) {
    if (!beast->is_done() && beast->chunked() && too_short_an_end(bytes))
      return progress::needs_more;
    if (!beast->is_done() && !bytes.empty()) {
      error_code error;
      taken = beast->put({bytes.data(), bytes.size()}, error);
      if (error && error != http::error::need_more) return refuse(malformed);
      // A line of a chunk or trailer never fills more than a header may.
      if (!beast->is_done() && bytes.size() - taken >= header_bytes) return refuse(malformed);
    }
    return beast->is_done() ? progress::complete : progress::needs_more;
  }

  std::size_t header_bytes, most_headers;
  std::optional<beast_parser> beast;
  header_scan scan;
  bool after_empty_line = false;
  bool begun = false;
  bool has_head = false;
};

request_parser::request_parser(std::size_t header_bytes, std::size_t most_headers)
    : impl_(std::make_unique<impl>(header_bytes, most_headers)) {}

request_parser::~request_parser() = default;

request_parser::progress request_parser::parse(std::string_view bytes, std::size_t& taken) {
  taken = 0;
  if (impl_->beast->why.status) return progress::refused;
  return impl_->has_head ? impl_->parse_body(bytes, taken) : impl_->parse_head(bytes, taken);
}

void request_parser::limit_body(std::size_t most_bytes) {
  impl_->beast->most_body = most_bytes;
  auto length = impl_->beast->content_length();
  if (length && *length > most_bytes) impl_->refuse(body_too_large);
}

bool request_parser::body_may_exceed(std::size_t bytes) const {
  const auto length = impl_->beast->content_length();
  return length ? *length > bytes : impl_->beast->chunked();
}

void request_parser::reset() {
  impl_->beast.emplace(impl_->most_headers);
  impl_->scan = {};
  impl_->after_empty_line = impl_->begun = impl_->has_head = false;
}

http_request& request_parser::request() {
  return impl_->beast->request;
}
const refusal& request_parser::why() const {
  return impl_->beast->why;
}
bool request_parser::begun() const {
  return impl_->begun;
}
bool request_parser::keep_alive() const {
  return impl_->beast->keep_alive_asked;
}
bool request_parser::http_1_0() const {
  return impl_->beast->http_1_0;
}
bool request_parser::expects_continue() const {
  return impl_->beast->expects_continue;
}
std::size_t request_parser::body_size() const {
  return impl_->beast->request.body.size();
}

} // namespace ringmaster::net
