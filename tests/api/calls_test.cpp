// Runs, jobs, direct calls, slots and the history.
#include "tests/api/api_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;
using nlohmann::json;

namespace {

std::string list_of(const std::vector<std::int64_t>& ids) {
  return json{{"lead_ids", ids}}.dump();
}

std::string run_path(const api_answer& created) {
  INFO(created.body);
  REQUIRE(created.status == 201);
  return "/runs/" + created.json()["run_id"].dump();
}

} // namespace

TEST_CASE("a run is committed, shown with its counts, and the dialling is told") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  auto leads = world.add_leads(mine, 3);
  leads.push_back(leads[0]);
  const auto made = world.post(mine, "/runs", list_of(leads));
  const auto path = run_path(made);
  CHECK(made.json()["total"] == 3);
  CHECK(made.json()["skipped_count"] == 1);
  CHECK(made.json()["skipped"][0]["lead_id"] == leads[0]);
  CHECK(made.json()["status"] == "pending");

  const auto run = world.get(mine, path).json();
  CHECK(run["counts"] == json{{"total", 3},
                              {"queued", 3},
                              {"dialing", 0},
                              {"calling", 0},
                              {"completed", 0},
                              {"failed", 0},
                              {"cancelled", 0}});
  CHECK(run["queued"] == 3);
  CHECK(run["progress"] == 0.0);
  CHECK(run["eta"].is_null());
  CHECK(world.get(mine, "/runs").json()["items"][0] == run);
  const auto jobs = world.get(mine, path + "/jobs?status=queued").json()["items"];
  REQUIRE(jobs.size() == 3);
  CHECK(jobs[0]["lead_id"] == leads[0]);
  CHECK(jobs[0]["outcome"].is_null());
  CHECK(world.get(mine, path + "/jobs?status=failed").json()["items"].empty());
  CHECK(world.get(mine, path + "/jobs?skip=2").json()["items"] == json::array({jobs[2]}));
  CHECK(world.get(mine, path + "/jobs?skip=1&limit=1").json()["items"][0] == jobs[1]);
  CHECK(world.get(mine, path + "/jobs?skip=3").json()["items"].empty());
  CHECK(world.get(mine, path + "/outcomes").json()["items"].empty());
  CHECK(world.get(mine, "/jobs/" + jobs[0]["id"].dump()).json() == jobs[0]);
  const std::lock_guard lock(world.dialling->mutex);
  REQUIRE(world.dialling->runs.size() == 1);
  CHECK(world.dialling->runs[0].run.value == run["id"]);
}

TEST_CASE("a run stands although the dialling does not answer") {
  auto config = api_world::default_config();
  config.dialling_patience = milliseconds{50};
  api_world world(config);
  const auto mine = world.add_tenant("Mine");
  world.add_leads(mine, 1);
  {
    const std::lock_guard lock(world.dialling->mutex);
    world.dialling->silent = true;
  }
  const auto path = run_path(world.post(mine, "/runs", R"({"all":true})"));
  CHECK(world.get(mine, path).status == 200);
  const auto paused = world.post(mine, path + "/pause", "");
  CHECK(paused.status == 503);
  CHECK(paused.code() == "dialling_silent");
}

TEST_CASE("pause, resume and stop are the dialling's word; a stale order names the status") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  world.add_leads(mine, 1);
  const auto path = run_path(world.post(mine, "/runs", R"({"all":true})"));
  CHECK(world.post(mine, path + "/pause", "").status == 200);
  CHECK(world.post(mine, path + "/resume", "{}").status == 200);
  const auto stopped = world.post(mine, path + "/stop", R"({"hang_up":true})");
  CHECK(stopped.status == 200);
  CHECK(stopped.json()["id"].dump() == path.substr(6));
  CHECK(world.post(mine, path + "/pause", R"({"hang_up":true})").code() == "unknown_field");
  CHECK(world.post(mine, path + "/stop", R"({"hang_up":1})").code() == "wrong_type");
  {
    const std::lock_guard lock(world.dialling->mutex);
    REQUIRE(world.dialling->orders.size() == 3);
    CHECK((world.dialling->orders[0].order == run_order::pause));
    CHECK((world.dialling->orders[1].order == run_order::resume));
    CHECK((world.dialling->orders[2].order == run_order::stop));
    CHECK(world.dialling->orders[2].hang_up);
    world.dialling->on_order = {write_result::stale, run_status::cancelled};
  }
  for (const auto& [verb, code] : {std::pair{"/pause", "run_not_running"},
                                   {"/resume", "run_not_paused"},
                                   {"/stop", "run_not_open"}}) {
    const auto answer = world.post(mine, path + verb, "");
    CHECK(answer.status == 409);
    CHECK(answer.code() == code);
    CHECK(answer.json()["error"]["message"].get<std::string>().find("cancelled") !=
          std::string::npos);
  }
  {
    const std::lock_guard lock(world.dialling->mutex);
    world.dialling->on_order = {write_result::fenced, run_status::running};
  }
  CHECK(world.post(mine, path + "/stop", "").status == 503);
}

TEST_CASE("direct calls are started whole or refused whole") {
  using verdict = call_directly_answer::verdict;
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const auto leads = world.add_leads(mine, 2);
  const auto say = [&](call_directly_answer answer) {
    {
      const std::lock_guard lock(world.dialling->mutex);
      world.dialling->on_call = std::move(answer);
    }
    return world.post(mine, "/calls", list_of(leads));
  };
  call_directly_answer started;
  started.result = verdict::started;
  started.calls = {{lead_id(leads[0]), job_id(7), job_status::dialing},
                   {lead_id(leads[1]), job_id(8), job_status::dialing}};
  const auto good = say(started);
  CHECK(good.status == 201);
  CHECK(good.json()["calls"][1] ==
        json{{"lead_id", leads[1]}, {"job_id", 8}, {"status", "dialing"}});

  call_directly_answer full;
  full.result = verdict::slots_full;
  full.active = 2;
  full.limit = 3;
  const auto refused = say(full);
  CHECK(refused.status == 409);
  CHECK(refused.code() == "slots_full");
  CHECK(refused.json()["error"]["active"] == 2);
  CHECK(refused.json()["error"]["limit"] == 3);

  call_directly_answer unknown;
  unknown.result = verdict::refused;
  unknown.refusal_code = "lead_not_found";
  unknown.refused_index = 1;
  CHECK(say(unknown).status == 404);
  CHECK(say(unknown).field() == "lead_ids[1]");
  unknown.refusal_code = "number_busy";
  CHECK(say(unknown).status == 409);

  for (const auto& [what, status, code] : {std::tuple{verdict::paced, 503, "carrier_busy"},
                                           {verdict::suspended, 409, "business_suspended"},
                                           {verdict::unavailable, 503, "dialling_unavailable"}}) {
    call_directly_answer answer;
    answer.result = what;
    CHECK(say(answer).status == status);
    CHECK(say(answer).code() == code);
  }
}

TEST_CASE("slots are shown as the dialling sees them") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  {
    const std::lock_guard lock(world.dialling->mutex);
    slot_view busy;
    busy.slot = slot_number(1);
    busy.state = slot_state::in_doubt;
    busy.since = time_point(seconds(1'700'000'000));
    busy.job = job_id(5);
    busy.lead = lead_id(6);
    slot_view free;
    free.slot = slot_number(2);
    world.dialling->on_slots = {true, 2, {busy, free}};
  }
  const auto shown = world.get(mine, "/slots").json();
  CHECK(shown["limit"] == 2);
  CHECK(shown["active"] == 1);
  CHECK(shown["items"][0]["state"] == "in_doubt");
  CHECK(shown["items"][0]["since"] == "2023-11-14T22:13:20.000000Z");
  CHECK(shown["items"][0]["job_id"] == 5);
  CHECK(shown["items"][0]["run_id"].is_null());
  CHECK(shown["items"][1]["state"] == "free");
  CHECK(shown["items"][1]["since"].is_null());
}

TEST_CASE("a failed job is called once more on a person's word, any other is not") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  world.add_leads(mine, 1);
  const auto path = run_path(world.post(mine, "/runs", R"({"all":true})"));
  const auto job = world.get(mine, path + "/jobs").json()["items"][0]["id"].dump();
  CHECK(world.post(mine, path + "/jobs/" + job + "/requeue", "").status == 409);
  world.db.sql("UPDATE outbound_call_jobs SET status = 'failed', outcome = 'busy', attempts = 1,"
               " ended_at = now()");
  world.db.sql("UPDATE outbound_call_runs SET status = 'completed', failed = 1, open = false,"
               " ended_at = now()");
  CHECK(world.get(mine, path + "/outcomes").json()["items"] ==
        json::array({{{"outcome", "busy"}, {"jobs", 1}, {"talked_s", 0}}}));
  const auto again = world.post(mine, "/jobs/" + job + "/requeue", "");
  INFO(again.body);
  CHECK(again.status == 200);
  CHECK(again.json()["status"] == "queued");
  CHECK(world.get(mine, path + "/outcomes").json()["items"].empty());
  CHECK(world.get(mine, path).json()["status"] == "running");
  const std::lock_guard lock(world.dialling->mutex);
  CHECK(world.dialling->runs.size() == 2);
}

TEST_CASE("the history is paged as JSON and exported whole as CSV") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  const auto lead = std::to_string(world.add_leads(mine, 1)[0]);
  world.db.sql("INSERT INTO call_attempts (business_id, job_id, attempt, lead_id, phone_e164,"
               " dial_lock_token, slot, outcome, error, started_at, ended_at, duration_s)"
               " SELECT " +
               std::to_string(mine.id) + ", n, 1, " + lead +
               ", '+12125550100',"
               " gen_random_uuid(), 1, CASE WHEN n % 5 = 0 THEN 'busy' ELSE 'answered' END,"
               " CASE WHEN n = 7 THEN '=cmd()' END, '2026-01-01T00:00:00Z'::timestamptz + n * "
               "interval '1 s',"
               " '2026-01-02T00:00:00Z', 9 FROM generate_series(1, 2500) n");
  const auto first = world.get(mine, "/calls?limit=2").json();
  REQUIRE(first["items"].size() == 2);
  CHECK(first["items"][0]["job_id"] == 2500);
  CHECK(first["items"][0]["status"] == "ended");
  const auto second =
      world.get(mine, "/calls?limit=2&cursor=" + first["next_cursor"].get<std::string>()).json();
  CHECK(second["items"][0]["job_id"] == 2498);
  CHECK(world.get(mine, "/calls?limit=1000&outcome=busy").json()["items"].size() == 500);
  CHECK(world.get(mine, "/calls?from=2026-01-01T00:41:39Z").json()["items"].size() == 2);

  const auto csv = world.ask("GET", mine.path + "/calls", mine.key, "", {{"Accept", "text/csv"}});
  CHECK(csv.status == 200);
  CHECK(csv.header("Content-Type") == "text/csv; charset=utf-8");
  CHECK(csv.header("Cache-Control") == "no-store");
  CHECK(std::count(csv.body.begin(), csv.body.end(), '\n') == 2501);
  CHECK(csv.body.find("job_id,attempt") == 0);
  CHECK(csv.body.find("\n7,1,,") != std::string::npos);
  CHECK(csv.body.find(",'=cmd()") != std::string::npos);
  const auto bad =
      world.ask("GET", mine.path + "/calls?from=x", mine.key, "", {{"Accept", "text/csv"}});
  CHECK(bad.code() == "invalid_time");
}
