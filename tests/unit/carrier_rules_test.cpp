#include "actors/backoff.hpp"
#include "actors/carrier_rules.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;

namespace {

create_reply answered(int status, int code = 0, const char* sid = "") {
  create_reply reply;
  reply.result = line_result::answered;
  reply.http_status = status;
  reply.error_code = code;
  reply.sid = call_sid{sid};
  return reply;
}

dial_verdict verdict(const create_reply& reply) {
  return judge(reply).verdict;
}

} // namespace

TEST_CASE("only a 2xx with a call's name is a placed call") {
  CHECK(verdict(answered(201, 0, "CA1")) == dial_verdict::placed);
  CHECK(verdict(answered(200, 0, "CA1")) == dial_verdict::placed);
  CHECK(verdict(answered(201)) == dial_verdict::in_doubt);
  CHECK(verdict(answered(302, 0, "CA1")) == dial_verdict::in_doubt);
}

TEST_CASE("whatever leaves open whether the call exists is in doubt") {
  create_reply lost;
  lost.result = line_result::unknown;
  CHECK(verdict(lost) == dial_verdict::in_doubt);
  CHECK_FALSE(judge(lost).reason.empty());
  for (int status : {500, 502, 503, 504, 599, 408})
    CHECK(verdict(answered(status)) == dial_verdict::in_doubt);
  // The body's code can't make a 5xx harmless.
  for (int code : {20429, 10004, 21211, 20003})
    CHECK(verdict(answered(503, code)) == dial_verdict::in_doubt);
}

TEST_CASE("what the carrier never processed may be tried again, more slowly") {
  CHECK(verdict(answered(429, 20429)) == dial_verdict::requeue);
  CHECK(judge(answered(429)).account == account_effect::slow_down);
  CHECK(verdict(answered(429)) == dial_verdict::requeue);
  CHECK(verdict(answered(400, 10004)) == dial_verdict::requeue);
  CHECK(judge(answered(400, 10004)).account == account_effect::slow_down);
}

TEST_CASE("a call that fails for want of capacity may be placed again, no other") {
  CHECK(refused_late(carrier_status::failed, 10004));
  CHECK_FALSE(refused_late(carrier_status::failed, 0));
  CHECK_FALSE(refused_late(carrier_status::failed, 20003));
  CHECK_FALSE(refused_late(carrier_status::failed, 13224));
  CHECK_FALSE(refused_late(carrier_status::busy, 10004));
}

TEST_CASE("refused credentials stop the account, not the lead") {
  for (const auto& reply :
       {answered(401, 20003), answered(401), answered(403, 20005), answered(400, 21219)}) {
    CHECK(verdict(reply) == dial_verdict::requeue);
    CHECK(judge(reply).account == account_effect::locked_out);
  }
}

TEST_CASE("a number that can't be called is not called again") {
  for (int code : {21201, 21211, 21217, 21214, 13224, 21216, 13225})
    CHECK(verdict(answered(400, code)) == dial_verdict::number_fatal);
  CHECK(verdict(answered(400, 99999)) == dial_verdict::number_fatal);
  CHECK(judge(answered(400, 21211)).reason == "carrier 400 error 21211");
}

TEST_CASE("what is wrong for every lead alike fails the run") {
  for (int code : {21205, 21208, 21609, 21626})
    CHECK(verdict(answered(400, code)) == dial_verdict::config_fatal);
  CHECK(verdict(answered(404, 20404)) == dial_verdict::config_fatal);
}

TEST_CASE("an address without the carrier's API is wrong for every lead, and is named") {
  for (int status : {404, 405, 410}) {
    CHECK(verdict(answered(status)) == dial_verdict::config_fatal);
    CHECK(judge(answered(status)).reason.find("TWILIO_API_BASE_URL") != std::string::npos);
  }
  // The carrier's own word about the number stands.
  CHECK(verdict(answered(404, 21211)) == dial_verdict::number_fatal);
}

TEST_CASE("a refused caller ID holds its business, a refused country its numbers") {
  for (int code : {21210, 21212}) {
    CHECK(verdict(answered(400, code)) == dial_verdict::requeue);
    CHECK(judge(answered(400, code)).account == account_effect::caller_id_refused);
  }
  CHECK(verdict(answered(400, 21215)) == dial_verdict::prefix_refused);
  CHECK(judge(answered(400, 21215)).account == account_effect::none);
}

TEST_CASE("no number of a person is left in a carrier's sentence") {
  CHECK(without_numbers("The number +14155550123 is not valid") ==
        "The number +*********23 is not valid");
  CHECK(without_numbers("+1 (415) 555-0123, +97250-123-4567.") ==
        "+* (***) ***-**23, +*****-***-**67.");
  CHECK(without_numbers("error 21211, see RFC 3966.") == "error 21211, see RFC 3966.");
  CHECK(without_numbers("").empty());
  auto refused = answered(400, 21211);
  refused.message = "'To' number 14155550123 is wrong";
  CHECK(judge(refused).reason == "carrier 400 error 21211: 'To' number *********23 is wrong");
}

TEST_CASE("a request that was never sent is told as such") {
  create_reply unsent;
  unsent.result = line_result::not_sent;
  CHECK(verdict(unsent) == dial_verdict::not_sent);
}

TEST_CASE("an answered call is a person or a machine, the others failed each in its way") {
  for (const auto* person : {"", "human", "unknown"})
    CHECK_FALSE(is_machine(person));
  for (const auto* machine : {"machine_start", "machine_end_beep", "fax"})
    CHECK(is_machine(machine));
  CHECK(outcome_of(carrier_status::completed, false) == call_outcome::answered);
  CHECK(outcome_of(carrier_status::completed, true) == call_outcome::machine);
  for (const bool by_machine : {false, true}) {
    CHECK(outcome_of(carrier_status::busy, by_machine) == call_outcome::busy);
    CHECK(outcome_of(carrier_status::no_answer, by_machine) == call_outcome::no_answer);
    CHECK(outcome_of(carrier_status::canceled, by_machine) == call_outcome::canceled);
    CHECK(outcome_of(carrier_status::failed, by_machine) == call_outcome::failed);
  }
}

TEST_CASE("back-off doubles up to its bound, with jitter, and starts over after a success") {
  backoff rest{milliseconds{100}, milliseconds{1000}};
  std::int64_t whole = 100;
  for (int i = 0; i < 10; ++i) {
    auto shortest = rest;
    auto longest = rest;
    CHECK(shortest.next(0).count() == std::min<std::int64_t>(whole, 1000) / 2);
    auto bound = std::min<std::int64_t>(whole, 1000);
    CHECK(longest.next(static_cast<std::uint64_t>(bound - bound / 2)).count() == bound);
    rest.next(12345);
    whole *= 2;
  }
  rest.reset();
  CHECK(rest.next(0) == milliseconds{50});
}
