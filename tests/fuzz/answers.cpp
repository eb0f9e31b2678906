// The client's parser of the carrier's answers: the same however the bytes arrive.
#include "net/http/response_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ringmaster::net;
using namespace ringmaster::fuzz;

namespace {

constexpr std::size_t body_bytes = 4096;

struct seen {
  response_parser::progress how = response_parser::progress::needs_more;
  http_response response;
  header_list headers;
};

seen read(std::string_view stream, std::size_t piece, bool to_head) {
  response_parser parser(body_bytes);
  parser.reset(to_head);
  seen found;
  std::string waiting;
  while (!stream.empty() && found.how == response_parser::progress::needs_more) {
    waiting += stream.substr(0, piece);
    stream.remove_prefix(std::min(piece, stream.size()));
    std::size_t taken = 0;
    found.how = parser.parse(waiting, taken);
    promise(taken <= waiting.size(), "no more is taken than there is");
    waiting.erase(0, taken);
  }
  if (found.how == response_parser::progress::needs_more) found.how = parser.end_of_stream();
  if (found.how == response_parser::progress::complete) {
    found.response = parser.response();
    found.headers = parser.headers();
  } else {
    promise(!parser.why().empty() || found.how == response_parser::progress::needs_more,
            "what is refused is refused with a reason");
  }
  return found;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool to_head = data[0] >= 128;
  const auto stream = text_of(data + 1, size - 1);
  const auto whole = read(stream, stream.size() + 1, to_head),
             pieces = read(stream, data[0] % 7 + 1, to_head);
  promise(whole.how == pieces.how, "complete or refused however it arrives");
  promise(whole.response.body == pieces.response.body, "the same body however it arrives");
  promise(whole.headers == pieces.headers, "the same headers however they arrive");
  promise(whole.response.body.size() <= body_bytes, "a body is no larger than allowed");
  if (whole.how == response_parser::progress::complete)
    promise(whole.response.status >= 200 && whole.response.status < 1000, "a final status");
  return 0;
}
