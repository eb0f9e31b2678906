#include "net/webhooks/script.hpp"

#include "net/http/url.hpp"
#include "net/webhooks/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <optional>

namespace ringmaster::net {
namespace {

using json = nlohmann::json;

constexpr std::size_t longest_json = 64 * 1024;
constexpr std::size_t longest_text = 3000; ///< characters
constexpr std::size_t longest_url = 2048;
constexpr std::size_t longest_parameter_name = 64;
constexpr std::size_t longest_parameter_value = 400; ///< characters, before filling
constexpr std::size_t most_parameters = 20;

using problem = std::optional<failure>;

failure bad(std::string field, std::string message) {
  return {failure_kind::invalid, "bad_script", field + " " + message, field};
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_language(std::string_view text) {
  const auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
  return text.size() >= 2 && text.size() <= 35 && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), fits);
}

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= longest_parameter_name &&
         std::all_of(text.begin(), text.end(), fits);
}

/// A whole number with its country's code. No country has numbers of fewer than seven digits in
/// all.
bool is_e164(std::string_view text) {
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         std::all_of(text.begin() + 1, text.end(), is_digit);
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// `secure` is "https" or "wss", `plain` the same without encryption.
problem check_url(const std::string& field, const std::string& text, std::string_view secure,
                  std::string_view plain) {
  if (text.size() > longest_url)
    return bad(field, "is longer than " + std::to_string(longest_url) + " bytes.");
  const auto url = parse_url(text);
  if (!url || !url->fragment.empty())
    return bad(field, "is not a whole, encoded URL without user name and fragment.");
  if (url->scheme == secure || (url->scheme == plain && is_loopback_host(url->host)))
    return std::nullopt;
  return bad(field, "must begin with " + std::string(secure) + "://.");
}

/// Reads one member of the script; the first problem stays.
class reader {
public:
  reader(const json& value, std::string where, std::initializer_list<std::string_view> known)
      : value_(value), where_(std::move(where)) {
    if (!value.is_object()) {
      problem_ = bad(where_, "must be an object.");
      return;
    }
    for (const auto& [name, member] : value.items())
      if (std::find(known.begin(), known.end(), name) == known.end())
        refuse(std::string(first_characters(name, 60)), "is not known here.");
  }

  std::string required(const std::string& name) {
    if (problem_) return {};
    const auto text = optional(name);
    if (!problem_ && text.empty()) refuse(name, "is required and must not be empty.");
    return text;
  }

  std::string optional(const std::string& name) {
    if (problem_) return {};
    const auto found = value_.find(name);
    if (found == value_.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    refuse(name, "must be a text.");
    return {};
  }

  const json* member(const std::string& name) const {
    const auto found = problem_ ? value_.end() : value_.find(name);
    return found == value_.end() ? nullptr : &*found;
  }

  std::string field(const std::string& name) const { return where_ + "." + name; }

  void refuse(const std::string& name, std::string message) {
    note(bad(field(name), std::move(message)));
  }

  /// Keeps the first problem.
  void note(problem what) {
    if (!problem_) problem_ = std::move(what);
  }

  result<script> finish(script whole) const {
    if (problem_) return *problem_;
    return whole;
  }

private:
  const json& value_;
  std::string where_;
  problem problem_;
};

void check_template(reader& from, const std::string& name, const std::string& text,
                    std::size_t longest) {
  if (character_count(text) > longest)
    return from.refuse(name, "is longer than " + std::to_string(longest) + " characters.");
  if (auto wrong = problem_of_template(text); !wrong.empty()) from.refuse(name, wrong + ".");
}

result<script> read_say(const json& value) {
  reader from(value, "script.say", {"text", "language", "voice"});
  say_script say{from.required("text"), from.optional("language"), from.optional("voice")};
  check_template(from, "text", say.text, longest_text);
  if (is_blank(say.text)) from.refuse("text", "is required and must not be empty.");
  if (!say.language.empty() && !is_language(say.language))
    from.refuse("language", "is not a language tag such as en-US or he-IL.");
  if (!say.voice.empty() && !is_name(say.voice))
    from.refuse("voice", "is not the name of a voice.");
  return from.finish(std::move(say));
}

result<script> read_play(const json& value) {
  reader from(value, "script.play", {"url"});
  play_script play{from.required("url")};
  from.note(check_url(from.field("url"), play.url, "https", "http"));
  return from.finish(std::move(play));
}

void read_parameters(reader& from, stream_script& stream) {
  const auto* parameters = from.member("parameters");
  if (!parameters) return;
  if (!parameters->is_object()) return from.refuse("parameters", "must be an object.");
  if (parameters->size() > most_parameters)
    return from.refuse("parameters",
                       "has more than " + std::to_string(most_parameters) + " members.");
  for (const auto& [name, value] : parameters->items()) {
    if (!is_name(name))
      return from.refuse("parameters",
                         "has a name that is not of 1 to 64 letters, digits, '-', '_' or '.'.");
    if (!value.is_string()) return from.refuse("parameters." + name, "must be a text.");
    stream.parameters.emplace_back(name, value.get<std::string>());
    check_template(from, "parameters." + name, stream.parameters.back().second,
                   longest_parameter_value);
  }
}

result<script> read_stream(const json& value) {
  reader from(value, "script.stream", {"url", "parameters"});
  stream_script stream{from.required("url"), {}};
  from.note(check_url(from.field("url"), stream.url, "wss", "ws"));
  read_parameters(from, stream);
  return from.finish(std::move(stream));
}

result<script> read_dial(const json& value) {
  reader from(value, "script.dial", {"number", "caller_id"});
  dial_script dial{from.required("number"), from.optional("caller_id")};
  constexpr auto wrong = "is not a phone number in E.164, such as +14155550100.";
  if (!is_e164(dial.number)) from.refuse("number", wrong);
  if (!dial.caller_id.empty() && !is_e164(dial.caller_id)) from.refuse("caller_id", wrong);
  return from.finish(std::move(dial));
}

result<script> read_twiml_url(const json& value) {
  const std::string field = "script.twiml_url";
  if (!value.is_string()) return bad(field, "must be a text.");
  redirect_script redirect{value.get<std::string>()};
  if (auto wrong = check_url(field, redirect.url, "https", "http")) return *wrong;
  return script{std::move(redirect)};
}

struct variant_reader {
  std::string_view name;
  result<script> (*read)(const json&);
};

constexpr variant_reader variants[] = {{"say", read_say},
                                       {"play", read_play},
                                       {"stream", read_stream},
                                       {"dial", read_dial},
                                       {"twiml_url", read_twiml_url}};

/// A script is flat; what is nested deeper is refused while it is read, before it takes memory.
std::optional<json> read_json(std::string_view text) {
  constexpr int deepest = 4;
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > deepest;
    return !too_deep;
  };
  auto value = json::parse(text.begin(), text.end(), watch, false);
  if (too_deep || value.is_discarded()) return std::nullopt;
  return value;
}

} // namespace

result<script> parse_script(std::string_view text) {
  if (text.size() > longest_json)
    return failure{failure_kind::too_large, "bad_script", "script is larger than 64 kB.", "script"};
  const auto value = read_json(text);
  if (!value) return bad("script", "is not the JSON of a script.");
  if (!value->is_object() || value->size() != 1)
    return bad("script", "must be an object with exactly one of say, play, stream, dial, "
                         "twiml_url.");
  const auto& name = value->begin().key();
  for (const auto& each : variants)
    if (each.name == name) return each.read(value->begin().value());
  return bad("script." + std::string(first_characters(name, 60)),
             "is not known; a script has exactly one of say, play, stream, dial, twiml_url.");
}

} // namespace ringmaster::net
