// The stream of events, and what the dashboard asks besides.
#include "tests/api/api_world.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;
using namespace ringmaster::net::api;
using nlohmann::json;

namespace {

/// One open stream, read event by event.
class stream_reader {
public:
  stream_reader(api_world& world, const tenant& who, const std::string& last = {})
      : connection_(world.port()) {
    std::string head = "GET " + who.path +
                       "/events HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer " + who.key +
                       "\r\n";
    if (!last.empty()) head += "Last-Event-ID: " + last + "\r\n";
    connection_.send(head + "\r\n");
  }

  /// All until `text` has come.
  std::string until(const std::string& text) {
    while (seen_.find(text) == std::string::npos) {
      const auto more = connection_.read_some();
      if (more.empty()) throw std::runtime_error("the stream ended: " + seen_);
      seen_ += more;
    }
    return seen_;
  }

  std::string last_id() const {
    const auto at = seen_.rfind("id: ");
    return seen_.substr(at + 4, seen_.find('\n', at) - at - 4);
  }
  bool ended() { return connection_.read_to_end().empty(); }

private:
  probe::raw_connection connection_;
  std::string seen_;
};

event call(const tenant& who, std::int64_t job, slot_state slot, const std::string& state) {
  event e;
  e.business = business_id(who.id);
  e.state = state;
  e.call.job = job_id(job);
  e.call.lead = lead_id(1);
  e.call.slot = slot_number(1);
  e.call.state = slot;
  e.call.first_name = "Ada";
  e.call.phone = phone_number("+12125550100");
  return e;
}

void have_slots(api_world& world) {
  const std::lock_guard lock(world.dialling->mutex);
  world.dialling->on_slots.ok = true;
  world.dialling->on_slots.limit = 3;
}

} // namespace

TEST_CASE(
    "a stream begins with the present, tells what happens, and is resumed behind its last event") {
  api_world world;
  have_slots(world);
  const auto mine = world.add_tenant("Mine"), other = world.add_tenant("Other");
  std::string last;
  {
    stream_reader stream(world, mine);
    const auto present = stream.until("event: present\n");
    CHECK(present.find("text/event-stream") != std::string::npos);
    CHECK(stream.until("\n\n").find("\"limit\":3") != std::string::npos);
    world.happen(call(other, 8, slot_state::dialing, "dialing"));
    world.happen(call(mine, 7, slot_state::calling, "in-progress"));
    const auto seen = stream.until("\"state\":\"in-progress\"");
    CHECK(seen.find("event: slot\n") < seen.find("event: job\n"));
    CHECK(seen.find("\"first_name\":\"Ada\"") != std::string::npos);
    CHECK(seen.find("\"id\":8") == std::string::npos);
    last = stream.last_id();
  }
  stream_reader first(world, mine, last);
  world.happen(call(mine, 9, slot_state::free, "completed"));
  const auto resumed = first.until("\"id\":9");
  CHECK(resumed.find("event: present") == std::string::npos);
  CHECK(resumed.find("\"id\":7") == std::string::npos);
  stream_reader stranger(world, mine, "1-1");
  stranger.until("event: present\n");
}

TEST_CASE("who asks for more than is kept gets the present, not the backlog") {
  api_world world;
  have_slots(world);
  const auto mine = world.add_tenant("Mine");
  stream_reader watch(world, mine);
  watch.until("event: present\n");
  world.happen(call(mine, 1, slot_state::dialing, "dialing"));
  watch.until("\"id\":1,");
  const auto early = watch.last_id();
  // In lots that the watcher can follow.
  for (int lot = 0; lot < 6; ++lot) {
    for (int i = 0; i < 100; ++i)
      world.happen(call(mine, 1000 + lot * 100 + i, slot_state::dialing, "dialing"));
    watch.until("\"id\":" + std::to_string(1000 + lot * 100 + 99) + ",");
  }
  stream_reader late(world, mine, early);
  const auto seen = late.until("event: present\n");
  CHECK(seen.find("event: job") == std::string::npos);
}

TEST_CASE("a burst of one call's changes is told by its last and pushes nothing else out") {
  api_world world;
  have_slots(world);
  const auto mine = world.add_tenant("Mine");
  stream_reader watch(world, mine);
  watch.until("event: present\n");
  for (int i = 0; i < 2000; ++i)
    world.happen(call(mine, 1, slot_state::calling, i % 2 == 0 ? "ringing" : "in-progress"));
  world.happen(call(mine, 1, slot_state::free, "completed"));
  const auto seen = watch.until("\"state\":\"completed\"");
  // Told one by one they would have been more than is kept, and the present would have come anew.
  CHECK(seen.rfind("event: present") == seen.find("event: present"));
}

TEST_CASE("slots that were changed bring the present anew") {
  api_world world;
  have_slots(world);
  const auto mine = world.add_tenant("Mine");
  stream_reader watch(world, mine);
  watch.until("\"limit\":3");
  {
    const std::lock_guard lock(world.dialling->mutex);
    world.dialling->on_slots.limit = 5;
  }
  event changed;
  changed.what = happening::slot;
  changed.business = business_id(mine.id);
  world.happen(changed);
  watch.until("\"limit\":5");
}

TEST_CASE("many streams get the same text, and end with the server") {
  api_world world;
  have_slots(world);
  const auto mine = world.add_tenant("Mine");
  std::vector<std::unique_ptr<stream_reader>> streams;
  for (int i = 0; i < 200; ++i)
    streams.push_back(std::make_unique<stream_reader>(world, mine));
  for (auto& stream : streams)
    stream->until("event: present\n");
  world.happen(call(mine, 7, slot_state::dialing, "ringing"));
  for (auto& stream : streams)
    stream->until("\"id\":7,");
  world.front().end_streams();
  for (auto& stream : streams)
    stream->until("\r\n0\r\n\r\n");
}

TEST_CASE("a stream is the business's own") {
  api_world world;
  const auto mine = world.add_tenant("Mine"), other = world.add_tenant("Other");
  CHECK(world.ask("GET", other.path + "/events", mine.key).status == 404);
  CHECK(world.ask("GET", mine.path + "/events", "").status == 401);
}

TEST_CASE("why a lead is not being called now is told gate by gate") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  world.add_leads(mine, 3);
  const auto run = world.post(mine, "/runs", R"({"all":true})").json()["run_id"].dump();
  const auto jobs = world.get(mine, "/runs/" + run + "/jobs").json()["items"];
  const auto why = [&](int i) {
    return world.get(mine, "/jobs/" + jobs[i]["id"].dump() + "/why").json();
  };
  CHECK(why(0)["held_by"] == "run");
  const auto set_run = [&](const std::string& status) {
    world.db.sql("UPDATE outbound_call_runs SET status = '" + status + "'");
  };
  set_run("running");
  CHECK(why(0)["held_by"].is_null());
  const auto well = std::exchange(world.checks[0],
                                  {"carrier", true, "rests", time_point{seconds{4'000'000'000}}});
  CHECK(why(0)["held_by"] == "carrier");
  CHECK(why(0)["message"] == "rests");
  CHECK(why(0)["until"].is_string());
  CHECK(why(2)["held_by"] == "turn");
  world.checks[0] = well;
  CHECK(why(2)["held_by"] == "turn");
  set_run("paused");
  CHECK(why(0)["held_by"] == "run");
  set_run("running");
  world.db.sql("UPDATE outbound_call_jobs SET next_attempt_at = '2100-01-01Z' WHERE id = " +
               jobs[0]["id"].dump());
  CHECK(why(0)["held_by"] == "due");
  CHECK(why(0)["until"] == "2100-01-01T00:00:00.000000Z");
  world.db.sql("UPDATE outbound_call_jobs SET next_attempt_at = NULL");
  world.db.sql("UPDATE leads SET status = 'do_not_call'");
  CHECK(why(0)["held_by"] == "lead");
  world.db.sql("UPDATE leads SET status = 'active'");
  world.db.sql("UPDATE outbound_call_jobs SET status = 'dialing', slot = 1 WHERE id = " +
               jobs[2]["id"].dump());
  world.db.sql("UPDATE outbound_call_runs SET concurrency = 1");
  CHECK(why(0)["held_by"] == "concurrency");
  world.db.sql("UPDATE businesses SET max_outbound_calls = 1");
  world.db.sql("UPDATE outbound_call_runs SET concurrency = 2");
  CHECK(why(0)["held_by"] == "slots");
  CHECK(why(2)["gates"].empty());
  CHECK(why(2)["status"] == "dialing");
  world.db.sql("UPDATE businesses SET suspended = true");
  CHECK(why(0)["held_by"] == "business");
  world.checks[0] = {"ownership", false, "lost", {}};
  CHECK(why(0)["held_by"] == "configuration");
}

TEST_CASE("a preview says what an import would do and keeps nothing") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  world.add_leads(mine, 1);
  const auto before = world.fingerprint();
  const std::string csv = "phone,name,town\n+12125550150,Ada,X\n12,Bad,\n+12125550150,Twice,\n";
  const auto seen = world.post(mine, "/leads/preview", csv, {{"Content-Type", "text/csv"}});
  CHECK(seen.status == 200);
  const auto told = seen.json();
  CHECK(told["imported"] == 1);
  CHECK(told["skipped"] == 2);
  CHECK(told["errors"].size() == 2);
  CHECK(told["columns"][0] == json{{"header", "phone"}, {"field", "phone"}});
  CHECK(told["columns"][2]["field"].is_null());
  REQUIRE(told["sample"].size() == 1);
  CHECK(told["sample"][0]["first_name"] == "Ada");
  CHECK(world.fingerprint() == before);
}

TEST_CASE("a key is told whose it is; the overview is the admin's") {
  api_world world;
  const auto mine = world.add_tenant("Mine");
  CHECK(world.ask("GET", "/api/v1/me", mine.key).json()["business"]["id"] == mine.id);
  CHECK(world.ask("GET", "/api/v1/me", api_world::admin_key).json()["admin"] == true);
  CHECK(world.ask("GET", "/api/v1/overview", mine.key).status == 403);
  const auto all = world.ask("GET", "/api/v1/overview", api_world::admin_key).json();
  CHECK(all["businesses"] == 1);
  CHECK(all["ready"] == true);
  const auto list = [&](const std::string& query) {
    return world.ask("GET", "/api/v1/overview/businesses" + query, api_world::admin_key)
        .json()["items"];
  };
  CHECK(list("?search=min")[0]["limit"] == 3);
  CHECK(list("?busy=true").empty());
  world.add_leads(mine, 1);
  world.post(mine, "/runs", R"({"all":true})");
  CHECK(list("?busy=true")[0]["runs_open"] == 1);
  CHECK(list("?in_doubt=true").empty());
  world.db.sql("UPDATE outbound_call_jobs SET status = 'dialing', slot = 1, dial_lock_token ="
               " gen_random_uuid(), dial_started_at = now(), in_doubt_since = now()");
  CHECK(list("?in_doubt=true")[0]["in_doubt"] == 1);
  const auto wrong =
      world.ask("GET", "/api/v1/overview/businesses?in_doubt=perhaps", api_world::admin_key);
  CHECK(wrong.status == 400);
  CHECK(wrong.json()["error"]["field"] == "in_doubt");
  CHECK(world.get(mine, "/pulse").json()["calls_per_minute"].size() == 15);
}

TEST_CASE("a stream ends within seconds of its key's end, those of other keys go on") {
  api_world world;
  have_slots(world);
  const auto acme = world.add_tenant("Acme");
  auto looker = acme;
  looker.key = world.add_key(acme, "read");
  stream_reader mine(world, acme), theirs(world, looker);
  mine.until("event: present");
  theirs.until("event: present");
  world.db.sql("UPDATE api_keys SET revoked_at = now() WHERE role = 'read'");
  world.advance(seconds{2});
  theirs.until("\r\n0\r\n\r\n"); // the last chunk
  world.happen(call(acme, 1, slot_state::dialing, "ringing"));
  mine.until("ringing");
}
