// Runs: /api/v1/businesses/{business_id}/runs and below, without their jobs.
#include "net/api/forecasts.hpp"
#include "net/api/handlers.hpp"
#include "net/api/json_reader.hpp"
#include "net/api/preconditions.hpp"
#include "net/api/query_reader.hpp"
#include "net/api/script_input.hpp"
#include "net/api/views.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster::net::api {
namespace {

using nlohmann::json;

constexpr std::size_t most_run_leads = 1'000'000;

failure invalid(std::string code, std::string message, std::string field) {
  return {failure_kind::invalid, std::move(code), std::move(message), std::move(field)};
}

result<lead_filter> read_filter(const json& value) {
  object_reader in(value, "filter");
  lead_filter filter;
  filter.search = in.text("search", {100, 0, false}).value_or("");
  filter.status = in.text("status", {20, 0, false}).value_or("");
  if (!filter.status.empty() && filter.status != "active" && filter.status != "do_not_call")
    in.refuse("out_of_range", "status must be one of: active, do_not_call", "status");
  if (auto why = in.refusal()) return *why;
  return filter;
}

/// Exactly one of lead_ids, filter and all.
result<run_selection> read_selection(object_reader& in) {
  const auto given = [](const json* value) { return value != nullptr && !value->is_null(); };
  const auto* ids = in.any("lead_ids");
  const auto* filter = in.any("filter");
  const auto all = in.boolean("all");
  if (auto why = in.refusal()) return *why;
  const int ways = given(ids) + given(filter) + all.value_or(false);
  if (ways == 0)
    return invalid("selection_missing", "say whom to call: lead_ids, filter, or all: true",
                   "lead_ids");
  if (ways > 1)
    return invalid("selection_ambiguous", "give one of lead_ids, filter and all, not several",
                   given(ids) ? "lead_ids" : "filter");
  run_selection selection;
  if (all.value_or(false)) {
    selection.filter = lead_filter{};
    return selection;
  }
  if (given(filter)) {
    auto read = read_filter(*filter);
    if (!read) return read.error();
    selection.filter = *read;
    return selection;
  }
  auto read = read_ids(*ids, "lead_ids", most_run_leads);
  if (!read) return read.error();
  if (read->empty()) return invalid("empty_run", "lead_ids holds no leads", "lead_ids");
  for (const auto id : *read)
    selection.leads.push_back(lead_id(id));
  return selection;
}

result<new_run> read_run(const json& body) {
  object_reader in(body);
  new_run run;
  run.name = in.text("name", {200, 0, false}).value_or("");
  const auto concurrency = in.integer("concurrency", 1, 100);
  if (concurrency) run.concurrency = static_cast<std::int32_t>(*concurrency);
  const auto* script = in.any("script");
  auto selection = read_selection(in);
  if (!selection) return selection.error();
  run.selection = std::move(*selection);
  if (script != nullptr && !script->is_null()) {
    auto read = read_script(*script, "script");
    if (!read) return read.error();
    run.script = *read;
  }
  return run;
}

json_out created_view(const created_run& made) {
  auto skipped = json_out::array();
  for (const auto& lead : made.skipped)
    skipped.push_back({{"lead_id", lead.lead.value}, {"reason", lead.reason}});
  return {{"run_id", made.run.value},
          {"status", std::string(to_string(made.status))},
          {"total", made.total},
          {"skipped_count", made.skipped_count},
          {"skipped", std::move(skipped)}};
}

struct order_words {
  run_order order;
  const char* stale_code;
  const char* stale_sentence;
};

answer order_given(api_request& request, const order_words& words,
                   const result<order_answer>& ordered) {
  if (!ordered) return ordered.error();
  if (auto why = write_refusal(ordered->result)) return *why;
  if (ordered->result == write_result::stale)
    return failure{failure_kind::conflict, words.stale_code,
                   std::string(words.stale_sentence) + "; it is " +
                       std::string(to_string(ordered->status)),
                   ""};
  auto run = request.db.run(request.ids.business, request.ids.run);
  if (!run) return run.error();
  return json_response(200, view(*run));
}

answer give_order(api_request& request, const order_words& words, bool hang_up) {
  auto run = request.db.run(request.ids.business, request.ids.run);
  if (!run) return run.error();
  return after_asking<order_answer>(
      order_run{request.ids.business, request.ids.run, words.order, hang_up, request.acts()},
      [words](api_request& request, const result<order_answer>& ordered) {
        return order_given(request, words, ordered);
      });
}

/// The body of an order may be left out.
result<bool> read_hang_up(const api_request& request, bool allowed) {
  if (request.http.body.empty()) return false;
  auto body = parse_json(request.http.body);
  if (!body) return body.error();
  object_reader in(*body);
  const bool hang_up = allowed && in.boolean("hang_up").value_or(false);
  if (auto why = in.refusal()) return *why;
  return hang_up;
}

} // namespace

answer create_run(api_request& request) {
  auto body = parse_json(request.http.body);
  if (!body) return body.error();
  auto run = read_run(*body);
  if (!run) return run.error();
  if (auto why = dialling_refusal(request.config)) return *why;
  auto business = request.business();
  if (!business) return business.error();
  if (business->suspended)
    return failure{failure_kind::conflict, "business_suspended",
                   "the business is suspended: no calls can be started for it", ""};
  if (run->script.empty() && business->default_script.empty()) return script_missing("script");

  auto made = request.db.create_run(request.ids.business, *run, request.now);
  if (!made) {
    auto why = made.error();
    // The store speaks of the list; here it was a filter, or all.
    if (run->selection.filter && why.field == "lead_ids") why.field.clear();
    return why;
  }
  request.log->info("[Api] a run was ordered business={} run={} leads={} request={}",
                    request.ids.business.value, made->run.value, made->total, request.request_id);
  // The run is committed and stands: whoever starts its business next finds it.
  return after_asking<acknowledged>(
      run_created{request.ids.business, made->run},
      [made = *made](api_request& request, const result<acknowledged>& told) -> answer {
        if (!told)
          request.log->warn("[Api] the dialling has not confirmed run={} of business={}: {}",
                            made.run.value, request.ids.business.value, told.error().message);
        return json_response(201, created_view(made));
      });
}

answer list_runs(api_request& request) {
  query_reader in(request.http.query());
  const auto page = in.page();
  if (auto why = in.refusal()) return *why;
  auto found = request.db.runs(request.ids.business, page.limit, page.cursor);
  if (!found) return found.error();
  for (auto& run : found->items)
    add_forecast(request.db, request.ids.business, run, request.now);
  return json_response(200, page_view(*found));
}

answer get_run(api_request& request) {
  auto run = request.db.run(request.ids.business, request.ids.run);
  if (!run) return run.error();
  add_forecast(request.db, request.ids.business, *run, request.now);
  return json_response(200, view(*run));
}

answer pause_run(api_request& request) {
  if (auto body = read_hang_up(request, false); !body) return body.error();
  return give_order(
      request, {run_order::pause, "run_not_running", "only a running run can be paused"}, false);
}

answer resume_run(api_request& request) {
  if (auto body = read_hang_up(request, false); !body) return body.error();
  if (auto why = dialling_refusal(request.config)) return *why;
  return give_order(
      request, {run_order::resume, "run_not_paused", "only a paused run can be resumed"}, false);
}

answer stop_run(api_request& request) {
  const auto hang_up = read_hang_up(request, true);
  if (!hang_up) return hang_up.error();
  return give_order(request, {run_order::stop, "run_not_open", "the run has already ended"},
                    *hang_up);
}

} // namespace ringmaster::net::api
