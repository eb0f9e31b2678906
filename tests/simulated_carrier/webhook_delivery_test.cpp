// Webhooks over sockets: signatures, retries, time-outs, and what the observer tells of them.
#include "tests/simulated_carrier/carrier_world.hpp"

#include "net/twilio/signature.hpp"

#include <atomic>
#include <map>

using namespace ringmaster;
using namespace ringmaster::net;

namespace {

bool signature_fits(const carrier_world& w, const std::string& url, const http_request& request) {
  const auto* signature = request.header("X-Twilio-Signature");
  auto fields = parse_form(request.body);
  REQUIRE(fields);
  return signature && form_signature_fits(w.options().auth_token, url, *fields, *signature);
}

field_list replaced(field_list form, const std::string& name, const std::string& value) {
  for (auto& f : form)
    if (f.first == name) f.second = value;
  return form;
}

/// Answers the first `failures` status callbacks with `status`, the rest as usual.
receiver::reply_fn failing_first(int failures, int status) {
  auto left = std::make_shared<std::atomic<int>>(failures);
  return [left, status](const http_request& request) {
    auto usual = receiver::usual(request);
    if (request.path() == "/status" && left->fetch_sub(1) > 0) usual.status = status;
    return usual;
  };
}

json statistics(carrier_world& w, const char* kind) {
  auto all = w.ask("GET", "/_sim/observer").body();
  return all["webhooks"][kind];
}

} // namespace

TEST_CASE("every webhook is a signed form POST to the very URL that was given") {
  carrier_world w;
  auto form = w.form();
  auto query = "?name=%D7%A9%D7%9C%D7%95%D7%9D+a&x=%2F&y=1/2";
  form = replaced(form, "Url", w.hooks().url("/answer" + std::string(query)));
  form = replaced(form, "StatusCallback", w.hooks().url("/status" + std::string(query) + "#rc=3"));
  auto sid = w.create(form);
  auto inbox = w.hooks().wait_for(5);
  CHECK(inbox.size() == 5);
  for (const auto& request : inbox) {
    CAPTURE(request.target, request.body);
    CHECK(request.method == "POST");
    auto path = std::string(request.path());
    CHECK((path == "/answer" || path == "/status"));
    CHECK(request.target == path + query);
    CHECK(signature_fits(w, w.hooks().url(path + query), request));
    CHECK(!signature_fits(w, w.hooks().url(path), request));
    CHECK(form_field(request, "CallSid") == sid);
    const auto* type = request.header("Content-Type");
    REQUIRE(type);
    CHECK(type->find("application/x-www-form-urlencoded") == 0);
    CHECK(request.header("I-Twilio-Idempotency-Token"));
  }
  std::map<std::string, std::string> by_sequence;
  for (const auto& request : inbox)
    if (request.path() == "/status")
      by_sequence[form_field(request, "SequenceNumber")] = form_field(request, "CallStatus");
  CHECK(by_sequence ==
        std::map<std::string, std::string>{
            {"0", "initiated"}, {"1", "ringing"}, {"2", "in-progress"}, {"3", "completed"}});
}

TEST_CASE("a GET callback carries its fields in the query, signed as URL alone") {
  carrier_world w;
  auto form = w.form();
  form.emplace_back("StatusCallbackMethod", "GET");
  w.create(form);
  auto inbox = w.hooks().wait([](const auto& all) {
    return std::count_if(all.begin(), all.end(), [](const auto& r) { return r.method == "GET"; }) ==
           4;
  });
  for (const auto& request : inbox) {
    if (request.method != "GET") continue;
    CHECK(request.body.empty());
    CHECK(request.target.find("/status?job=1&") == 0);
    auto fields = parse_form(request.query());
    REQUIRE(fields);
    CHECK(find_field(*fields, "CallSid"));
    const auto* signature = request.header("X-Twilio-Signature");
    REQUIRE(signature);
    CHECK(
        form_signature_fits(w.options().auth_token, w.hooks().url(request.target), {}, *signature));
  }
}

TEST_CASE("an error is not retried unless the URL asks for it") {
  carrier_world w(quick_options(), failing_first(1'000, 500));
  auto sid = w.create();
  auto told =
      w.wait_for("/_sim/calls/" + sid, [](const json& c) { return c["deliveries"].size() == 5; });
  for (const auto& d : told["deliveries"])
    CHECK(d["attempts"] == 1);
  CHECK(statistics(w, "status")["errors"] == 4);
}

TEST_CASE("with rc=5 and rp=all a failing callback comes again, with the same token") {
  auto status = GENERATE(500, 503, 404);
  carrier_world w(quick_options(), failing_first(2, status));
  auto form = w.form();
  form.resize(5); // initiated only
  form = replaced(form, "StatusCallback", w.hooks().url("/status#rc=5&rp=all"));
  w.create(form);
  auto inbox = w.hooks().wait_for(4);
  std::vector<http_request> callbacks;
  for (const auto& r : inbox)
    if (r.path() == "/status") callbacks.push_back(r);
  REQUIRE(callbacks.size() == 3);
  for (const auto& r : callbacks) {
    CHECK(r.body == callbacks[0].body);
    CHECK(*r.header("I-Twilio-Idempotency-Token") ==
          *callbacks[0].header("I-Twilio-Idempotency-Token"));
  }
}

TEST_CASE("retries end after rc, and the failure is counted") {
  carrier_world w(quick_options(), failing_first(1'000, 500));
  auto form = w.form();
  form.resize(5);
  form = replaced(form, "StatusCallback", w.hooks().url("/status#rc=2&rp=5xx"));
  auto sid = w.create(form);
  auto told =
      w.wait_for("/_sim/calls/" + sid, [](const json& c) { return c["deliveries"].size() == 2; });
  auto attempts = std::max(told["deliveries"][0]["attempts"], told["deliveries"][1]["attempts"]);
  CHECK(attempts == 3);
  auto figures = statistics(w, "status");
  CHECK(figures["sent"] == 1);
  CHECK(figures["retries"] == 2);
  CHECK(figures["errors"] == 1);
}

TEST_CASE("a receiver that never answers costs one callback its read time-out") {
  // Responses that nobody gives before the test is over.
  auto held = std::make_shared<std::vector<respond_fn>>();
  std::mutex mutex;
  http_server silent("silent", {}, [&, held](http_request, respond_fn respond) {
    std::lock_guard lock(mutex);
    held->push_back(std::move(respond));
  });
  REQUIRE(silent.start("127.0.0.1", 0).empty());
  carrier_world w;
  auto url = "http://127.0.0.1:" + std::to_string(silent.port()) + "/status#rt=200&rc=0";
  auto form = replaced(w.form(), "StatusCallback", url);
  auto sid = w.create(form);
  w.wait_for("/_sim/calls/" + sid, [](const json& c) { return c["deliveries"].size() == 5; });
  CHECK(statistics(w, "status")["silent"] == 4);
  silent.stop(std::chrono::milliseconds{0});
  held->clear();
}

TEST_CASE("a place where nobody listens is tried once more, then given up") {
  std::uint16_t nobody;
  {
    http_server gone("gone", {}, [](http_request, respond_fn respond) { respond({}); });
    REQUIRE(gone.start("127.0.0.1", 0).empty());
    nobody = gone.port();
  }
  carrier_world w;
  auto form = replaced(w.form(), "StatusCallback",
                       "http://127.0.0.1:" + std::to_string(nobody) + "/status");
  auto sid = w.create(form);
  auto told =
      w.wait_for("/_sim/calls/" + sid, [](const json& c) { return c["deliveries"].size() == 5; });
  for (const auto& d : told["deliveries"])
    if (d["what"] == "status") CHECK(d["attempts"] == 2);
  CHECK(statistics(w, "status")["silent"] == 4);
  CHECK(w.wait_for_status(sid, "completed")["status"] == "completed");
}

TEST_CASE("the answer's TwiML is kept word for word; an error goes to the FallbackUrl") {
  carrier_world w(quick_options(), [](const http_request& request) {
    auto r = receiver::usual(request);
    if (request.path() == "/answer") r.status = 500;
    if (request.path() == "/fallback") {
      r = {};
      r.content_type = "text/xml";
      r.body = "<Response><Say>\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d</Say></Response>";
    }
    return r;
  });
  auto form = w.form();
  form.emplace_back("FallbackUrl", w.hooks().url("/fallback"));
  auto sid = w.create(form);
  w.wait_for_status(sid, "completed");
  CHECK(
      w.carrier().said_in(sid) ==
      std::vector<std::string>{"<Response><Say>\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d</Say></Response>"});
  auto inbox = w.hooks().wait_for(6);
  auto fallback = std::find_if(inbox.begin(), inbox.end(),
                               [](const auto& r) { return r.path() == "/fallback"; });
  REQUIRE(fallback != inbox.end());
  CHECK(form_field(*fallback, "ErrorCode") == "11200");
  CHECK(signature_fits(w, w.hooks().url("/fallback"), *fallback));
}

TEST_CASE("forged callbacks do not fit, genuine oddities do") {
  struct fault_case {
    const char* name;
    bool fits;
  };
  auto c =
      GENERATE(fault_case{"signature_wrong_token", false}, fault_case{"signature_tampered", false},
               fault_case{"signature_missing", false}, fault_case{"signature_replayed", false},
               fault_case{"signature_scheme", false}, fault_case{"signature_port", true},
               fault_case{"extra_parameter", true}, fault_case{"repeated_key", true});
  CAPTURE(c.name);
  carrier_world w;
  w.faults(json{{c.name, 1}}.dump());
  w.create();
  auto inbox = w.hooks().wait([](const auto& all) {
    auto statuses = statuses_in(all);
    return statuses.size() >= 4 && std::count(statuses.begin(), statuses.end(), "completed") >= 1;
  });
  bool all_fit = true;
  for (const auto& request : inbox)
    if (request.path() == "/status")
      all_fit &= signature_fits(w, w.hooks().url("/status?job=1"), request);
  CHECK(all_fit == c.fits);
}

TEST_CASE("the observer counts forged callbacks that a careless receiver accepts") {
  carrier_world w;
  w.faults(R"({"signature_wrong_token":1})");
  w.create();
  w.wait_for("/_sim/observer", [](const json& o) { return o["webhooks"]["forged"]["sent"] == 3; });
  CHECK(w.carrier().figures().forged_accepted == 3);
}

TEST_CASE("a storm of callbacks reaches a slow receiver whole") {
  auto options = quick_options();
  options.faults.set("storm=1");
  options.faults.set("storm_ms=300");
  carrier_world w(options);
  for (int i = 0; i < 200; ++i)
    w.create(w.form("+97254" + std::to_string(1'000'000 + i)));
  w.hooks().wait([](const auto& all) { return statuses_in(all).size() == 800; });
  w.wait_for("/_sim/observer", [](const json& o) { return o["webhooks"]["status"]["ok"] == 800; });
}
