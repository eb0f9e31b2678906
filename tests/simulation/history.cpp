#include "tests/simulation/history.hpp"

#include "db/records_pg.hpp"
#include "tests/simulation/wire.hpp"

namespace ringmaster::simulation {

namespace {

constexpr std::uint64_t most_moves = 400'000;
constexpr seconds longest_rest{6 * 3'600};

} // namespace

equipment::equipment(const std::string& database_url)
    : database_url(database_url), process(database_url),
      session(wire::named(database_url, wire::observer_name)),
      api(db::make_records_factory(wire::named(database_url, "simulated_api"))()) {
  wire::keep_sessions();
  observer::prepare(session);
}

first_ids history::read_first_ids(pqxx::connection& session) {
  pqxx::nontransaction in{session};
  const auto row =
      in.exec_params("SELECT b.last_value, l.last_value, r.last_value, j.last_value FROM "
                     "business_ids b, lead_ids l, run_ids r, job_ids j")[0];
  return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>(), row[2].as<std::int64_t>(),
          row[3].as<std::int64_t>()};
}

history::history(equipment& with, std::uint64_t seed, const history_options& options)
    : with_(with), before_(read_first_ids(with.session)), stage_(seed, before_, options.print),
      carrier_(stage_), watch_(stage_, carrier_, with.session), callbacks_(stage_, carrier_),
      people_(stage_, with.process, watch_, *with.api, with.session), options_(options) {
  carrier_.created = [this](const modelled_call& call) { watch_.created(call); };
  carrier_.changed = [this](modelled_call& call) { callbacks_.announce(call); };
  callbacks_.door = [this] {
    return with_.process.is_up() ? with_.process.door() : net::http_handler{};
  };
  callbacks_.end_acknowledged = [this](modelled_call& call) { watch_.acknowledged(call); };
  with_.process.listen([this](std::string_view line) {
    stage_.story.say_log(stage_.plan.now(), line);
    watch_.logged(line);
  });
}

history_result history::run() {
  people_.move_in();
  start_process();
  plan_faults();
  commits_seen_ = wire::commits();
  for (std::uint64_t i = 0; i < most_moves && well() && stage_.plan.now() < stormy_until_; ++i)
    one_move();
  if (well()) make_calm();
  if (well()) come_to_rest();
  if (well() && stage_.draw.chance(0.2)) fill_all_slots();
  if (well()) judge_the_end();
  tidy_up();
  told_.violation = stage_.violation;
  told_.calls = carrier_.calls().size();
  told_.digest = stage_.story.digest();
  told_.lines = stage_.story.lines();
  if (!well()) told_.last_lines = stage_.story.last(options_.last_lines);
  return told_;
}

void history::plan_faults() {
  auto& draw = stage_.draw;
  auto& plan = stage_.plan;
  const auto& faults = stage_.with;
  stormy_until_ = draw.time(seconds{20}, seconds{240});
  const auto acts = draw.between(3, 25);
  for (std::int64_t i = 0; i < acts; ++i)
    plan.at(draw.time(seconds{0}, stormy_until_), [this] { somebody_acts(); });
  const auto strike = [&](double expected, const std::function<void()>& what) {
    for (; expected > 0; expected -= 1)
      if (expected >= 1 || draw.chance(expected))
        plan.at(draw.time(seconds{0}, stormy_until_), [this, what] {
          if (!stage_.calm) what(); // else it was due in the very moment in which the calm began
        });
  };
  strike(faults.crashes, [this] { crash_in_steps_ = stage_.draw.below(60); });
  strike(faults.commits_lost, [this] {
    wire::plan_cut(stage_.draw.chance(0.5) ? wire::cut::before_commit : wire::cut::after_commit,
                   1 + stage_.draw.below(6));
    crash_at_cut_ = stage_.draw.chance(0.4);
  });
  strike(faults.connections_lost,
         [this] { wire::plan_cut(wire::cut::anywhere, 1 + stage_.draw.below(40)); });
  strike(faults.outages, [this] {
    stage_.say("fault: the database is away");
    stage_.disturb(stage_.plan.now() + seconds{120});
    wire::set_down(true);
    stage_.plan.after(stage_.draw.time(milliseconds{100}, seconds{60}), [this] {
      stage_.say("fault: the database is back");
      wire::set_down(false);
    });
    for (int second = 1; second <= 62; second += 5)
      stage_.plan.after(seconds{second}, [this] { own_again(); });
  });
  strike(faults.takeovers, [this] {
    if (!with_.process.is_up()) return;
    stage_.say("fault: another server takes over, and ends");
    stage_.disturb(stage_.plan.now() + seconds{60});
    wire::break_ownership();
    pqxx::work in{with_.session};
    in.exec("UPDATE shards SET epoch = epoch + 1");
    in.commit();
    watch_.taken_over();
    stage_.plan.after(stage_.draw.time(milliseconds{10}, seconds{20}), [this] { own_again(); });
  });
  strike(faults.clock_jumps, [this] {
    stage_.clock_error = stage_.draw.time(-seconds{1'800}, seconds{3'600});
    stage_.say("fault: the clock is set to " +
               std::to_string(stage_.clock_error.count() / 1'000'000) + " s off");
    stage_.plan.after(stage_.draw.time(seconds{1}, seconds{300}), [this] { set_clock_right(); });
  });
  strike(faults.freezes, [this] {
    const auto until = stage_.plan.now() + stage_.draw.time(seconds{1}, seconds{90});
    const bool all = stage_.draw.chance(0.5);
    stage_.say(all ? "fault: the process stands still" : "fault: the database is slow");
    (all ? frozen_until_ : store_slow_until_) = until;
    stage_.disturb(until + seconds{60});
  });
}

/// When nothing else goes on, or in the middle of it: between two messages of the actors.
void history::somebody_acts() {
  if (stage_.draw.chance(0.4)) return people_.act();
  acts_in_steps_.push_back(stage_.draw.below(60));
}

void history::act_between_messages() {
  for (auto it = acts_in_steps_.begin(); it != acts_in_steps_.end();) {
    if ((*it)-- > 0) {
      ++it;
      continue;
    }
    it = acts_in_steps_.erase(it);
    people_.act();
  }
}

/// What the server's watch does every second.
void history::own_again() {
  if (!with_.process.is_up()) return;
  with_.process.watch_ownership();
  watch_.owned_again();
}

/// A process starts under a clock that is right to a few seconds.
void history::set_clock_right() {
  if (stage_.clock_error.count() == 0) return;
  stage_.clock_error = stage_.draw.time(-seconds{2}, seconds{2});
  stage_.say("fault: the clock is right again, but for a little");
}

/// Inside of an actor an exception would end that actor without a word.
line_watch history::what_the_line_tells() {
  const auto told = [this](void (observer::*what)(const place_call&)) {
    return [this, what](const place_call& call) {
      try {
        (watch_.*what)(call);
      } catch (const std::exception& broken) {
        stage_.fail(std::string{"the observer broke: "} + broken.what());
      }
    };
  };
  return {told(&observer::asked), told(&observer::sent), told(&observer::condemned),
          [this](const place_call& call) { return !watch_.holds_a_slot(call.attempt); }};
}

void history::start_process() {
  set_clock_right();
  line_ = std::make_shared<line_model>(stage_, carrier_, what_the_line_tells());
  stage_.say("process: starts");
  with_.process.start(stage_, line_);
  watch_.process_started();
  watch_.owned_again();
}

void history::crash(const char* why) {
  if (!with_.process.is_up()) return;
  stage_.say(std::string{"fault: the process dies "} + why);
  ++told_.crashes;
  crash_in_steps_.reset();
  with_.process.crash();
  if (with_.process.left_over() > 0) stage_.fail("an actor outlived its process");
  line_.reset();
  people_.nobody_answers();
  stage_.plan.after(stage_.draw.time(milliseconds{100}, seconds{20}), [this] {
    if (!with_.process.is_up()) start_process();
  });
}

void history::one_move() {
  const auto now = stage_.plan.now();
  const bool frozen = now < frozen_until_;
  const bool can_run = !frozen && with_.process.is_up() && with_.process.can_run();
  if (can_run && stage_.draw.chance(0.93)) return run_one_actor();
  if (stage_.plan.do_next_due()) return;
  if (can_run && (now >= store_slow_until_ || stage_.draw.chance(0.9))) return run_one_actor();
  pass_time();
}

void history::run_one_actor() {
  const bool slow = stage_.plan.now() < store_slow_until_;
  with_.process.step(stage_.draw, slow ? 1 : 1 - stage_.with.store_eager);
  act_between_messages();
  if (crash_in_steps_ && (*crash_in_steps_)-- == 0) crash("between two messages");
  if (wire::take_cut()) {
    ++told_.cuts;
    stage_.say("fault: the database connection was cut");
    stage_.disturb(stage_.plan.now() + seconds{60});
    if (std::exchange(crash_at_cut_, false)) crash("at a commit");
  }
  const auto commits = wire::commits() - commits_seen_;
  if (commits < look_at_commit_) return;
  look_at_commit_ = commits + 10 + stage_.draw.below(40);
  watch_.look();
}

/// To the next thing that happens anywhere; sometimes a little further: nothing is punctual.
void history::pass_time() {
  auto to = stage_.plan.now() + seconds{30};
  if (const auto next = stage_.plan.next()) to = std::min(to, *next);
  if (with_.process.is_up() && stage_.plan.now() >= frozen_until_)
    if (const auto next = with_.process.next_timer()) to = std::min(to, *next);
  to = std::max(to, stage_.plan.now());
  if (stage_.draw.chance(0.2)) to += stage_.draw.time(microseconds{0}, milliseconds{200});
  stage_.plan.set_now(to);
  if (with_.process.is_up() && to >= frozen_until_) with_.process.advance_to(to);
}

void history::make_calm() {
  stage_.say("calm: faults end");
  stage_.calm = true;
  wire::plan_cut(wire::cut::none, 0);
  wire::set_down(false);
  crash_in_steps_.reset();
  frozen_until_ = store_slow_until_ = microseconds{0};
  if (!with_.process.is_up()) start_process();
  own_again();
  people_.let_go_on();
}

void history::come_to_rest() {
  const auto calm_since = stage_.plan.now();
  auto wait = seconds{20};
  auto look_at = calm_since + wait;
  for (std::uint64_t i = 0; i < most_moves && well(); ++i) {
    one_move();
    if (stage_.plan.now() < look_at || with_.process.can_run()) continue;
    if (carrier_.live() == 0 && watch_.at_rest()) return;
    wait = std::min(wait * 3 / 2, seconds{600});
    look_at = stage_.plan.now() + wait;
    if (stage_.plan.now() - calm_since > longest_rest) return;
  }
}

/// I4: with nothing in its way, a run takes all slots of its business.
void history::fill_all_slots() {
  const auto business = stage_.draw.one_of(people_.businesses());
  const auto limit = watch_.limit_of(business);
  stage_.say("calm: all slots of " + stage_.story.name(business) + " are wanted");
  stage_.long_calls = true;
  if (!people_.want_all_slots(business, limit)) return stage_.fail("no run was made in the calm");
  const auto until = stage_.plan.now() + seconds{120} + stage_.longest_hold;
  while (well() && carrier_.live(business) < limit && stage_.plan.now() < until)
    one_move();
  if (well() && carrier_.live(business) < limit)
    stage_.fail("I4: " + std::to_string(limit - carrier_.live(business)) + " slots of " +
                stage_.story.name(business) + " stay idle while leads wait");
  if (well()) come_to_rest();
}

void history::judge_the_end() {
  stage_.say("the end");
  watch_.look();
  watch_.judge_the_end();
  for (const auto business : people_.businesses()) {
    bool answered = false;
    with_.process.ask<slots_answer>(slots_query{business}, [&](const slots_answer* slots) {
      answered = true;
      watch_.judge_slots(business, slots != nullptr ? *slots : slots_answer{});
    });
    for (int i = 0; i < 10'000 && !answered; ++i)
      with_.process.step(stage_.draw, 0);
    if (!answered) stage_.fail(stage_.story.name(business) + " does not answer");
  }
}

/// The next history must find nothing of this one.
void history::tidy_up() {
  wire::plan_cut(wire::cut::none, 0);
  wire::set_down(false);
  with_.process.listen(nullptr);
  const bool disturbed = wire::was_disturbed();
  if (well()) with_.process.end();
  if (disturbed) (void)with_.api->ping();
  if (!well() || (disturbed && !with_.process.mend())) with_.process.crash();
  if (with_.process.left_over() > 0) stage_.fail("an actor outlived its process");
  count_jobs();
  if (!well()) end_all_work();
}

void history::count_jobs() {
  pqxx::nontransaction in{with_.session};
  told_.jobs = in.exec_params("SELECT count(*) FROM outbound_call_jobs WHERE business_id > $1",
                              before_.business)[0][0]
                   .as<std::int64_t>();
}

void history::end_all_work() {
  const auto mine = " WHERE business_id > " + std::to_string(before_.business);
  pqxx::work in{with_.session};
  in.exec("UPDATE outbound_call_jobs SET status = 'failed', slot = NULL, ended_at = now(),"
          " in_doubt_since = NULL" +
          mine + " AND status IN ('queued', 'dialing', 'calling')");
  in.exec("UPDATE outbound_call_runs SET open = false" + mine);
  in.commit();
}

} // namespace ringmaster::simulation
