// What a request of the API costs besides its own work: its route, its key, its JSON.
#include "config/surroundings.hpp"
#include "db/records_pg.hpp"
#include "net/api/event_texts.hpp"
#include "net/api/json_reader.hpp"
#include "net/api/key_ring.hpp"
#include "net/api/routes.hpp"
#include "net/api/secrets.hpp"
#include "net/api/views.hpp"
#include "tests/support/database.hpp"

#include <benchmark/benchmark.h>

namespace ringmaster::bench {
namespace {

using namespace net::api;

/// The pattern with an id in each pair of braces.
std::string filled(const std::string& pattern) {
  std::string path;
  for (std::size_t at = 0; at < pattern.size();) {
    const bool id = pattern[at] == '{';
    path += id ? "123456" : pattern.substr(at, 1);
    at = id ? pattern.find('}', at) + 1 : at + 1;
  }
  return path;
}

void all_routes(benchmark::State& state) {
  std::vector<std::pair<std::string, std::string>> asked;
  for (const auto& one : routes())
    asked.emplace_back(one.method, filled(one.pattern));
  for (auto _ : state)
    for (const auto& [method, path] : asked)
      if (match_route(method, path).found == nullptr)
        return state.SkipWithError("a route was not found");
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(asked.size()));
}
BENCHMARK(all_routes)->Name("route/of all in turn");

void unknown_route(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(match_route("GET", "/api/v1/businesses/123456/no/such/thing"));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(unknown_route)->Name("route/unknown");

void business_key(benchmark::State& state) {
  test::database base;
  const auto records = db::make_records_factory(base.url())();
  const auto key = *new_api_key();
  business_record wanted;
  wanted.name = "Circus";
  wanted.phone = phone_number{"+12025550199"};
  wanted.time_zone = "UTC";
  wanted.region = "US";
  const auto now = config::wall_clock();
  if (!records->create_business(wanted, sha256(key), now))
    return state.SkipWithError("no business was made");
  key_ring ring("the admin's key", seconds{3600});
  for (auto _ : state)
    if (!ring.identify(key, *records, now)) return state.SkipWithError("the key was refused");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(business_key)->Name("key/of a business, remembered");

void admin_key(benchmark::State& state) {
  key_ring ring("the admin's key", seconds{3600});
  for (auto _ : state)
    benchmark::DoNotOptimize(ring.known("the admin's key", time_point{}));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(admin_key)->Name("key/the admin's");

/// A run of so many chosen leads.
void parse_run(benchmark::State& state) {
  std::string body = R"({"name":"Spring","concurrency":3,"lead_ids":[100000)";
  for (std::int64_t i = 1; i < state.range(0); ++i)
    body += "," + std::to_string(100'000 + i);
  body += "]}";
  for (auto _ : state)
    if (!parse_json(body)) return state.SkipWithError("refused");
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(parse_run)->Name("json/parse a run, leads")->Arg(3)->Arg(1000);

job_record some_job(std::int64_t number) {
  job_record job;
  job.id = job_id{number};
  job.run = run_id{7};
  job.lead = lead_id{number};
  job.phone = phone_number{"+12125550142"};
  job.status = job_status::completed;
  job.attempts = 1;
  job.outcome = call_outcome::answered;
  job.sid = call_sid{"CA0123456789abcdef0123456789abcdef"};
  job.dial_started_at = job.ended_at = config::wall_clock();
  job.duration_s = 7;
  job.first_name = "Dana";
  job.last_name = "Levi";
  return job;
}

void answer_jobs(benchmark::State& state) {
  page<job_record> found;
  for (std::int64_t i = 1; i <= state.range(0); ++i)
    found.items.push_back(some_job(i));
  for (auto _ : state)
    benchmark::DoNotOptimize(net::api::json_response(200, page_view(found)));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(answer_jobs)->Name("json/answer jobs")->Arg(1)->Arg(100);

void event_text(benchmark::State& state) {
  net::api::call_change change;
  auto& happened = change.what;
  happened.business = business_id{1234};
  happened.run = run_id{7};
  happened.state = "calling";
  happened.at = config::wall_clock();
  happened.job_now = job_status::calling;
  auto& call = happened.call;
  call.slot = slot_number{2};
  call.state = slot_state::calling;
  call.since = happened.at;
  call.job = job_id{123456};
  call.run = happened.run;
  call.lead = lead_id{98765};
  call.sid = call_sid{"CA0123456789abcdef0123456789abcdef"};
  call.attempt = 1;
  call.phone = phone_number{"+12125550142"};
  call.first_name = "Dana";
  for (auto _ : state)
    benchmark::DoNotOptimize(call_texts(change, "1-123456"));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(event_text)->Name("json/event of a call");

} // namespace
} // namespace ringmaster::bench
