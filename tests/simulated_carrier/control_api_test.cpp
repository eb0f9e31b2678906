// The endpoints under /_sim, the options as JSON and on a command line, and the switches' table.
#include "tests/simulated_carrier/carrier_world.hpp"

#include "net/simulated_carrier/cli_options.hpp"

#include <CLI/CLI.hpp>

#include <fstream>
#include <set>
#include <sstream>

using namespace ringmaster;
using namespace ringmaster::net;

namespace {

api_reply post(carrier_world& w, const std::string& target, const std::string& body) {
  client_request r;
  r.method = "POST";
  r.target = target;
  r.body = body;
  return w.send(std::move(r));
}

std::string parse_command_line(carrier_options& options, std::vector<std::string> arguments) {
  CLI::App app;
  add_carrier_options(app, options);
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& e) {
    return e.what();
  }
  return {};
}

} // namespace

TEST_CASE("the observer tells callers, violations, repeats and gaps") {
  carrier_world w(ringing_options());
  std::vector<std::string> sids;
  for (int i = 0; i < 4; ++i)
    sids.push_back(w.create(w.form("+97254111111" + std::to_string(i), "+97231111111")));
  w.create(w.form("+972541111110", "+97232222222"));
  w.ask("POST", w.call_path(sids[0]), {{"Status", "canceled"}});
  w.create(w.form("+972541111110", "+97231111111"));

  auto o = w.ask("GET", "/_sim/observer?limit=3").body();
  CHECK(o["calls"] == 6);
  CHECK(o["live"] == 5);
  CHECK(o["highest_live"] == 5);
  CHECK(o["limit"] == 3);
  CHECK(o["violations"] == 2);
  CHECK(o["excesses"].size() == 2);
  CHECK(o["excesses"][0]["call_sid"] == sids[3]);
  CHECK(o["statuses"]["canceled"] == 1);
  CHECK(o["repeated_numbers_total"] == 1);
  CHECK(o["repeated_numbers"][0]["to"] == "+972541111110");
  CHECK(o["repeated_numbers"][0]["calls"] == 2);
  CHECK(o["overlapping_calls"] == 0);
  CHECK(o["gaps"]["count"] == 1);
  REQUIRE(o["callers"].size() == 2);
  CHECK(o["callers"][0]["from"] == "+97231111111");
  CHECK(o["callers"][0]["live"] == 4);
  CHECK(o["callers"][0]["highest"] == 4);
  CHECK(o["callers"][0]["above_limit"] == 2);
  CHECK(o["callers"][1]["highest"] == 1);

  CHECK(w.ask("GET", "/_sim/observer?limit=4").body()["violations"] == 0);
  CHECK(w.ask("GET", "/_sim/observer?limit=1").body()["violations"] == 4);
  auto one = w.ask("GET", "/_sim/observer?from=%2B97232222222").body();
  CHECK(one["callers"].size() == 1);
  CHECK(w.ask("GET", "/_sim/observer?limit=0").status == 400);

  auto figures = w.carrier().figures(3);
  CHECK(figures.calls == 6);
  CHECK(figures.violations == 2);
  CHECK(figures.repeated_numbers == 1);
  REQUIRE(figures.callers.size() == 2);
  CHECK(figures.callers[0].highest == 4);
}

TEST_CASE("one call tells its TwiML and each webhook") {
  carrier_world w;
  auto sid = w.create();
  auto c = w.wait_for("/_sim/calls/" + sid,
                      [](const json& call) { return call["deliveries"].size() == 5; });
  CHECK(c["sid"] == sid);
  CHECK(c["status"] == "completed");
  CHECK(c["twiml"] == json{"<Response><Say>Hello</Say></Response>"});
  std::multiset<std::string> told;
  for (const auto& d : c["deliveries"]) {
    told.insert(d["what"].get<std::string>() + " " + d["call_status"].get<std::string>());
    CHECK(d["answer"] == (d["what"] == "answer" ? 200 : 204));
    CHECK(d["attempts"] == 1);
    CHECK(d["forged"] == false);
  }
  CHECK(told == std::multiset<std::string>{"answer in-progress", "status completed",
                                           "status in-progress", "status initiated",
                                           "status ringing"});
  CHECK(w.ask("GET", "/_sim/calls/CA1").status == 404);
}

TEST_CASE("switches and lives are set at run time, and wrong ones change nothing") {
  carrier_world w;
  auto set = post(w, "/_sim/faults", R"({"lost_all":1,"late_ms":5,"create_error":"500"})");
  CHECK(set.status == 200);
  auto all = w.ask("GET", "/_sim/faults").body();
  CHECK(all["lost_all"] == 1.0);
  CHECK(all["late_ms"] == 5);
  CHECK(all["create_error"] == "500");
  CHECK(all["storm"] == 0.0);
  for (auto wrong : {R"({"lost_all":2})", R"({"lost_all":"x"})", R"({"bogus":1})", "[]", "{",
                     R"({"lost_all":0,"late_ms":-1})", R"({"create_error":"boom"})"}) {
    CAPTURE(wrong);
    auto refused = post(w, "/_sim/faults", wrong);
    CHECK(refused.status == 400);
    CHECK(refused.body()["error"]["message"].is_string());
  }
  CHECK(w.ask("GET", "/_sim/faults").body() == all);
  post(w, "/_sim/faults", R"({"ringing_missing":0.5,"clear":true})");
  all = w.ask("GET", "/_sim/faults").body();
  CHECK(all["lost_all"] == 0.0);
  CHECK(all["ringing_missing"] == 0.5);

  CHECK(post(w, "/_sim/life", R"({"answered":0,"busy":1,"ring_ms":"0-1"})").status == 200);
  CHECK(w.wait_for_status(w.create(), "busy")["status"] == "busy");
  CHECK(post(w, "/_sim/life", R"({"answered":-1})").status == 400);
  CHECK(w.ask("GET", "/_sim/nothing").status == 404);
}

TEST_CASE("a reset forgets all calls and figures") {
  carrier_world w(ringing_options());
  auto sid = w.create();
  CHECK(post(w, "/_sim/reset", "").status == 200);
  auto o = w.ask("GET", "/_sim/observer").body();
  CHECK(o["calls"] == 0);
  CHECK(o["callers"].empty());
  CHECK(w.ask("GET", w.call_path(sid)).status == 404);
}

TEST_CASE("options come from JSON, and a typo is told") {
  carrier_options o;
  CHECK(apply_json(o, R"({"seed":7,"account_sid":"ACx","auth_token":"t","calls_per_second":2.5,
    "answer_ms":20,"life":{"talk_ms":"0","busy":0.5},"faults":{"lost_completed":0.05,"clear":true}})")
            .empty());
  CHECK(o.seed == 7);
  CHECK(o.account_sid == "ACx");
  CHECK(o.calls_per_second == 2.5);
  CHECK(o.answer_delay == milliseconds{20});
  CHECK(o.life.busy == 0.5);
  CHECK(o.life.talk.high == milliseconds{0});
  CHECK(o.faults.of(sim::fault::lost_completed) == 0.05);
  for (auto wrong :
       {R"({"sead":1})", R"({"seed":"x"})", R"({"kept_calls":0})", R"({"life":1})",
        R"({"answer_ms":-1})", R"({"faults":{"x":1}})", R"({"auth_token":1})", "", "[1]"}) {
    CAPTURE(wrong);
    CHECK(!apply_json(o, wrong).empty());
  }
  CHECK(o.seed == 7);
}

TEST_CASE("options come from a command line") {
  carrier_options o;
  CHECK(parse_command_line(o, {"--seed", "9", "--ring-ms", "0", "--talk-ms", "10-20", "--busy",
                               "0.5", "--fault", "lost_completed=0.05", "--fault", "late_ms=100",
                               "--answer-ms", "30"}) == "");
  CHECK(o.answer_delay == milliseconds{30});
  CHECK(o.seed == 9);
  CHECK(o.life.ring.high == milliseconds{0});
  CHECK(o.life.talk.low == milliseconds{10});
  CHECK(o.life.busy == 0.5);
  CHECK(o.faults.of(sim::fault::lost_completed) == 0.05);
  CHECK(o.faults.amounts.late_ms == 100);
  CHECK(parse_command_line(o, {"--fault", "bogus=1"}).find("bogus") != std::string::npos);
  CHECK(!parse_command_line(o, {"--fault", "lost_all"}).empty());
  CHECK(!parse_command_line(o, {"--talk-ms", "soon"}).empty());
  CHECK(!parse_command_line(o, {"--watched-limit", "0"}).empty());
}

TEST_CASE(
    "each switch stands in the table at its place, covers an item, and is told in the README") {
  std::ifstream file(RINGMASTER_SOURCE_DIR "/net/simulated_carrier/README.md");
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  auto readme = text.str();
  std::set<int> items;
  std::size_t place = 0;
  for (const auto& f : sim::fault_table()) {
    CAPTURE(f.name);
    CHECK(static_cast<std::size_t>(f.which) == place++);
    CHECK(readme.find("| `" + std::string(f.name) + "` | " + std::to_string(f.item) + " |") !=
          std::string::npos);
    items.insert(f.item);
  }
  for (const auto& [name, value] : sim::amounts_of({})) {
    CAPTURE(name);
    CHECK(readme.find("| `" + std::string(name) + "` | " + std::to_string(value) + " |") !=
          std::string::npos);
  }
  for (int item = 1; item <= 18; ++item) {
    CAPTURE(item);
    CHECK(items.count(item) == 1);
  }
}
