// URLs, forms and queries.
#include "net/api/query_reader.hpp"
#include "net/http/url.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::fuzz;

namespace {

std::optional<int> one_or_two(std::string_view text) {
  return text == "one" ? std::optional{1} : text == "two" ? std::optional{2} : std::nullopt;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = text_of(data, size);
  promise(percent_decode(percent_encode(text), false) == std::string(text), "decoded as encoded");
  percent_decode(text, true);
  if (const auto url = parse_url(text)) {
    promise(!url->host.empty() && url->port > 0, "a host and a port");
    promise(!url->target.empty() && url->target[0] == '/', "a path");
    promise(url->target.find_first_of(" \r\n") == std::string::npos, "fit for a request line");
    promise(url->host.find('@') == std::string::npos, "nobody's name in the host");
    is_loopback_host(url->host);
  }
  if (const auto form = parse_form(text)) {
    const auto again = parse_form(encode_form(*form));
    promise(again && *again == *form, "a form reads as it was written");
  }
  api::query_reader query(text);
  const auto page = query.place();
  query.time("from");
  query.text("search", 200);
  query.integer("run_id", 1, 1'000'000);
  query.choice<int>("status", one_or_two, "one, two");
  if (!query.refusal()) promise(page.limit >= 1 && page.limit <= 1'000, "a page within limits");
  return 0;
}
