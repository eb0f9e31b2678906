#include "net/console/admin_door.hpp"

namespace ringmaster::net::console {

namespace {

failure silent() {
  return {failure_kind::unknown, "dialling_silent",
          "the dialling did not answer in time; what was asked may still be carried out: look "
          "before asking again",
          ""};
}

json view(const carrier_view& x) {
  return {
      {"calls_per_second", x.calls_per_second == 0 ? json("no limit") : json(x.calls_per_second)},
      {"burst", x.burst},
      {"window", x.window},
      {"unanswered", x.unanswered},
      {"waiting", x.waiting},
      {"held_for_ms", x.held_for.count()},
      {"failures_in_a_row", x.failures},
      {"locked_out", x.locked_out},
      {"refused_callers", x.refused_callers},
      {"draining", x.draining}};
}

json view(const actors_answer& x) {
  auto all = json::array();
  for (const auto& one : x.actors)
    all.push_back({{"kind", one.kind},
                   {"key", one.key},
                   {"handled", one.handled},
                   {"waiting", one.waiting},
                   {"restarts", one.restarts}});
  return {{"actors", std::move(all)}};
}

hand_work work_of(actors_door::hand what) {
  switch (what) {
  case actors_door::hand::look_now:
    return hand_work::look_now;
  case actors_door::hand::read_again:
    return hand_work::read_again;
  case actors_door::hand::adopt:
    return hand_work::adopt;
  case actors_door::hand::never_placed:
    break;
  }
  return hand_work::never_placed;
}

class admin_door final : public actors_door {
public:
  admin_door(caf::actor_system& system, admin_actor office, milliseconds patience)
      : system_(system), office_(std::move(office)), patience_(patience) {}

  result<json> actors(const std::string& kind) override {
    return ask<actors_answer>(actors_query{kind},
                              [](const auto& said) -> result<json> { return view(said); });
  }
  result<json> carrier() override {
    return ask<carrier_view>(carrier_query{},
                             [](const auto& said) -> result<json> { return view(said); });
  }
  result<json> set_pace(double calls_per_second) override {
    return ask<carrier_view>(ringmaster::set_pace{calls_per_second},
                             [](const auto& said) -> result<json> { return view(said); });
  }
  result<json> by_hand(const order& x) override {
    const ringmaster::by_hand wish{x.business, work_of(x.what), x.job, x.sid, {x.by}};
    return ask<by_hand_answer>(wish, [](const auto& said) -> result<json> {
      if (!said.done) return failure{failure_kind::conflict, "not_done", said.told, ""};
      return json{{"done", true}, {"told", said.told}};
    });
  }

private:
  template <class Answer, class Message, class Then>
  result<json> ask(const Message& message, Then then) {
    caf::scoped_actor self{system_};
    result<json> said = silent();
    self->request(office_, patience_, message)
        .receive([&](const Answer& answer) { said = then(answer); },
                 [](const caf::error&) {}); // silent
    return said;
  }

  caf::actor_system& system_;
  admin_actor office_;
  milliseconds patience_;
};

} // namespace

std::unique_ptr<actors_door> make_admin_door(caf::actor_system& system, admin_actor office,
                                             milliseconds patience) {
  return std::make_unique<admin_door>(system, std::move(office), patience);
}

} // namespace ringmaster::net::console
