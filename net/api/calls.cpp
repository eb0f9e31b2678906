// Direct calls, the slots, and the history of calls.
#include "net/api/call_export.hpp"
#include "net/api/handlers.hpp"
#include "net/api/json_reader.hpp"
#include "net/api/preconditions.hpp"
#include "net/api/query_reader.hpp"
#include "net/api/routes.hpp"
#include "net/api/script_input.hpp"
#include "net/api/views.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ringmaster::net::api {
namespace {

constexpr std::size_t most_direct = 3;

result<std::vector<lead_id>> read_leads(const nlohmann::json& body) {
  object_reader in(body);
  const auto* given = in.any("lead_ids");
  if (given == nullptr) in.refuse("missing_field", "lead_ids is missing", "lead_ids");
  if (auto why = in.refusal()) return *why;
  auto ids = read_ids(*given, "lead_ids", most_direct);
  if (!ids) return ids.error();
  if (ids->empty())
    return failure{failure_kind::invalid, "out_of_range", "lead_ids must hold 1 to 3 ids",
                   "lead_ids"};
  std::vector<lead_id> leads;
  for (std::size_t i = 0; i < ids->size(); ++i) {
    const lead_id lead((*ids)[i]);
    if (std::find(leads.begin(), leads.end(), lead) != leads.end())
      return failure{failure_kind::invalid, "duplicate_lead", "this lead is in the list twice",
                     "lead_ids[" + std::to_string(i) + "]"};
    leads.push_back(lead);
  }
  return leads;
}

http_response started_view(const call_directly_answer& started) {
  auto calls = json_out::array();
  for (const auto& call : started.calls)
    calls.push_back({{"lead_id", call.lead.value},
                     {"job_id", call.job.value},
                     {"status", std::string(to_string(call.status))}});
  return json_response(201, {{"calls", std::move(calls)}});
}

failure refused(const call_directly_answer& why) {
  const auto kind =
      why.refusal_code == "lead_not_found" ? failure_kind::not_found : failure_kind::conflict;
  const auto field =
      why.refused_index < 0 ? "lead_ids" : "lead_ids[" + std::to_string(why.refused_index) + "]";
  return {kind, why.refusal_code, why.refusal, field};
}

answer direct_answer(const call_directly_answer& said) {
  using verdict = call_directly_answer::verdict;
  switch (said.result) {
  case verdict::started:
    return started_view(said);
  case verdict::slots_full:
    return error_response(409, "slots_full",
                          "the business has " + std::to_string(said.active) + " of " +
                              std::to_string(said.limit) +
                              " calls live: no slots for these now, none was started",
                          "lead_ids", {{"active", said.active}, {"limit", said.limit}});
  case verdict::refused:
    return refused(said);
  case verdict::paced:
    return failure{failure_kind::unavailable, "carrier_busy",
                   "the carrier does not take more calls now; none was started, ask again in a "
                   "moment",
                   ""};
  case verdict::suspended:
    return failure{failure_kind::conflict, "business_suspended",
                   "the business is suspended: no calls can be started for it", ""};
  case verdict::unavailable:
    break;
  }
  return failure{failure_kind::unavailable, "dialling_unavailable",
                 "the dialling can't serve now; no call was started, ask again in a moment", ""};
}

answer show_slots(api_request&, const result<slots_answer>& said) {
  if (!said || !said->ok)
    return failure{failure_kind::unavailable, "dialling_unavailable",
                   "the dialling can't tell its slots now; ask again in a moment", ""};
  auto items = json_out::array();
  std::int64_t active = 0;
  for (const auto& slot : said->slots) {
    items.push_back(view(slot));
    if (slot.state != slot_state::free) ++active;
  }
  return json_response(200, {{"limit", said->limit},
                             {"active", active},
                             {"items", std::move(items)},
                             {"next_cursor", nullptr}});
}

} // namespace

answer call_leads(api_request& request) {
  auto body = parse_json(request.http.body);
  if (!body) return body.error();
  const auto leads = read_leads(*body);
  if (!leads) return leads.error();
  if (auto why = dialling_refusal(request.config)) return *why;
  auto business = request.business();
  if (!business) return business.error();
  if (business->default_script.empty()) return script_missing("");
  return after_asking<call_directly_answer>(
      call_directly{request.ids.business, *leads, request.acts()},
      [](api_request& request, const result<call_directly_answer>& said) -> answer {
        if (!said) return said.error();
        for (const auto& call : said->calls)
          request.log->info("[Api] a direct call was ordered business={} job={} request={}",
                            request.ids.business.value, call.job.value, request.request_id);
        return direct_answer(*said);
      });
}

answer list_slots(api_request& request) {
  return after_asking<slots_answer>(slots_query{request.ids.business}, show_slots);
}

answer list_calls(api_request& request) {
  query_reader in(request.http.query());
  call_filter filter;
  filter.run = run_id(in.integer("run_id", 1, INT64_MAX).value_or(0));
  filter.lead = lead_id(in.integer("lead_id", 1, INT64_MAX).value_or(0));
  filter.outcome =
      in.choice<call_outcome>("outcome", call_outcome_from,
                              "answered, machine, busy, no_answer, failed, canceled, in_doubt");
  filter.from = in.time("from");
  filter.to = in.time("to");
  const auto page = in.page();
  if (auto why = in.refusal()) return *why;
  if (wants_csv(request.http)) return export_calls(request, filter, page.cursor);
  auto found = request.db.calls(request.ids.business, filter, page.limit, page.cursor);
  if (!found) return found.error();
  return json_response(200, page_view(*found));
}

} // namespace ringmaster::net::api
