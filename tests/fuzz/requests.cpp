// The server's parser: what it reads may not depend on how the bytes arrive.
#include "net/http/request_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace ringmaster::net;
using namespace ringmaster::fuzz;

namespace {

constexpr std::size_t header_bytes = 1024, body_bytes = 4096;

/// As the session does it: what is not taken stays in front of what comes next, and no more waits
/// than a header may have.
std::vector<http_request> read(std::string_view stream, std::size_t piece) {
  std::vector<http_request> found;
  request_parser parser(header_bytes, 16);
  std::string waiting;
  while (!stream.empty()) {
    const auto now = std::min({piece, stream.size(), header_bytes - waiting.size()});
    waiting += stream.substr(0, now);
    stream.remove_prefix(now);
    for (bool goes_on = true; goes_on && !waiting.empty();) {
      std::size_t taken = 0;
      const auto how = parser.parse(waiting, taken);
      promise(taken <= waiting.size(), "no more is taken than there is");
      waiting.erase(0, taken);
      switch (how) {
      case request_parser::progress::refused:
        promise(parser.why().status >= 400, "a refusal has a status");
        return found;
      case request_parser::progress::needs_more:
        goes_on = false;
        break;
      case request_parser::progress::has_head:
        parser.limit_body(body_bytes);
        break;
      case request_parser::progress::complete:
        promise(parser.body_size() <= body_bytes, "a body is no larger than allowed");
        found.push_back(parser.request());
        parser.reset();
        break;
      }
    }
  }
  return found;
}

bool same(const http_request& a, const http_request& b) {
  return a.method == b.method && a.target == b.target && a.headers == b.headers && a.body == b.body;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto stream = text_of(data + 1, size - 1);
  const auto whole = read(stream, stream.size() + 1), pieces = read(stream, data[0] % 7 + 1);
  promise(whole.size() == pieces.size(), "as many requests however they arrive");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const auto& one = whole[i];
    promise(same(one, pieces[i]), "the same requests however they arrive");
    promise(!one.method.empty() && !one.target.empty(), "a request has a method and a target");
    promise(one.count_headers("Content-Length") <= 1, "one length at most");
    promise(!one.header("Content-Length") || !one.header("Transfer-Encoding"),
            "a length or an encoding, never both");
    for (const auto& [name, value] : one.headers)
      promise((name + value).find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
              "no line end in a header");
  }
  return 0;
}
