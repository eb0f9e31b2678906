// The carrier's callbacks: their form and their signature. Parts: token NUL url NUL form.
#include "net/twilio/signature.hpp"
#include "net/webhooks/callback_form.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = text_of(data, size);
  const auto token = take_part(rest), url = take_part(rest);
  const auto form = parse_form(rest);
  body_signature_fits(token, url, rest, url);
  if (!form) return 0;
  const attempt_ref attempt;
  if (const auto event = read_call_event(*form, attempt, {})) {
    promise(!event->sid.value.empty() && event->sid.value.size() <= 128, "a call has a name");
    promise(event->duration_s >= 0 && event->sequence >= 0, "no negative numbers");
    promise(event->answered_by.size() <= 32, "a short word");
  }
  read_script_query(*form, attempt, {});

  const auto again = parse_form(encode_form(*form));
  promise(again && *again == *form, "a form reads as it was written");
  const auto signature = sign_form(token, url, *form);
  promise(!form_signature_fits(token, url, *form, ""), "an empty signature never fits");
  promise(!form_signature_fits(token, url, *form, signature.substr(1)), "nor one that is cut");
  if (url.find("://") == std::string_view::npos) return 0;
  auto more = *form;
  more.emplace_back("Added", "1");
  // A repeated field counts once: read_call_event believes none of its values then.
  promise(find_field(*form, "Added") || !form_signature_fits(token, url, more, signature),
          "a field more, and it doesn't fit");
  promise(!form_signature_fits(std::string(token) + "x", url, *form, signature),
          "nor with another token");
  return 0;
}
