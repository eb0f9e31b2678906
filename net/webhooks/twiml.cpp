#include "net/webhooks/script.hpp"
#include "net/webhooks/utf8.hpp"
#include "net/webhooks/xml.hpp"

namespace ringmaster::net {
namespace {

constexpr std::size_t longest_parameter = 400; ///< characters, filled

std::string document(const std::string& verbs) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>" + verbs + "</Response>\n";
}

/// ` name="value"`, or nothing for an empty value.
std::string attribute(std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  return " " + std::string(name) + "=\"" + xml_text(value) + "\"";
}

struct renderer {
  const lead_fields& lead;
  std::string_view business_caller_id;

  std::string operator()(const say_script& say) const {
    return "<Say" + attribute("language", say.language) + attribute("voice", say.voice) + ">" +
           xml_text(fill_template(say.text, lead)) + "</Say>";
  }

  std::string operator()(const play_script& play) const {
    return "<Play>" + xml_text(play.url) + "</Play>";
  }

  std::string operator()(const stream_script& stream) const {
    auto verbs = "<Connect><Stream" + attribute("url", stream.url) + ">";
    for (const auto& [name, text] : stream.parameters) {
      const auto filled = fill_template(text, lead);
      verbs += "<Parameter" + attribute("name", name) + " value=\"" +
               xml_text(first_characters(filled, longest_parameter)) + "\"/>";
    }
    return verbs + "</Stream></Connect>";
  }

  std::string operator()(const dial_script& dial) const {
    const auto caller_id = dial.caller_id.empty() ? business_caller_id : dial.caller_id;
    return "<Dial" + attribute("callerId", caller_id) + "><Number>" + xml_text(dial.number) +
           "</Number></Dial>";
  }

  std::string operator()(const redirect_script& redirect) const {
    return "<Redirect method=\"POST\">" + xml_text(redirect.url) + "</Redirect>";
  }
};

} // namespace

std::string render_twiml(const script& what, const lead_fields& lead, std::string_view caller_id) {
  return document(std::visit(renderer{lead, caller_id}, what));
}

std::string hang_up_twiml() {
  return document("<Hangup/>");
}

} // namespace ringmaster::net
