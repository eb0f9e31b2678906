#include "net/twilio/account_calls.hpp"

#include "net/twilio/call_list.hpp"
#include "net/twilio/calls_json.hpp"
#include "net/twilio/credentials.hpp"

#include <algorithm>
#include <exception>
#include <future>
#include <unordered_set>

namespace ringmaster::net {
namespace {

constexpr int most_pages_of_account = 5'000; ///< of 1,000 calls

failure unread(const std::string& why) {
  return {failure_kind::unavailable,
          "carrier_list_unread",
          "the carrier's list of calls could not be read: " + why,
          {}};
}

exchange ask(http_client& client, const account_access& access, const std::string& target) {
  auto answer = std::make_shared<std::promise<exchange>>();
  client.send({"GET", target, {{"Authorization", access.authorization}}, {}, {}},
              [answer](exchange one) { answer->set_value(std::move(one)); });
  return answer->get_future().get();
}

/// Newest first, as the carrier lists them: a page of nothing but older calls is the last of
/// interest.
bool reaches(const call_page& page, std::optional<time_point> since) {
  return since && !page.calls.empty() &&
         std::all_of(page.calls.begin(), page.calls.end(), [&](const carrier_call& call) {
           return call.created_at && *call.created_at < *since;
         });
}

result<std::vector<carrier_call>> read_all(const account_access& access,
                                           const client_limits& limits,
                                           std::optional<time_point> since) {
  http_client client(access.origin, limits);
  std::vector<carrier_call> found;
  std::unordered_set<std::string> names; // pages shift while calls are added
  auto target = access.calls_path + ".json?PageSize=1000";
  for (int pages = 0; pages < most_pages_of_account; ++pages) {
    const auto answer = ask(client, access, target);
    if (answer.result != exchange_result::answered) return unread(answer.reason);
    if (answer.response.status < 200 || answer.response.status >= 300)
      return unread("HTTP " + std::to_string(answer.response.status) + " " +
                    read_error(answer.response.body).message);
    auto page = read_call_page(answer.response.body);
    if (!page) return unread("a page of it makes no sense");
    const bool last = page->next_page_uri.empty() || reaches(*page, since);
    for (auto& call : page->calls)
      if (!(since && call.created_at && *call.created_at < *since) &&
          names.insert(call.sid.value).second)
        found.push_back(std::move(call));
    if (last) return found;
    if (!is_relative(page->next_page_uri)) return unread("its next page is elsewhere");
    target = std::move(page->next_page_uri);
  }
  return unread("it has no end");
}

} // namespace

result<std::vector<carrier_call>> calls_since(const twilio_config& config,
                                              std::optional<time_point> since) {
  auto access = read_access(config);
  if (!access) return access.error();
  auto limits = config.limits;
  limits.answer_bytes = 16 * 1024 * 1024; // a call takes about 1.5 kB
  try {
    return read_all(*access, limits, since);
  } catch (const std::exception& problem) { // from TLS: no usable certificates on this machine
    return unread(problem.what());
  }
}

} // namespace ringmaster::net
