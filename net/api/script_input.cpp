#include "net/api/script_input.hpp"

#include "net/webhooks/script.hpp"

namespace ringmaster::net::api {

result<std::string> read_script(const nlohmann::json& value, const std::string& name) {
  const auto text = value.dump();
  auto parsed = parse_script(text);
  if (parsed) return text;
  auto why = parsed.error();
  constexpr std::string_view own_name = "script";
  const bool names_script = why.field.compare(0, own_name.size(), own_name) == 0;
  why.field = names_script ? name + why.field.substr(own_name.size()) : name;
  return why;
}

failure script_missing(const std::string& name) {
  return {failure_kind::invalid, "script_missing",
          "there is nothing to say: give the run a script, or the business a default_script", name};
}

} // namespace ringmaster::net::api
