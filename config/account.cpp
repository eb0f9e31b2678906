#include "config/account.hpp"

#include "config/surroundings.hpp"
#include "net/webhooks/urls.hpp"

namespace ringmaster::config {

pace pace_of(const carrier_account& account) {
  auto usual = on_loopback(account.base_url) ? 0.0 : 1.0;
  return {account.calls_per_second.value_or(usual), account.burst, account.window};
}

net::api::limit_settings limits_of(const limit_settings& x) {
  const double tries = x.wrong_keys_per_minute, keys = x.keys_at_full_rate;
  return {{x.requests_per_second, static_cast<double>(x.burst)},
          {tries / 60, tries},
          {x.requests_per_second * keys, x.burst * keys}};
}

net::twilio_config line_config(const carrier_account& account) {
  net::twilio_config config;
  config.base_url = account.base_url;
  config.account_sid = account.account_sid;
  config.auth_token = account.auth_token;
  config.api_key_sid = account.api_key_sid;
  config.api_key_secret = account.api_key_secret;
  config.progress = account.progress;
  config.limits.connections = static_cast<std::size_t>(account.connections);
  config.limits.connect_time = account.connect_time;
  config.limits.answer_time = account.answer_time;
  return config;
}

result<std::shared_ptr<carrier_line>>
make_line(const carrier_account& account, const std::string& public_base, const time_source& now) {
  auto urls = [base = public_base](const attempt_ref& attempt) {
    return net::callback_urls{net::webhook_url(base, net::webhook::answer, attempt),
                              net::webhook_url(base, net::webhook::status, attempt)};
  };
  auto line = net::make_twilio_line(line_config(account), urls, now);
  if (!line) return line.error();
  return std::shared_ptr<carrier_line>(std::move(*line));
}

} // namespace ringmaster::config
