#include "net/api/query_reader.hpp"

#include "net/api/rfc3339.hpp"
#include "net/api/text.hpp"
#include "net/webhooks/utf8.hpp"

#include <charconv>

namespace ringmaster::net::api {

query_reader::query_reader(std::string_view query) {
  auto parsed = parse_form(query, 32);
  if (!parsed) {
    refuse("malformed_query", "the query of the URL is not properly encoded", "");
    return;
  }
  fields_ = std::move(*parsed);
  std::set<std::string> names;
  for (const auto& [name, value] : fields_) {
    if (first_invalid_utf8(name) != std::string::npos ||
        first_invalid_utf8(value) != std::string::npos || has_control_characters(value, false)) {
      refuse("malformed_query", "the query holds text that is not UTF-8, or control characters",
             "");
      return;
    }
    if (!names.insert(name).second)
      refuse("duplicate_field", "the parameter \"" + name + "\" stands twice", name);
  }
}

void query_reader::refuse(std::string code, std::string message, const std::string& name) {
  if (!refusal_)
    refusal_ = failure{failure_kind::invalid, std::move(code), std::move(message), name};
}

const std::string* query_reader::find(const std::string& name) {
  asked_.insert(name);
  return refusal_ ? nullptr : find_field(fields_, name);
}

std::string query_reader::text(const std::string& name, std::size_t most_characters) {
  const auto* given = find(name);
  if (given == nullptr) return {};
  if (character_count(*given) <= most_characters) return *given;
  refuse("too_long", name + " is longer than " + std::to_string(most_characters) + " characters",
         name);
  return {};
}

std::optional<std::int64_t> query_reader::integer(const std::string& name, std::int64_t least,
                                                  std::int64_t most) {
  const auto* given = find(name);
  if (given == nullptr) return std::nullopt;
  std::int64_t value = 0;
  const auto* end = given->data() + given->size();
  const auto read = std::from_chars(given->data(), end, value);
  if (read.ec == std::errc() && read.ptr == end && value >= least && value <= most) return value;
  refuse("out_of_range",
         name + " must be a whole number from " + std::to_string(least) + " to " +
             std::to_string(most),
         name);
  return std::nullopt;
}

std::optional<time_point> query_reader::time(const std::string& name) {
  const auto* given = find(name);
  if (given == nullptr) return std::nullopt;
  const auto at = parse_time(*given);
  if (!at)
    refuse("invalid_time",
           name + " must be a time such as 2026-01-31T09:00:00Z (a + in the query is written %2B)",
           name);
  return at;
}

page_request query_reader::page() {
  page_request wanted;
  wanted.limit = static_cast<std::int32_t>(integer("limit", 1, 1000).value_or(50));
  wanted.cursor = text("cursor", 200);
  return wanted;
}

page_request query_reader::place() {
  constexpr std::int64_t most = 100'000'000;
  auto wanted = page();
  wanted.skip = integer("skip", 0, most).value_or(0);
  return wanted;
}

std::optional<failure> query_reader::refusal() {
  if (refusal_) return refusal_;
  for (const auto& [name, value] : fields_)
    if (asked_.count(name) == 0) {
      refuse("unknown_field", "the parameter \"" + name + "\" is not known here", name);
      break;
    }
  return refusal_;
}

} // namespace ringmaster::net::api
