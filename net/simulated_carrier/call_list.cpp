#include "net/simulated_carrier/call_list.hpp"

#include "net/simulated_carrier/carrier_time.hpp"

#include <algorithm>
#include <charconv>

namespace ringmaster::net::sim {

namespace {

constexpr std::size_t largest_page = 1'000;
constexpr std::string_view token_prefix = "PACA";

template <class T>
std::optional<T> number_of(std::string_view text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "StartTime", "StartTime<" or "StartTime>": narrows [from, before).
bool read_time(std::string_view sign, const std::string& value, std::optional<time_point>& from,
               std::optional<time_point>& before) {
  auto span = parse_time_filter(value);
  if (!span) return false;
  if (sign != "<") from = span->begin;
  if (sign != ">") before = span->end;
  return true;
}

/// False when the value can't be understood.
bool read_filter(list_query& q, const std::string& name, const std::string& value) {
  if (name == "To")
    q.filter.to = value;
  else if (name == "From")
    q.filter.from = value;
  else if (name == "ParentCallSid")
    q.nothing_fits = true;
  else if (name == "Status") {
    q.filter.status = call_status_from(value);
    return q.filter.status.has_value();
  } else if (name.compare(0, 9, "StartTime") == 0) {
    return read_time(name.substr(9), value, q.filter.started_from, q.filter.started_before);
  } else if (name.compare(0, 7, "EndTime") == 0) {
    return read_time(name.substr(7), value, q.filter.ended_from, q.filter.ended_before);
  }
  return true;
}

} // namespace

std::variant<list_query, api_error> read_list_query(std::string_view text) {
  auto fields = parse_form(text);
  if (!fields) return api_error{400, 20001, "The query can't be read"};
  list_query q;
  for (const auto& [name, value] : *fields) {
    if (name == "PageSize") {
      auto size = number_of<std::size_t>(value);
      if (!size || *size == 0) return api_error{400, 20006, "PageSize is a number from 1 to 1000"};
      q.page_size = std::min(*size, largest_page);
    } else if (name == "Page") {
      auto page = number_of<std::size_t>(value);
      if (!page || *page > 1'000'000) return api_error{400, 20006, "Page can't be read"};
      q.page = *page;
    } else if (name == "PageToken") {
      auto id = value.compare(0, token_prefix.size(), token_prefix) == 0
                    ? number_of<std::uint64_t>(std::string_view(value).substr(token_prefix.size()))
                    : std::nullopt;
      if (!id || *id == 0) return api_error{400, 20006, "PageToken can't be read"};
      q.before = *id;
    } else {
      if (!read_filter(q, name, value))
        return api_error{400, 20001, "The value of " + name + " can't be read"};
      q.filters.emplace_back(name, value);
    }
  }
  return q;
}

std::string page_uri(const std::string& path, const list_query& query, std::size_t page,
                     std::uint64_t before) {
  auto fields = query.filters;
  fields.emplace_back("PageSize", std::to_string(query.page_size));
  fields.emplace_back("Page", std::to_string(page));
  if (before != 0)
    fields.emplace_back("PageToken", std::string(token_prefix) + std::to_string(before));
  return path + "?" + encode_form(fields);
}

} // namespace ringmaster::net::sim
