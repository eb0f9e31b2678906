#include "net/http/message.hpp"

#include <algorithm>

namespace ringmaster::net {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

} // namespace

bool same_header_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

const std::string* find_header(const header_list& headers, std::string_view name) {
  for (auto& header : headers)
    if (same_header_name(header.first, name)) return &header.second;
  return nullptr;
}

std::string_view http_request::path() const {
  std::string_view all = target;
  return all.substr(0, all.find('?'));
}

std::string_view http_request::query() const {
  std::string_view all = target;
  auto mark = all.find('?');
  return mark == std::string_view::npos ? std::string_view{} : all.substr(mark + 1);
}

const std::string* http_request::header(std::string_view name) const {
  return find_header(headers, name);
}

std::size_t http_request::count_headers(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(headers.begin(), headers.end(),
                    [name](auto& header) { return same_header_name(header.first, name); }));
}

} // namespace ringmaster::net
