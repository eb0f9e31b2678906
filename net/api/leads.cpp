// Leads: /api/v1/businesses/{business_id}/leads and below.
#include "net/api/csv_import.hpp"
#include "net/api/handlers.hpp"
#include "net/api/leads_ahead.hpp"
#include "net/api/phone.hpp"
#include "net/api/query_reader.hpp"
#include "net/api/routes.hpp"
#include "net/api/text.hpp"
#include "net/api/time_zone.hpp"
#include "net/api/views.hpp"

#include <spdlog/spdlog.h>

#include <set>

namespace ringmaster::net::api {
namespace {

bool is_called_json(const http_request& http) {
  const auto* type = http.header("Content-Type");
  return type != nullptr && ascii_lower(*type).find("json") != std::string::npos;
}

result<std::unique_ptr<lead_reader>> read_leads(const http_request& http,
                                                const std::string& region) {
  if (holds_csv(http)) return open_lead_csv(http.body, region);
  auto body = parse_json(http.body);
  if (body) {
    auto batch = read_lead_array(*body, region);
    if (!batch) return batch.error();
    return reader_of(std::move(*batch));
  }
  auto why = body.error();
  if (!is_called_json(http)) why.message += "; a CSV needs the header Content-Type: text/csv";
  return why;
}

json_out columns_view(const lead_batch& batch) {
  auto columns = json_out::array();
  for (const auto& [header, field] : batch.columns)
    columns.push_back({{"header", header}, {"field", text_or_null(field)}});
  return columns;
}

json_out import_view(const lead_batch& batch, const import_summary& stored) {
  auto errors = json_out::array();
  const auto add = [&](const row_error& error) {
    if (errors.size() < most_listed_errors)
      errors.push_back(
          {{"row", error.row}, {"field", text_or_null(error.field)}, {"message", error.message}});
  };
  for (const auto& error : batch.errors)
    add(error);
  for (const auto& error : stored.errors)
    add(error);
  auto ids = json_out::array();
  for (const auto id : stored.lead_ids)
    ids.push_back(id.value);
  return {{"imported", stored.imported},
          {"updated", stored.updated},
          {"skipped", stored.skipped + batch.bad_rows},
          {"error_count", stored.skipped + batch.bad_rows},
          {"errors", std::move(errors)},
          {"columns", columns_view(batch)},
          {"ignored_columns", batch.ignored_columns},
          {"lead_ids", std::move(ids)}};
}

constexpr std::size_t sample_rows = 5;

/// The first rows as they will be kept.
json_out sample_view(lead_reader& leads, const import_summary& seen) {
  std::set<std::int64_t> left_out;
  for (const auto& error : seen.errors)
    left_out.insert(error.row);
  // Which others are left out is only told up to the last listed error.
  const bool all_told = static_cast<std::int64_t>(seen.errors.size()) == seen.skipped;
  auto sample = json_out::array();
  leads.rewind();
  for (auto rows = leads.next(); rows && !rows->empty(); rows = leads.next())
    for (const auto& row : *rows) {
      const bool untold = !all_told && row.row > seen.errors.back().row;
      if (sample.size() == sample_rows || untold) return sample;
      if (left_out.count(row.row) > 0) continue;
      sample.push_back({{"row", row.row},
                        {"phone_e164", row.phone.value},
                        {"first_name", row.first_name.value_or("")},
                        {"last_name", row.last_name.value_or("")},
                        {"external_id", row.external_id.value_or("")},
                        {"notes", row.notes.value_or("")}});
    }
  return sample;
}

std::optional<failure> check_status(const std::optional<std::string>& status) {
  if (!status || *status == "active" || *status == "do_not_call") return std::nullopt;
  return failure{failure_kind::invalid, "out_of_range",
                 "status must be one of: active, do_not_call", "status"};
}

/// What is claimed and not sent yet is taken back before the answer.
answer after_dialling_knows(const api_request& request, http_response response) {
  const auto ids = request.ids;
  return after_asking<acknowledged>(
      lead_changed{ids.business, ids.lead},
      [ids, response = std::move(response)](api_request& request,
                                            const result<acknowledged>& told) -> answer {
        if (!told || !told->ok)
          request.log->warn("[Api] the dialling of business={} has not confirmed that lead={} was "
                            "changed: a call that was on its way may still start",
                            ids.business.value, ids.lead.value);
        return response;
      });
}

} // namespace

answer import_leads(api_request& request) {
  auto business = request.business();
  if (!business) return business.error();
  auto leads = read_leads(request.http, business->region);
  if (!leads) return leads.error();
  leads_ahead ahead(**leads);
  auto stored = request.db.import_leads(request.ids.business, ahead, request.now);
  if (!stored) return stored.error();
  return json_response(201, import_view((*leads)->told(), *stored));
}

answer preview_leads(api_request& request) {
  auto business = request.business();
  if (!business) return business.error();
  auto leads = read_leads(request.http, business->region);
  if (!leads) return leads.error();
  auto seen = [&] {
    leads_ahead ahead(**leads);
    return request.db.preview_import(request.ids.business, ahead, request.now);
  }();
  if (!seen) return seen.error();
  auto shown = import_view((*leads)->told(), *seen);
  shown["sample"] = sample_view(**leads, *seen);
  return json_response(200, shown);
}

answer list_leads(api_request& request) {
  query_reader in(request.http.query());
  const auto count = in.text("count", 5);
  const auto search = in.text("search", 100);
  const auto status = in.text("status", 20);
  const auto page = in.place();
  if (auto why = in.refusal()) return *why;
  if (auto why = check_status(status.empty() ? std::nullopt : std::optional(status))) return *why;
  if (!count.empty() && count != "true" && count != "false")
    return failure{failure_kind::invalid, "out_of_range", "count must be true or false", "count"};
  auto found =
      request.db.leads(request.ids.business, {search, status}, page.limit, page.cursor, page.skip);
  if (!found) return found.error();
  auto shown = page_view(*found);
  if (count == "true") {
    auto total = request.db.count_leads(request.ids.business, {search, status});
    if (!total) return total.error();
    shown["total"] = *total;
  }
  return json_response(200, shown);
}

answer get_lead(api_request& request) {
  auto found = request.db.lead(request.ids.business, request.ids.lead);
  if (!found) return found.error();
  return json_response(200, view(*found));
}

answer change_lead(api_request& request) {
  auto body = parse_json(request.http.body);
  if (!body) return body.error();
  object_reader in(*body);
  lead_change change;
  const auto phone_text = in.text("phone_e164", {64, 1, false});
  change.first_name = in.clearable_text("first_name", name_rule);
  change.last_name = in.clearable_text("last_name", name_rule);
  change.external_id = in.clearable_text("external_id", external_id_rule);
  change.time_zone = in.clearable_text("time_zone", {64, 0, false});
  change.notes = in.clearable_text("notes", notes_rule);
  change.status = in.text("status", {20, 0, false});
  if (change.time_zone && !change.time_zone->empty() && !is_time_zone(*change.time_zone))
    in.refuse("invalid_time_zone",
              "time_zone must be an IANA name such as \"Asia/Jerusalem\" or \"UTC\"", "time_zone");
  if (auto why = in.refusal()) return *why;
  if (auto why = check_status(change.status)) return *why;
  if (phone_text) {
    auto business = request.business();
    if (!business) return business.error();
    auto phone = normalise_phone(*phone_text, business->region);
    if (!phone) return phone.error();
    change.phone = *phone;
  }
  auto changed =
      request.db.change_lead(request.ids.business, request.ids.lead, change, request.now);
  if (!changed) return changed.error();
  auto shown = json_response(200, view(*changed));
  if (changed->status == "active" && !change.phone) return shown;
  return after_dialling_knows(request, std::move(shown));
}

answer delete_lead(api_request& request) {
  auto gone = request.db.delete_lead(request.ids.business, request.ids.lead, request.now);
  if (!gone) return gone.error();
  http_response response;
  response.status = 204;
  return after_dialling_knows(request, std::move(response));
}

} // namespace ringmaster::net::api
