#include "net/webhooks/urls.hpp"

#include "net/http/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace ringmaster::net {
namespace {

struct route {
  webhook hook;
  std::string_view path;
  std::string_view fragment;
};

constexpr std::array<route, 2> routes = {{
    {webhook::answer, "/webhook/voice/answer", "#rc=5&rp=all"},
    {webhook::status, "/webhook/voice/status", "#rc=5&rp=all"},
}};

const route& route_of(webhook hook) {
  return *std::find_if(routes.begin(), routes.end(),
                       [hook](const route& each) { return each.hook == hook; });
}

failure bad_public_host(std::string problem) {
  return {failure_kind::invalid, "bad_public_host",
          "PUBLIC_HOST " + problem +
              ": set it to the host name under which the carrier reaches this server, such as "
              "calls.example.com, or to a base URL such as http://127.0.0.1:8080.",
          "PUBLIC_HOST"};
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool is_address_character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

/// What is wrong with a host; empty when nothing is.
std::string problem_of_host(const std::string& host) {
  if (host.find(':') != std::string::npos) {
    const bool fine = std::all_of(host.begin(), host.end(), is_address_character);
    return fine ? "" : "names an address that can't be read";
  }
  if (host.find('_') != std::string::npos)
    return "has an underscore in its host name, which the carrier refuses";
  if (host.empty() || host.size() > 253 || host.front() == '.' || host.front() == '-' ||
      host.find("..") != std::string::npos ||
      !std::all_of(host.begin(), host.end(), is_host_character))
    return "is not a host name (other scripts: write it in its xn-- form)";
  return {};
}

bool is_default_port(const url_parts& url) {
  return url.port == (url.scheme == "https" ? 443 : 80);
}

std::optional<std::int64_t> positive_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = problem == std::errc{} && end == text.data() + text.size();
  if (!whole || value <= 0 || text.front() == '0') return std::nullopt;
  return value;
}

/// The value of a field that is there exactly once.
const std::string* only_field(const field_list& fields, std::string_view name) {
  const auto named = [name](const auto& field) { return field.first == name; };
  if (std::count_if(fields.begin(), fields.end(), named) != 1) return nullptr;
  return find_field(fields, name);
}

} // namespace

std::string_view path_of(webhook hook) {
  return route_of(hook).path;
}

std::optional<webhook> webhook_from(std::string_view path) {
  for (const auto& each : routes)
    if (each.path == path) return each.hook;
  return std::nullopt;
}

result<std::string> public_base_url(std::string_view setting) {
  if (setting.empty()) return bad_public_host("is not set");
  const bool whole = setting.find("://") != std::string_view::npos;
  const auto text = whole ? std::string(setting) : "https://" + std::string(setting);
  if (text.find('@') != std::string::npos) return bad_public_host("must not carry a user name");
  if (text.find('#') != std::string::npos) return bad_public_host("must not carry a fragment");
  const auto url = parse_url(text);
  if (!url || (url->scheme != "https" && url->scheme != "http"))
    return bad_public_host("is neither a host name nor an http(s) URL");
  if (url->target != "/" || text.find('?') != std::string::npos)
    return bad_public_host("must not carry a path or a query");
  if (auto problem = problem_of_host(url->host); !problem.empty())
    return bad_public_host(std::move(problem));
  const bool address = url->host.find(':') != std::string::npos;
  auto base = url->scheme + "://" + (address ? "[" + url->host + "]" : url->host);
  if (!is_default_port(*url)) base += ":" + std::to_string(url->port);
  return base;
}

std::string webhook_url(std::string_view base_url, webhook hook, const attempt_ref& attempt) {
  const auto& to = route_of(hook);
  const field_list query = {{"business", std::to_string(attempt.business.value)},
                            {"job", std::to_string(attempt.job.value)},
                            {"token", attempt.token.text()}};
  return std::string(base_url)
      .append(to.path)
      .append("?")
      .append(encode_form(query))
      .append(to.fragment);
}

std::optional<attempt_ref> attempt_from(std::string_view query) {
  constexpr std::size_t most_fields = 32;
  const auto fields = parse_form(query, most_fields);
  if (!fields) return std::nullopt;
  const auto* business = only_field(*fields, "business");
  const auto* job = only_field(*fields, "job");
  const auto* secret = only_field(*fields, "token");
  if (!business || !job || !secret) return std::nullopt;
  const auto business_number = positive_integer(*business);
  const auto job_number = positive_integer(*job);
  const auto token = dial_token::from(*secret);
  if (!business_number || !job_number || !token) return std::nullopt;
  return attempt_ref{business_id{*business_number}, job_id{*job_number}, *token};
}

} // namespace ringmaster::net
