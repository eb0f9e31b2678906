#include "db/lead_conditions.hpp"

#include "db/sql_text.hpp"

#include <nlohmann/json.hpp>

namespace ringmaster::db {

namespace {

// "(03) 555-12" finds +9723555…: what people type between the digits doesn't matter.
std::string digits_of(const std::string& text) {
  std::string digits;
  for (char c : text) {
    if (c >= '0' && c <= '9')
      digits += c;
    else if (std::string_view{" +-()./"}.find(c) == std::string_view::npos)
      return {}; // not a number but a name
  }
  return digits;
}

std::string without_leading_zeros(const std::string& digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

constexpr std::size_t max_search = 200;

} // namespace

lead_patterns::lead_patterns(const lead_filter& filter) {
  if (!filter.search.empty()) {
    const auto search = clean_text(filter.search, max_search);
    text = "%" + like_escaped(search) + "%";
    // A number is kept in E.164: a national "0" before it isn't there.
    if (const auto digits = without_leading_zeros(digits_of(search)); !digits.empty())
      number = "%" + digits + "%";
  }
  if (!filter.status.empty()) status = clean_text(filter.status, max_search);
}

std::string lead_condition(const std::string& lead, int first) {
  const auto parameter = [](int number) { return "$" + std::to_string(number) + "::text"; };
  const auto text = parameter(first), number = parameter(first + 1), status = parameter(first + 2);
  return "(" + text + " IS NULL OR " + lead + ".first_name ILIKE " + text + " OR " + lead +
         ".last_name ILIKE " + text + " OR " + lead + ".first_name || ' ' || " + lead +
         ".last_name ILIKE " + text + " OR " + lead + ".external_id ILIKE " + text + " OR (" +
         number + " IS NOT NULL AND " + lead + ".phone_e164 LIKE " + number + ")) AND (" + status +
         " IS NULL OR " + lead + ".status = " + status + ")";
}

std::string to_json(const lead_filter& filter) {
  const nlohmann::json json = {{"search", clean_text(filter.search, max_search)},
                               {"status", clean_text(filter.status, max_search)}};
  return json.dump();
}

lead_filter filter_from_json(const std::string& json) {
  lead_filter filter;
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (parsed.is_object()) {
    filter.search = parsed.value("search", std::string{});
    filter.status = parsed.value("status", std::string{});
  }
  return filter;
}

} // namespace ringmaster::db
