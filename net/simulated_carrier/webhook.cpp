#include "net/simulated_carrier/webhook.hpp"

#include <algorithm>
#include <charconv>

namespace ringmaster::net::sim {

namespace {

std::optional<std::int64_t> number_of(std::string_view text, std::int64_t low, std::int64_t high) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value < low || value > high) return std::nullopt;
  return value;
}

void set_milliseconds(milliseconds& field, std::string_view text, std::int64_t high) {
  if (auto value = number_of(text, 100, high)) field = milliseconds{*value};
}

void set_retry_policy(webhook_policy& policy, std::string_view list) {
  policy.on_connect = policy.on_read = policy.on_4xx = policy.on_5xx = false;
  while (!list.empty()) {
    auto comma = list.find(',');
    auto item = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    bool all = item == "all";
    policy.on_connect |= all || item == "ct";
    policy.on_read |= all || item == "rt";
    policy.on_4xx |= all || item == "4xx";
    policy.on_5xx |= all || item == "5xx";
  }
}

} // namespace

const char* to_string(webhook_kind k) {
  switch (k) {
  case webhook_kind::status:
    return "status";
  case webhook_kind::answer:
    return "answer";
  case webhook_kind::fallback:
    return "fallback";
  case webhook_kind::detection:
    return "amd";
  }
  return "?";
}

bool webhook::forged() const {
  return signature == signing::wrong_token || signature == signing::tampered ||
         signature == signing::missing || signature == signing::replayed;
}

webhook_policy policy_of(std::string_view fragment) {
  webhook_policy policy;
  auto fields = parse_form(fragment);
  if (!fields) return policy;
  for (const auto& [name, value] : *fields) {
    if (name == "rc") {
      if (auto count = number_of(value, 0, 5)) policy.retries = static_cast<std::int32_t>(*count);
    } else if (name == "rp") {
      set_retry_policy(policy, value);
    } else if (name == "ct") {
      set_milliseconds(policy.connect, value, 10'000);
    } else if (name == "rt") {
      set_milliseconds(policy.read, value, 15'000);
    } else if (name == "tt") {
      set_milliseconds(policy.total, value, 15'000);
    }
  }
  return policy;
}

std::string_view without_fragment(std::string_view url) {
  return url.substr(0, url.find('#'));
}

std::string_view fragment_of(std::string_view url) {
  auto hash = url.find('#');
  return hash == std::string_view::npos ? std::string_view{} : url.substr(hash + 1);
}

const char* why_not_callable(std::string_view url) {
  auto parts = parse_url(url);
  if (!parts || (parts->scheme != "http" && parts->scheme != "https"))
    return "is not an http or https URL";
  if (parts->host.find('_') != std::string::npos) return "has an underscore in its host name";
  if (!is_loopback_host(parts->host))
    return "is not on this machine: the simulated carrier calls loopback hosts only";
  return nullptr;
}

} // namespace ringmaster::net::sim
