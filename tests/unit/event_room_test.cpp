// What the listeners of one business are told: the changes, their texts, and from where on.
#include "net/api/event_texts.hpp"
#include "net/api/views.hpp"

#include <catch2/catch.hpp>

namespace ringmaster::test {

using namespace net::api;

namespace {

event call(std::int64_t job, slot_state slot, const std::string& state) {
  event e;
  e.state = state;
  e.call.job = job_id(job);
  e.call.lead = lead_id(1);
  e.call.slot = slot_number(1);
  e.call.state = slot;
  e.call.phone = phone_number("+12125550100");
  return e;
}

} // namespace

TEST_CASE("a ring of events gives what is behind a number, and says when it is gone") {
  event_ring ring(3, 100);
  CHECK(ring.after(0) == "");
  CHECK_FALSE(ring.after(1));
  for (const auto* text : {"a", "b", "c"})
    ring.add(text);
  CHECK(ring.after(0) == "abc");
  CHECK(ring.after(2) == "c");
  CHECK(ring.after(3) == "");
  ring.add("d");
  CHECK_FALSE(ring.after(0));
  CHECK(ring.after(1) == "bcd");
  ring.add(std::string(200, 'x')); // over the bytes: it alone is kept
  CHECK_FALSE(ring.after(3));
  CHECK(ring.after(4)->size() == 200);
}

TEST_CASE("who was told by a list that is forgotten is not resumed from a later one") {
  event_ring ring(3, 100, 7);
  CHECK(ring.last() == 7);
  CHECK_FALSE(ring.after(0));
  CHECK_FALSE(ring.after(6));
  CHECK(ring.after(7) == "");
  CHECK(ring.add("a") == 8);
  CHECK_FALSE(ring.after(6));
  CHECK(ring.after(7) == "a");
}

TEST_CASE("of an attempt's changes the latest is told, at its own place; other attempts stay") {
  latest_changes changes;
  changes.put(call(1, slot_state::dialing, "dialing"));
  changes.put(call(2, slot_state::dialing, "dialing"));
  changes.put(call(1, slot_state::calling, "ringing"));
  changes.put(call(1, slot_state::free, "busy"));
  auto again = call(1, slot_state::dialing, "dialing");
  again.call.attempt = 2;
  changes.put(again);
  CHECK(changes.size() == 5); // what is kept is what the bound counts
  std::string order;
  for (const auto& each : changes.take())
    order += std::to_string(each.what.call.job.value) + each.what.state + " ";
  CHECK(order == "2dialing 1busy 1dialing ");
  CHECK(changes.empty());
  changes.put(call(1, slot_state::free, "completed"));
  CHECK(changes.take().size() == 1);
}

TEST_CASE("a slot is told once, with the last change in it") {
  latest_changes changes;
  changes.put(call(1, slot_state::dialing, "dialing"));
  auto elsewhere = call(2, slot_state::dialing, "dialing");
  elsewhere.call.slot = slot_number(2);
  changes.put(elsewhere);
  changes.put(call(1, slot_state::free, "completed"));
  changes.put(call(3, slot_state::dialing, "dialing"));
  std::string told;
  for (const auto& each : changes.take())
    told += std::to_string(each.what.call.job.value) +
            (call_texts(each, "1-1").find("event: slot\n") == 0 ? "with " : "without ");
  CHECK(told == "2with 1without 3with ");
}

TEST_CASE("a change's slot is told as the present tells it, its job in full") {
  auto e = call(7, slot_state::calling, "in-progress");
  e.run = run_id(5);
  e.at = time_point(seconds{2});
  e.job_now = job_status::calling;
  e.call.run = e.run;
  e.call.attempt = 2;
  e.call.sid = call_sid("CA1");
  e.call.progress = carrier_status::in_progress;
  e.call.since = time_point(seconds{1});
  e.call.first_name = "A \"q\" \\ \n\x01\xd7\x90";
  e.call.last_name = "bad \xff";
  const auto data = [](const std::string& text, const std::string& event) {
    const auto from = text.find("data: ", text.find("event: " + event)) + 6;
    return json_out::parse(text.substr(from, text.find('\n', from) - from));
  };
  const auto as_sent = [](const json_out& whole) {
    return json_out::parse(whole.dump(-1, ' ', false, json_out::error_handler_t::replace));
  };
  const auto text = call_texts({e, false}, "1-9");
  CHECK(text.find("\nid: 1-9\n") != std::string::npos);
  CHECK(data(text, "slot").dump() == as_sent(view(e.call)).dump());
  const auto job = data(text, "job");
  CHECK(job["id"] == 7);
  CHECK(job["run_id"] == 5);
  CHECK(job["first_name"] == e.call.first_name);
  CHECK(job["last_name"] == "bad \xef\xbf\xbd");
  CHECK(job["status"] == "calling");
  CHECK(job["outcome"].is_null());
  CHECK(job["answered_at"].is_null());
  CHECK(job["started_at"] == "1970-01-01T00:00:01.000000Z");
  CHECK(job["at"] == "1970-01-01T00:00:02.000000Z");
  e.run = {};
  e.call.state = slot_state::free;
  e.call.answered_at = time_point(seconds{1});
  slot_view left;
  left.slot = e.call.slot;
  const auto over = call_texts({e, false}, "1-10");
  CHECK(data(over, "slot").dump() == view(left).dump());
  CHECK(data(over, "job")["run_id"].is_null());
  CHECK(data(over, "job")["answered_at"] == "1970-01-01T00:00:01.000000Z");
}

TEST_CASE("who is cut off within a lot is resumed at any of its events and learns each slot") {
  event_ring ring(10, 10'000);
  latest_changes changes;
  changes.put(call(1, slot_state::free, "completed"));
  changes.put(call(2, slot_state::free, "completed"));
  changes.put(call(3, slot_state::dialing, "dialing"));
  for (const auto& each : changes.take())
    ring.add(call_texts(each, event_id(1, ring.last() + 1)));
  for (std::uint64_t seen = 0; seen < 3; ++seen) {
    const auto rest = ring.after(seen).value_or("");
    CHECK(rest.find("\nid: " + event_id(1, seen + 1) + "\n") != std::string::npos);
    CHECK(rest.find("\"job_id\":3") != std::string::npos);
  }
}

TEST_CASE("an event's id means nothing to another start of the server") {
  CHECK(number_of_event(77, event_id(77, 5)) == 5);
  for (const auto* id : {"", "5", "78-5", "77-", "77-5x", "77--1"})
    CHECK_FALSE(number_of_event(77, id));
}

} // namespace ringmaster::test
