// The REST API over sockets: every endpoint, its errors and its shapes.
#include "tests/simulated_carrier/carrier_world.hpp"

#include <cctype>
#include <set>

using namespace ringmaster;
using namespace ringmaster::net;

namespace {

void check_error(const api_reply& reply, int status, int code) {
  INFO(reply.text);
  CHECK(reply.status == status);
  auto body = reply.body();
  CHECK(body["code"] == code);
  CHECK(body["status"] == status);
  CHECK(body["more_info"] == "https://www.twilio.com/docs/errors/" + std::to_string(code));
  CHECK(body["message"].is_string());
}

/// In `shape` 'x' stands for a hexadecimal digit, '9' for a digit, 'a' for a letter.
bool fits(const json& text, std::string_view shape) {
  if (!text.is_string() || text.get_ref<const std::string&>().size() != shape.size()) return false;
  const auto& t = text.get_ref<const std::string&>();
  return std::equal(t.begin(), t.end(), shape.begin(), [](unsigned char c, char s) {
    if (s == 'x') return std::isxdigit(c) != 0;
    if (s == '9') return std::isdigit(c) != 0;
    return s == 'a' ? std::isalpha(c) != 0 : c == static_cast<unsigned char>(s);
  });
}

constexpr std::string_view rfc2822_form = "aaa, 99 aaa 9999 99:99:99 +0000";
const std::string digest(32, 'x');

} // namespace

TEST_CASE("a created call is answered 201 with the carrier's shape") {
  carrier_world w(ringing_options());
  auto reply = w.ask("POST", w.calls_path(), w.form());
  REQUIRE(reply.status == 201);
  CHECK(reply.header("Content-Type").find("application/json") == 0);
  CHECK(fits(reply.header("Twilio-Request-Id"), "RQ" + digest));
  CHECK(!reply.header("Twilio-Concurrent-Requests").empty());
  CHECK(!reply.header("Twilio-Request-Duration").empty());
  auto c = reply.body();
  CHECK(fits(c["sid"], "CA" + digest));
  CHECK(c["account_sid"] == w.options().account_sid);
  CHECK(c["status"] == "queued");
  CHECK(c["to"] == "+972541234567");
  CHECK(c["from"] == "+97231234567");
  CHECK(c["to_formatted"].is_string());
  CHECK(c["direction"] == "outbound-api");
  CHECK(c["api_version"] == "2010-04-01");
  CHECK(fits(c["date_created"], rfc2822_form));
  CHECK(fits(c["date_updated"], rfc2822_form));
  CHECK(c["queue_time"] == "0");
  CHECK(c["price_unit"] == "USD");
  for (auto name : {"duration", "price", "end_time", "start_time", "answered_by", "parent_call_sid",
                    "phone_number_sid", "group_sid", "trunk_sid", "caller_name", "forwarded_from",
                    "annotation"}) {
    CAPTURE(name);
    REQUIRE(c.contains(name));
    CHECK(c[name].is_null());
  }
  CHECK(c["uri"] == w.call_path(c["sid"]));
  CHECK(c["subresource_uris"]["recordings"].is_string());
}

TEST_CASE("a call is fetched while it lives and after its end") {
  carrier_world w;
  auto sid = w.create();
  auto c = w.wait_for_status(sid, "completed");
  CHECK(c["duration"] == "1");
  CHECK(fits(c["start_time"], rfc2822_form));
  CHECK(fits(c["end_time"], rfc2822_form));
  CHECK(c["price"].is_string());
  check_error(w.ask("GET", w.call_path("CA00000000000000000000000000000000")), 404, 20404);
}

TEST_CASE("only the account's own password or key opens the API") {
  auto options = ringing_options();
  options.api_key = "SK1";
  options.api_secret = "secret";
  carrier_world w(options);
  auto path = w.calls_path();
  for (auto user : {options.account_sid + ":wrong", std::string(":"), "SK1:" + options.auth_token,
                    std::string("AC1:") + options.auth_token}) {
    auto reply = w.ask("GET", path, {}, "Basic " + base64_of(user));
    check_error(reply, 401, 20003);
    CHECK(reply.header("WWW-Authenticate").find("Basic") == 0);
  }
  check_error(w.ask("GET", path, {}, "Bearer x"), 401, 20003);
  CHECK(w.ask("GET", path, {}, "Basic " + base64_of("SK1:secret")).status == 200);
  CHECK(w.ask("GET", path).status == 200);
}

TEST_CASE("unknown paths, accounts and methods are refused") {
  carrier_world w(ringing_options());
  check_error(w.ask("GET", "/2010-04-01/Accounts/AC2/Calls.json"), 404, 20404);
  check_error(w.ask("GET", "/"), 404, 20404);
  check_error(w.ask("GET", "/2010-04-01/Accounts/" + w.options().account_sid + "/Messages.json"),
              404, 20404);
  check_error(w.ask("PUT", w.calls_path(), {{"a", "b"}}), 405, 20004);
  check_error(w.ask("PUT", w.call_path("CA1"), {{"a", "b"}}), 405, 20004);
  auto account = w.ask("GET", "/2010-04-01/Accounts/" + w.options().account_sid + ".json");
  CHECK(account.status == 200);
  CHECK(account.body()["status"] == "active");
}

TEST_CASE("wrong create requests are refused with the carrier's codes and make no call") {
  carrier_world w(ringing_options());
  auto with = [&](const std::string& name, const std::string& value) {
    auto f = w.form();
    for (auto& field : f)
      if (field.first == name) field.second = value;
    if (!find_field(f, name)) f.emplace_back(name, value);
    return w.ask("POST", w.calls_path(), f);
  };
  check_error(with("To", ""), 400, 21201);
  check_error(with("To", "12"), 400, 21211);
  check_error(with("From", "12"), 400, 21212);
  check_error(with("Url", "nonsense"), 400, 21205);
  check_error(with("Timeout", "9999"), 400, 21208);
  check_error(with("StatusCallback", "http://192.0.2.1/"), 400, 21609);
  check_error(with("To", "+15005550001"), 400, 21217);
  check_error(with("To", "+15005550002"), 400, 21214);
  check_error(with("To", "+15005550003"), 400, 21215);
  check_error(with("To", "+15005550004"), 400, 21216);
  check_error(with("From", "+15005550001"), 400, 21212);
  check_error(with("From", "+15005550009"), 400, 21210);
  client_request broken;
  broken.method = "POST";
  broken.target = w.calls_path();
  broken.headers = {{"Authorization", w.basic()}};
  broken.body = "To=%zz";
  check_error(w.send(broken), 400, 20001);
  CHECK(w.carrier().figures().calls == 0);
}

TEST_CASE("over the account's concurrency creates are refused with 10004") {
  auto options = ringing_options();
  options.account_concurrency = 2;
  carrier_world w(options);
  w.create(w.form("+972541111111"));
  auto second = w.create(w.form("+972541111112"));
  check_error(w.ask("POST", w.calls_path(), w.form("+972541111113")), 400, 10004);
  CHECK(w.ask("POST", w.call_path(second), {{"Status", "canceled"}}).status == 200);
  w.create(w.form("+972541111113"));
}

TEST_CASE("a live call is canceled or hung up, an ended one answers 21220") {
  carrier_world w(ringing_options());
  auto sid = w.create();
  auto reply = w.ask("POST", w.call_path(sid), {{"Status", "canceled"}});
  CHECK(reply.status == 200);
  CHECK(reply.body()["status"] == "canceled");
  check_error(w.ask("POST", w.call_path(sid), {{"Status", "canceled"}}), 400, 21220);
  check_error(w.ask("POST", w.call_path(sid), {{"Status", "completed"}}), 400, 21220);
  check_error(w.ask("POST", w.call_path("CA1"), {{"Status", "completed"}}), 404, 20404);
  check_error(w.ask("POST", w.call_path(sid), {{"Status", "busy"}}), 400, 20001);
}

TEST_CASE("a call in progress is given other TwiML, then hung up") {
  auto options = quick_options();
  options.life.talk = {std::chrono::minutes{5}, std::chrono::minutes{5}};
  carrier_world w(options);
  auto sid = w.create();
  w.wait_for("/_sim/calls/" + sid, [](const json& c) { return c["twiml"].size() == 1; });
  CHECK(w.ask("POST", w.call_path(sid), {{"Status", "canceled"}}).body()["status"] ==
        "in-progress");
  CHECK(w.ask("POST", w.call_path(sid), {{"Twiml", "<Response><Say>2</Say></Response>"}}).status ==
        200);
  CHECK(w.carrier().said_in(sid) ==
        std::vector<std::string>{"<Response><Say>Hello</Say></Response>",
                                 "<Response><Say>2</Say></Response>"});
  CHECK(w.ask("POST", w.call_path(sid), {{"Url", w.hooks().url("/answer?again")}}).status == 200);
  w.wait_for("/_sim/calls/" + sid, [](const json& c) { return c["twiml"].size() == 3; });
  CHECK(w.ask("POST", w.call_path(sid), {{"Status", "completed"}}).body()["status"] == "completed");
}

TEST_CASE("a deleted call is gone") {
  carrier_world w(ringing_options());
  auto sid = w.create();
  CHECK(w.ask("DELETE", w.call_path(sid)).status == 204);
  check_error(w.ask("DELETE", w.call_path(sid)), 404, 20404);
  check_error(w.ask("GET", w.call_path(sid)), 404, 20404);
  CHECK(w.carrier().figures().live == 0);
}

TEST_CASE("a list is followed page by page by next_page_uri") {
  carrier_world w(ringing_options());
  std::set<std::string> made, seen;
  for (int i = 0; i < 23; ++i)
    made.insert(w.create(w.form("+97254" + std::to_string(1'000'000 + i))));
  std::string target = w.calls_path() + "?PageSize=10";
  std::vector<std::size_t> sizes;
  while (!target.empty()) {
    auto page = w.ask("GET", target).body();
    CHECK(page["page"] == sizes.size());
    CHECK(page["page_size"] == 10);
    CHECK(page["uri"].is_string());
    CHECK(page["first_page_uri"].is_string());
    CHECK(page["previous_page_uri"].is_null() == sizes.empty());
    sizes.push_back(page["calls"].size());
    for (const auto& c : page["calls"])
      CHECK(seen.insert(c["sid"]).second);
    // A call that is made meanwhile shifts nothing.
    w.create(w.form("+97255" + std::to_string(1'000'000 + sizes.size())));
    target = page["next_page_uri"].is_null() ? "" : page["next_page_uri"].get<std::string>();
  }
  CHECK(sizes == std::vector<std::size_t>{10, 10, 3});
  CHECK(seen == made);
}

TEST_CASE("a list is filtered by numbers, status and times") {
  carrier_world w(ringing_options());
  auto one = w.create(w.form("+972541111111"));
  auto two = w.create(w.form("+972541111112", "+97237654321"));
  w.wait_for_status(two, "ringing");
  w.wait_for_status(one, "ringing");
  w.ask("POST", w.call_path(two), {{"Status", "canceled"}});
  auto sids = [&](const field_list& query) {
    std::vector<std::string> all;
    auto reply = w.ask("GET", w.calls_path() + "?" + encode_form(query));
    INFO(reply.text);
    REQUIRE(reply.status == 200);
    auto body = reply.body();
    for (const auto& c : body["calls"])
      all.push_back(c["sid"]);
    return all;
  };
  using list = std::vector<std::string>;
  CHECK(sids({}) == list{two, one});
  CHECK(sids({{"To", "+972541111111"}}) == list{one});
  CHECK(sids({{"To", "+972541111111"}, {"From", "+97237654321"}}).empty());
  CHECK(sids({{"From", "+97237654321"}}) == list{two});
  CHECK(sids({{"Status", "canceled"}}) == list{two});
  CHECK(sids({{"Status", "ringing"}}) == list{one});
  CHECK(sids({{"StartTime>", "2000-01-01"}}) == list{two, one});
  CHECK(sids({{"StartTime>", "2000-01-01T00:00:00Z"}, {"To", "+972541111111"}}) == list{one});
  CHECK(sids({{"StartTime<", "2000-01-01"}}).empty());
  CHECK(sids({{"StartTime", "2000-01-01"}}).empty());
  CHECK(sids({{"EndTime>", "2000-01-01"}}) == list{two});
  CHECK(sids({{"ParentCallSid", "CA1"}}).empty());
  for (auto wrong : {"PageSize=0", "PageSize=x", "PageToken=PA", "Page=-1"})
    check_error(w.ask("GET", w.calls_path() + "?" + wrong), 400, 20006);
  for (auto wrong : {"Status=lost", "StartTime=yesterday"})
    check_error(w.ask("GET", w.calls_path() + "?" + wrong), 400, 20001);
  CHECK(w.ask("GET", w.calls_path() + "?PageSize=5000").body()["page_size"] == 1'000);
}

TEST_CASE("a call over the calls per second is queued and says for how long") {
  auto options = ringing_options();
  options.calls_per_second = 0.01;
  carrier_world w(options);
  w.create(w.form("+972541111111"));
  auto second = w.ask("POST", w.calls_path(), w.form("+972541111112")).body();
  CHECK(second["status"] == "queued");
  auto waits = std::stol(second["queue_time"].get<std::string>());
  CHECK(waits > 60'000);
  CHECK(waits <= 100'000);
}

TEST_CASE("the carrier listens on this machine only, and says when it can't") {
  auto options = quick_options();
  options.address = "0.0.0.0";
  CHECK(simulated_carrier(options).start(0).find("127.0.0.1") != std::string::npos);
  options = quick_options();
  options.auth_token.clear();
  CHECK(!simulated_carrier(options).start(0).empty());
  simulated_carrier first(quick_options()), second(quick_options());
  REQUIRE(first.start(0).empty());
  CHECK(first.base_url() == "http://127.0.0.1:" + std::to_string(first.port()));
  CHECK(!second.start(first.port()).empty());
}
