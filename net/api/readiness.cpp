// /readyz: can this node serve?
#include "net/api/readiness.hpp"

#include "net/api/responses.hpp"
#include "net/api/views.hpp"

namespace ringmaster::net::api {

http_response show_readiness(const result<done>& database,
                             std::vector<readiness_check> other_checks) {
  std::vector<readiness_check> checks;
  checks.push_back({"database", static_cast<bool>(database),
                    database ? std::string() : database.error().message});
  for (auto& check : other_checks)
    checks.push_back(std::move(check));
  bool all = true;
  auto shown = json_out::object();
  for (const auto& check : checks) {
    all = all && check.ok;
    shown[check.name] = {{"ok", check.ok},
                         {"message", check.message.empty() ? json_out() : json_out(check.message)}};
    if (check.rests_until) shown[check.name]["until"] = time_or_null(check.rests_until);
  }
  auto response = json_response(all ? 200 : 503, {{"ready", all}, {"checks", std::move(shown)}});
  if (!all) response.headers.emplace_back("Retry-After", "2");
  return response;
}

} // namespace ringmaster::net::api
