// What the carrier tells: calls, lists, errors, times.
#include "net/twilio/call_list.hpp"
#include "net/twilio/calls_json.hpp"
#include "net/twilio/times.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = text_of(data, size);
  const auto sid = read_call_sid(body);
  promise(sid.value.empty() || is_call_sid(sid.value), "a name that can be in a path");
  const auto error = read_error(body);
  promise(error.message.size() <= 300 && error.message.find('\n') == std::string::npos,
          "one short line");
  if (const auto call = read_call(body))
    promise(is_call_sid(call->sid.value) && call->duration_s >= 0, "a call with a name");
  if (const auto page = read_call_page(body))
    for (const auto& call : page->calls)
      promise(call.sid && call.to && call.from, "calls that can be compared");

  list_reply found;
  call_list list(phone_number{"+14155550100"}, phone_number{"+14155550101"}, "/first",
                 [&found](list_reply reply) { found = std::move(reply); });
  http_response answer{200, "application/json", std::string(body), {}, {}, {}};
  for (int pages = 0; list.take(line_result::answered, answer); ++pages)
    promise(pages < 100 && is_relative(list.next_target()), "an end, on the same server");
  list.finish();
  promise(found.result == line_result::answered || found.calls.empty(), "a whole list or none");

  parse_rfc2822(body);
  if (const auto wait = parse_retry_after(body, time_point{seconds{1'700'000'000}}))
    promise(wait->count() >= 0 && wait->count() <= 3'600, "an hour at most");
  return 0;
}
