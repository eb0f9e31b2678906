#include "net/simulated_carrier/create_rules.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::net;
using namespace ringmaster::net::sim;

namespace {

field_list form(field_list changes = {}) {
  field_list all{{"To", "+972541234567"},
                 {"From", "+97231234567"},
                 {"Url", "http://127.0.0.1:1/answer"},
                 {"StatusCallback", "http://127.0.0.1:1/status#rc=5&rp=all"}};
  for (auto& c : changes) {
    bool known = false;
    for (auto& f : all)
      if (f.first == c.first) known = true, f.second = c.second;
    if (!known) all.push_back(c);
  }
  return all;
}

/// The error's code; 0 when it is accepted.
int code_of(const field_list& f, bool test_credentials = false) {
  auto read = read_create(f, test_credentials);
  auto* wrong = std::get_if<api_error>(&read);
  if (!wrong) return 0;
  CHECK(wrong->status == 400);
  CHECK(!wrong->message.empty());
  return wrong->code;
}

} // namespace

TEST_CASE("a good create request is read whole") {
  auto f = form({{"Method", "GET"},
                 {"FallbackUrl", "http://127.0.0.1:1/fallback"},
                 {"Timeout", "25"},
                 {"TimeLimit", "600"},
                 {"MachineDetection", "DetectMessageEnd"},
                 {"AsyncAmd", "true"},
                 {"AsyncAmdStatusCallback", "http://127.0.0.1:1/amd"}});
  f.emplace_back("StatusCallbackEvent", "initiated");
  f.emplace_back("StatusCallbackEvent", "answered");
  auto read = read_create(f, false);
  REQUIRE(std::holds_alternative<call_request>(read));
  const auto& r = std::get<call_request>(read);
  CHECK(r.to == "+972541234567");
  CHECK(r.answer.get);
  CHECK(r.fallback.url == "http://127.0.0.1:1/fallback");
  CHECK(r.status.url == "http://127.0.0.1:1/status#rc=5&rp=all");
  CHECK(!r.status.get);
  CHECK(r.timeout == seconds{25});
  CHECK(r.time_limit == seconds{600});
  CHECK(r.detection == detection_kind::message_end);
  CHECK(r.detection_async);
  CHECK(r.wants(callback_event::initiated));
  CHECK(r.wants(callback_event::answered));
  CHECK(!r.wants(callback_event::ringing));
  CHECK(!r.wants(callback_event::completed));
}

TEST_CASE("without StatusCallbackEvent only the end is told; joined events tell nothing") {
  auto plain = std::get<call_request>(read_create(form(), false));
  CHECK(plain.wants(callback_event::completed));
  CHECK(!plain.wants(callback_event::ringing));
  CHECK(!plain.events_unreadable);
  auto joined = std::get<call_request>(
      read_create(form({{"StatusCallbackEvent", "initiated ringing"}}), false));
  CHECK(joined.events_unreadable);
}

TEST_CASE("numbers are checked with the carrier's codes") {
  CHECK(code_of(form()) == 0);
  CHECK(code_of(form({{"To", ""}})) == 21201);
  for (auto to : {"0541234567", "+", "+0123", "+1234567890123456", "abc", "+12 34"})
    CHECK(code_of(form({{"To", to}})) == 21211);
  CHECK(code_of(form({{"From", ""}})) == 21213);
  CHECK(code_of(form({{"From", "031234567"}})) == 21212);
}

TEST_CASE("magic numbers are refused as with the carrier's test credentials") {
  CHECK(code_of(form({{"To", "+15005550001"}})) == 21217);
  CHECK(code_of(form({{"To", "+15005550002"}})) == 21214);
  CHECK(code_of(form({{"To", "+15005550003"}})) == 21215);
  CHECK(code_of(form({{"To", "+15005550004"}})) == 21216);
  CHECK(code_of(form({{"From", "+15005550001"}})) == 21212);
  CHECK(code_of(form({{"From", "+15005550006"}})) == 0);
  CHECK(code_of(form({{"From", "+15005550007"}})) == 21210);
  CHECK(code_of(form(), true) == 21210);
  CHECK(code_of(form({{"From", "+15005550006"}}), true) == 0);
}

TEST_CASE("URLs, times and methods are checked with the carrier's codes") {
  CHECK(code_of(form({{"Url", ""}})) == 21205);
  CHECK(code_of(form({{"Url", ""}, {"Twiml", "<Response/>"}})) == 0);
  CHECK(code_of(form({{"Url", "not a url"}})) == 21205);
  CHECK(code_of(form({{"Url", "http://example.com/"}})) == 21205);
  CHECK(code_of(form({{"FallbackUrl", "x"}})) == 21205);
  CHECK(code_of(form({{"Method", "PUT"}})) == 21205);
  CHECK(code_of(form({{"StatusCallback", "http://my_host/"}})) == 21609);
  CHECK(code_of(form({{"StatusCallback", "http://10.1.2.3/"}})) == 21609);
  CHECK(code_of(form({{"AsyncAmdStatusCallback", "x"}})) == 21609);
  for (auto timeout : {"0", "601", "x", "", "1.5"})
    CHECK(code_of(form({{"Timeout", timeout}})) == 21208);
  CHECK(code_of(form({{"TimeLimit", "0"}})) == 21208);
  CHECK(code_of(form({{"ApplicationSid", "AP1"}})) == 21218);
  CHECK(code_of(form({{"Url", ""}, {"Twiml", std::string(4'001, 'x')}})) == 20001);
  CHECK(code_of(form({{"MachineDetection", "Maybe"}})) == 20001);
}

TEST_CASE("updates are read, and refused when they make no sense") {
  auto read = [](field_list f) { return read_update(f); };
  auto kind = [&](field_list f) { return std::get<call_update>(read(f)).what; };
  CHECK(kind({{"Status", "canceled"}}) == call_update::kind::cancel);
  CHECK(kind({{"Status", "completed"}}) == call_update::kind::complete);
  CHECK(kind({{"Twiml", "<Response/>"}}) == call_update::kind::redirect);
  CHECK(kind({{"Url", "http://127.0.0.1:1/x"}}) == call_update::kind::redirect);
  CHECK(kind({}) == call_update::kind::nothing);
  CHECK(std::get<call_update>(read({{"TimeLimit", "5"}})).time_limit == seconds{5});
  CHECK(std::get<api_error>(read({{"Status", "busy"}})).code == 20001);
  CHECK(std::get<api_error>(read({{"Url", "http://example.com"}})).code == 21205);
  CHECK(std::get<api_error>(read({{"TimeLimit", "-1"}})).code == 21208);
}
