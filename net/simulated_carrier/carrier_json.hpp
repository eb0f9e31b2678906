// The carrier's JSON: calls, lists and errors, field by field as the real one writes them. Pure.
#pragma once

#include "net/simulated_carrier/call.hpp"
#include "net/simulated_carrier/create_rules.hpp"

namespace ringmaster::net::sim {

/// Writes a text as a JSON string, quotes included.
void append_json_text(std::string& out, std::string_view text);

/// `stale`: tells the call's former status, as an eventually consistent read does.
void append_call(std::string& out, const call& c, const std::string& account_sid, bool stale);

std::string error_body(const api_error& e);

/// One page of a list; an empty URI is written as null.
struct list_page {
  std::vector<std::string> calls; ///< JSON objects
  std::size_t page = 0, page_size = 50;
  std::size_t start = 0;
  std::string uri, first_page_uri, next_page_uri, previous_page_uri;
};
std::string list_body(const list_page& page);

} // namespace ringmaster::net::sim
