// What a call says: a run's script as it is given in JSON, checked once when the run is created,
// and rendered as TwiML for each lead that answers. Pure.
#pragma once

#include "actors/failure.hpp"
#include "net/webhooks/text_template.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ringmaster::net {

/// {"say":{"text","language"?,"voice"?}}
struct say_script {
  std::string text; ///< with placeholders
  std::string language, voice;
};
/// {"play":{"url"}}
struct play_script {
  std::string url;
};
/// {"stream":{"url":"wss://…","parameters"?:{}}}
struct stream_script {
  std::string url;
  std::vector<std::pair<std::string, std::string>> parameters; ///< values with placeholders
};
/// {"dial":{"number","caller_id"?}}
struct dial_script {
  std::string number;
  std::string caller_id; ///< empty: the business's
};
/// {"twiml_url":"https://…"}
struct redirect_script {
  std::string url;
};

using script = std::variant<say_script, play_script, stream_script, dial_script, redirect_script>;

/// Reads and checks a script. A failure names the field: "script.say.text". URLs must be https
/// (wss), or http (ws) to a loopback address.
result<script> parse_script(std::string_view json);

/// The carrier's document for one answered call, at most 64 kB. `caller_id` is the business's.
std::string render_twiml(const script& what, const lead_fields& lead, std::string_view caller_id);

/// The document that ends a call.
std::string hang_up_twiml();

} // namespace ringmaster::net
