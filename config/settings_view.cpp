#include "config/settings_view.hpp"

#include <regex>

namespace ringmaster::config {

namespace {

using nlohmann::ordered_json;

std::string masked(const std::string& secret) {
  return secret.empty() ? "" : "***";
}

template <class T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json view(const carrier_account& x) {
  return {{"base_url", x.base_url},
          {"account_sid", x.account_sid},
          {"auth_token", masked(x.auth_token)},
          {"previous_auth_token", masked(x.previous_auth_token)},
          {"api_key_sid", x.api_key_sid},
          {"api_key_secret", masked(x.api_key_secret)},
          {"calls_per_second", or_null(x.calls_per_second)},
          {"burst", x.burst},
          {"window", x.window},
          {"connections", x.connections},
          {"connect_time_ms", x.connect_time.count()},
          {"answer_time_ms", x.answer_time.count()},
          {"progress", x.progress}};
}

ordered_json view(const dialing_settings& x) {
  return {{"send_deadline_s", x.send_deadline.count()},
          {"store_patience_s", x.store_patience.count()},
          {"bulk_patience_s", x.bulk_patience.count()},
          {"direct_patience_s", x.direct_patience.count()},
          {"idle_after_s", x.idle_after.count()},
          {"page_jobs", x.page_jobs},
          {"bulk_page", x.bulk_page}};
}

ordered_json view(const looking_settings& x, const look_pace& pace) {
  return {{"requests_per_second", pace.per_second},
          {"requests_at_once", pace.at_once},
          {"list_from", pace.list_from},
          {"grace_s", x.grace.count()},
          {"skew_s", x.skew.count()},
          {"ring_margin_s", x.ring_margin.count()},
          {"talk_poll_s", x.talk_poll.count()},
          {"first_pause_ms", x.first_pause.count()},
          {"longest_pause_ms", x.longest_pause.count()},
          {"gone_after_s", x.gone_after ? ordered_json(x.gone_after->count()) : ordered_json()}};
}

} // namespace

std::string without_password(const std::string& url) {
  static const std::regex in_url("^([a-z]+://[^:/?#]*):.*@"), in_query("(password=)[^&\\s]*");
  return std::regex_replace(std::regex_replace(url, in_url, "$1:***@"), in_query, "$1***");
}

nlohmann::ordered_json view(const settings& x) {
  return {{"public_host", x.public_host},
          {"admin_key", masked(x.admin_key)},
          {"http",
           {{"address", x.http.address},
            {"port", x.http.port},
            {"threads", x.http.threads},
            {"body_mb", x.http.body_mb},
            {"certificate_file", x.http.certificate_file},
            {"key_file", x.http.key_file},
            {"trusted_proxies", x.http.trusted_proxies}}},
          {"database",
           {{"url", without_password(x.database.url)},
            {"stores", x.database.stores},
            {"bulk_stores", x.database.bulk_stores},
            {"allow_fsync_off", x.database.allow_fsync_off}}},
          {"carrier", view(x.carrier)},
          {"dialing", view(x.dialing)},
          {"reconciler", view(x.looking, x.look_limits)},
          {"log",
           {{"file", x.log.file},
            {"level", x.log.level},
            {"json", x.log.json},
            {"file_mb", x.log.file_mb},
            {"files", x.log.files}}},
          {"limits",
           {{"requests_per_second", x.limits.requests_per_second},
            {"burst", x.limits.burst},
            {"keys_at_full_rate", x.limits.keys_at_full_rate},
            {"wrong_keys_per_minute", x.limits.wrong_keys_per_minute}}},
          {"console", {{"socket", x.console.socket}}}};
}

} // namespace ringmaster::config
