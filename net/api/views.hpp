// How records look as JSON (http-api's field names; times in RFC 3339, absent values null).
#pragma once

#include "actors/business_messages.hpp"
#include "actors/records.hpp"
#include "net/api/responses.hpp"

namespace ringmaster::net::api {

json_out view(const business_record& business);
json_out view(const lead_record& lead);
json_out view(const run_record& run);
json_out view(const job_record& job);
json_out view(const call_record& call);
json_out view(const slot_view& slot);
json_out view(const pulse& beat);
json_out view(const busy_business& business);
json_out view(const audit_record& entry);
json_out view(const key_record& key);

/// null for an empty text, an id that is 0, a time that is absent.
json_out text_or_null(const std::string& text);
json_out time_or_null(const std::optional<time_point>& at);

/// The stored JSON of a script, null when there is none.
json_out script_view(const std::string& script);

/// {"items":[…],"next_cursor":…}.
template <class T>
json_out page_view(const page<T>& found) {
  auto items = json_out::array();
  for (const auto& item : found.items)
    items.push_back(view(item));
  return {{"items", std::move(items)}, {"next_cursor", text_or_null(found.next_cursor)}};
}

} // namespace ringmaster::net::api
