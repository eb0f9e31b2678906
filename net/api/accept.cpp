#include "net/api/accept.hpp"

#include "net/api/text.hpp"

#include <algorithm>
#include <string>

namespace ringmaster::net::api {
namespace {

/// The part of `text` before `mark`, without spaces around it; `text` is left with what follows.
std::string_view next_part(std::string_view& text, char mark) {
  const auto end = text.find(mark);
  auto part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  const auto begin = part.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return part.substr(begin, part.find_last_not_of(" \t") - begin + 1);
}

/// "0.25" in thousandths; what can't be read is 0: not wanted.
int weight_from(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  int weight = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return 0;
  int place = 100;
  for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (digit < '0' || digit > '9') return 0;
    weight += (digit - '0') * place;
    place /= 10;
  }
  return std::min(weight, 1000);
}

} // namespace

bool prefers_csv(std::string_view accept) {
  const auto lower = ascii_lower(std::string(accept));
  std::string_view rest = lower;
  int csv = 0, json = 0, anything = 0;
  while (!rest.empty()) {
    auto range = next_part(rest, ',');
    const auto type = next_part(range, ';');
    int weight = 1000;
    while (!range.empty()) {
      const auto parameter = next_part(range, ';');
      if (parameter.substr(0, 2) == "q=") weight = weight_from(parameter.substr(2));
    }
    if (type == "text/csv") csv = std::max(csv, weight);
    if (type == "application/json") json = std::max(json, weight);
    if (type == "application/*" || type == "*/*") anything = std::max(anything, weight);
  }
  return csv > json && csv >= anything;
}

} // namespace ringmaster::net::api
