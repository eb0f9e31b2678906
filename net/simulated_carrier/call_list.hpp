// The list of calls: filters and pages, as its query asks for them. Pure.
#pragma once

#include "net/simulated_carrier/call_book.hpp"
#include "net/simulated_carrier/create_rules.hpp"

#include <variant>

namespace ringmaster::net::sim {

struct list_query {
  call_filter filter;
  bool nothing_fits = false; ///< e.g. by ParentCallSid: no call here has one
  std::size_t page_size = 50;
  std::size_t page = 0;
  std::uint64_t before = 0; ///< the call's id that the page token names; 0: from the newest
  field_list filters;       ///< as given, for the URIs of the other pages
};

std::variant<list_query, api_error> read_list_query(std::string_view query);
/// Path and query of page `page`; `before` 0: without a token.
std::string page_uri(const std::string& path, const list_query& query, std::size_t page,
                     std::uint64_t before);

} // namespace ringmaster::net::sim
