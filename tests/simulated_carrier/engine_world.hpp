// A call engine with a clock of its own and a receiver for its webhooks, without sockets.
#pragma once

#include "net/simulated_carrier/call_engine.hpp"

#include <catch2/catch.hpp>

#include <functional>

namespace ringmaster::net::sim {

struct received {
  time_point at;
  webhook what;
  std::string field(std::string_view name) const {
    const auto* found = find_field(what.fields, name);
    return found ? *found : std::string{};
  }
};

inline engine_settings plain_settings() {
  engine_settings s;
  s.account_sid = "AC00000000000000000000000000000001";
  s.life.answered = 1;
  s.life.machine = s.life.busy = s.life.no_answer = s.life.failed = 0;
  s.life.setup = {milliseconds{50}, milliseconds{50}};
  s.life.ring = {milliseconds{400}, milliseconds{400}};
  s.life.talk = {milliseconds{2000}, milliseconds{2000}};
  s.life.detection = {milliseconds{500}, milliseconds{500}};
  return s;
}

struct engine_world {
  explicit engine_world(engine_settings settings = plain_settings())
      : engine(std::move(settings)) {}

  static call_request request(std::string to = "+972541234567", std::string from = "+97231234567") {
    call_request r;
    r.to = std::move(to);
    r.from = std::move(from);
    r.answer = {"http://127.0.0.1:9/answer?job=1", false};
    r.status = {"http://127.0.0.1:9/status?job=1#rc=5&rp=all", false};
    r.events = 15;
    return r;
  }

  call& create(call_request r = request()) { return engine.create(std::move(r), now); }

  /// Moves on by `span`, event by event; every webhook is answered at once by `reply`.
  void pass(microseconds span) {
    auto until = now + span;
    for (;;) {
      engine.advance(now);
      auto webhooks = engine.take_webhooks();
      for (auto& w : webhooks) {
        inbox.push_back({now, w});
        engine.settled(w, reply(w), now);
      }
      auto due = engine.next_due();
      if (!webhooks.empty() || (due && *due <= now)) continue;
      if (!due || *due > until) break;
      now = *due;
    }
    now = until;
  }

  /// Sets a switch, which must exist.
  void set(const std::string& assignment) {
    auto wrong = engine.settings().faults.set(assignment);
    INFO(wrong);
    REQUIRE(wrong.empty());
  }

  /// CallStatus of all status callbacks in the order in which they came.
  std::vector<std::string> statuses() const {
    std::vector<std::string> all;
    for (const auto& r : inbox)
      if (r.what.kind == webhook_kind::status) all.push_back(r.field("CallStatus"));
    return all;
  }
  std::vector<received> of(webhook_kind kind) const {
    std::vector<received> all;
    for (const auto& r : inbox)
      if (r.what.kind == kind) all.push_back(r);
    return all;
  }

  time_point now{seconds{1'767'607'200}}; // Mon, 05 Jan 2026 10:00:00
  call_engine engine;
  std::vector<received> inbox;
  std::function<webhook_outcome(const webhook&)> reply = [](const webhook& w) {
    webhook_outcome o;
    o.status = w.kind == webhook_kind::status ? 204 : 200;
    o.content_type = "text/xml";
    o.body = "<Response><Say>Hello</Say></Response>";
    return o;
  };
};

using texts = std::vector<std::string>;

} // namespace ringmaster::net::sim
