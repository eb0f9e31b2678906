// Slots and runs: who gets the next free slot, and what becomes of the business's run actors.
#include "actors/business_supervisor.hpp"
#include "actors/counted_actor.hpp"
#include "actors/course.hpp"
#include "actors/log_lines.hpp"
#include "actors/run.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster {

// There are ten thousands of them. The allocator's next size is 1,792.
static_assert(actor_size<run_actor, run_state> <= 1536);

void supervisor_state::fill_slots() {
  if (!loaded || settings.suspended || order.empty()) return;
  if (book.available() > 0) told_filling(book.available(), order->waiting(), book.active());
  while (book.available() > 0) {
    auto next = order.own().next();
    if (!next) return;
    auto run = runs->find(*next);
    if (run == runs->end()) continue;
    auto slot = book.reserve(*next, house->now());
    begin_gap(*slot);
    self->send(run->second.actor, slot_granted{*slot});
  }
  if (!order.empty()) told_limit();
}

/// Its call has ended, which is on its way into the database. Whoever has the next turn may get its
/// permit and send its claim meanwhile: the store takes the end first, mostly in the same commit.
void supervisor_state::grant_early(slot_entry& ending) {
  bool takes_no_place = ending.closing || book.strays() > 0 || book.active() > book.limit();
  if (settings.suspended || takes_no_place || ending.heir != nobody) return;
  const auto waiting = order->waiting();
  const auto next = order.empty() ? std::nullopt : order.own().next();
  // The run whose call it was asks again when it hears of the end: it is spared the question.
  const auto run = runs->find(next.value_or(ending.run));
  if (run == runs->end() || (!next && !run->second.more)) return;
  ending.heir = run->first;
  told_filling(1, std::max<std::int64_t>(waiting, 1), book.active() - 1);
  self->send(run->second.actor, slot_granted{ending.slot, next ? job_id{} : ending.job});
}

void supervisor_state::told_filling(std::int32_t free, std::int64_t waiting,
                                    std::int32_t active) const {
  house->log->info("[FillSlots] Filling slots for business={} free={} waiting={} active={}/{}",
                   business.value, free, waiting, active, book.limit());
}

void supervisor_state::told_limit() {
  // True all the time in a long run: said when it begins and then now and then.
  auto now = house->now();
  if (limit_told_at != time_point{} && now - limit_told_at < seconds{5}) return;
  limit_told_at = now;
  house->log->info("Business {} at max outbound limit ({}/{}), waiting...", business.value,
                   book.active(), book.limit());
}

void supervisor_state::start_run(const open_run& about) {
  std::vector<job_id> live;
  book.for_each([&](slot_entry& entry) {
    if (entry.run == about.run && entry.job) live.push_back(entry.job);
  });
  auto own = about;
  own.script.clear(); // what is said is the supervisor's matter
  auto me = caf::actor_cast<supervisor_actor>(self);
  auto actor = spawn_counted<run_actor, run_state, caf::monitored>(
      *self, house->roster,
      "business=" + std::to_string(business.value) + " run=" + std::to_string(about.run.value),
      [house = house, me, business = business, own, live](auto* run) {
        return bulk_run(run, house, me, business, own, live);
      });
  auto& line = runs.own()[about.run];
  line = {};
  line.actor = actor;
  line.script = about.script;
  arm(shortest_wait(seconds{settings.ring_timeout_s}, house->looking));
  if (!about.request.empty()) line.request = std::make_shared<const std::string>(about.request);
}

void supervisor_state::direct_lane() {
  auto lane = runs->find(run_id{});
  if (lane != runs->end()) {
    tell_run(run_id{}, jobs_added{});
    return;
  }
  open_run about;
  about.status = run_status::running;
  about.concurrency = std::max(1, settings.max_outbound_calls);
  start_run(about);
}

caf::result<acknowledged> supervisor_state::take_up(const run_created& x) {
  if (!loaded) return acknowledged{}; // load() will find it
  if (!x.run) {
    direct_lane();
    return acknowledged{};
  }
  auto known = runs->find(x.run);
  if (known != runs->end()) {
    tell_run(x.run, jobs_added{});
    return acknowledged{};
  }
  read_run(x.run);
  return acknowledged{}; // it is not forgotten any more
}

void supervisor_state::read_run(run_id run) {
  if (runs->count(run) > 0) return;
  auto era = generation;
  auto orders = orders_past_actors;
  auto later = [this, era, run] {
    if (era != generation) return; // load() will find it
    troubled.own().to_take_up.insert(run);
    arm(seconds{1});
  };
  ask<run_truth>(
      load_run{business, run},
      [this, era, orders, run, later](const run_truth& truth) {
        if (era == generation && orders != orders_past_actors) return read_run(run);
        // Nobody tells of it again: it is asked for until the answer is certain.
        if (truth.result != write_result::applied && truth.result != write_result::stale)
          return later();
        bool fits = era == generation && truth.result == write_result::applied;
        if (fits && runs->count(truth.run.run) == 0) start_run(truth.run);
      },
      [later](const caf::error&) { later(); });
}

caf::result<acknowledged> supervisor_state::read_settings() {
  auto promise = self->make_response_promise<acknowledged>();
  refresh_settings([this, promise](bool read) mutable {
    auto told = [promise, read]() mutable {
      if (promise.pending()) promise.deliver(acknowledged{read});
    };
    if (!read || !settings.suspended) return told();
    claim_anew();
    withdraw_unsent([](const slot_entry&) { return true; }, told);
  });
  return promise;
}

caf::result<acknowledged> supervisor_state::lead_news(const lead_changed& x) {
  if (!loaded) return acknowledged{false};
  auto promise = self->make_response_promise<acknowledged>();
  claim_anew();
  withdraw_unsent([&](const slot_entry& entry) { return entry.lead == x.lead; },
                  [promise]() mutable { promise.deliver(acknowledged{}); });
  return promise;
}

/// A claim may be on its way here that looked before the news was committed.
void supervisor_state::claim_anew() {
  book.for_each([](slot_entry& entry) {
    entry.claim_anew =
        entry.claim_anew || entry.state == slot_state::reserved || entry.heir != nobody;
  });
}

/// The change is committed and nobody tells it twice: read until it has been read.
void supervisor_state::refresh_settings(std::function<void(bool)> then) {
  auto era = generation;
  ask<business_truth>(
      load_business{business},
      [this, era, then](const business_truth& truth) {
        then(era == generation && settings_read(truth));
      },
      [this, then](const caf::error&) {
        settings_due = true;
        arm(seconds{1});
        then(false);
      });
}

bool supervisor_state::settings_read(const business_truth& truth) {
  // Not loaded: they are read with the rest. Stale: there is no such business.
  if (!loaded || truth.result == write_result::stale) return false;
  if (truth.result != write_result::applied) {
    settings_due = true;
    arm(seconds{1});
    return false;
  }
  settings = truth.settings;
  fit_slots(truth);
  fill_slots();
  return true;
}

void supervisor_state::wake_number_waiters() {
  if (troubled.empty()) return;
  for (auto waiting : std::exchange(troubled.own().waiting_for_number, {})) {
    auto run = runs->find(waiting);
    if (run != runs->end()) self->send(run->second.actor, number_freed{});
  }
}

/// A slot that was to close goes from the database, too.
void supervisor_state::vacate(slot_number slot) {
  const auto* entry = book.find(slot);
  const bool closing = entry != nullptr && entry->closing;
  book.free(slot);
  if (closing) write(close_slots{business}, [](write_result) {});
}

void supervisor_state::return_slot(const slot_returned& back) {
  auto* entry = book.find(back.slot);
  if (entry == nullptr) return;
  if (entry->heir == back.run) {
    entry->heir = nobody; // its call is still ending
  } else if (entry->state == slot_state::reserved && entry->run == back.run) {
    // A slot that closes is gone from the database already; any other one must be in it, free
    // unless the end of the call before came later than the claim.
    if (back.why == return_reason::slot_refused && !entry->closing && !entry->inherited)
      return reload("the database holds slot " + std::to_string(back.slot.value) + " taken");
    vacate(back.slot);
    end_gap(back.slot);
  } else {
    return;
  }
  if (back.why == return_reason::number_busy) {
    troubled.own().waiting_for_number.insert(back.run);
    // The call that was in the way has ended meanwhile, and no other end will wake the run.
    if (book.active() == 0) {
      numbers_due = true;
      arm(seconds{1});
    }
  }
  // Suspended or not any more, fewer slots or more: the newest word counts.
  if (back.why == return_reason::suspended || back.why == return_reason::slot_closed)
    return refresh_settings([](bool) {});
  fill_slots();
}

void supervisor_state::claimed(const call_claimed& call) {
  if (!book.bind(call.slot, call.run, call.token, call.call, house->now()))
    return reload("a claim came for a slot that was not reserved");
  ++house->count->calls_claimed;
  forget_failures(call.run);
  auto* entry = book.find(call.slot);
  if (runs->count(call.run) > 0) {
    auto& line = runs.own().at(call.run);
    line.more = call.more;
    if (!entry->request) entry->request = line.request;
  }
  tell(*entry, "dialing");
  if (stray_at(entry->phone()))
    return put_back(*entry, seconds{5}, "a stray call to this number is still up");
  if (entry->claim_anew)
    return put_back(*entry, seconds{0}, "somebody was barred while it was claimed");
  if (const auto until = prefix_paused(entry->phone()))
    return put_back(*entry, std::chrono::ceil<milliseconds>(*until - house->now()),
                    "numbers of this country are refused by the carrier for now");
  place(*entry);
  if (call.more && book.available() == 0) told_limit();
}

/// Claimed and not dialled after all: nothing was sent.
void supervisor_state::put_back(const slot_entry& entry, milliseconds wait,
                                const std::string& why) {
  ++house->count->calls_requeued;
  self->send(house->carrier, permit_return{});
  auto now = house->now();
  requeue_call fact{{business, entry.job, entry.token}, now, now + wait, false, why, {},
                    put_back_course(entry, why)};
  write(fact, [this, fact](write_result) {
    release(fact.attempt.token, true, fact.next_attempt_at, job_status::queued);
  });
}

std::string supervisor_state::put_back_course(const slot_entry& entry,
                                              const std::string& why) const {
  return longer_course(entry.texts.get(call_texts::course), "put_back", house->now(), why);
}

void supervisor_state::end_run(const run_ended& x) {
  auto run = x.run;
  auto found = runs->find(run);
  if (found == runs->end()) return;
  bool missed_news = found->second.told != x.heard;
  std::vector<slot_number> unused;
  self->demonitor(found->second.actor.address());
  // A slot granted while it was ending: nobody will use or return it.
  book.for_each([&](slot_entry& entry) {
    if (entry.heir == run) entry.heir = nobody;
    if (run && entry.run == run && entry.state == slot_state::reserved)
      unused.push_back(entry.slot);
  });
  runs.erase(run);
  if (!order.empty()) order.own().forget(run);
  if (!troubled.empty()) troubled.own().waiting_for_number.erase(run);
  forget_failures(run);
  for (auto slot : unused) {
    vacate(slot);
    end_gap(slot);
  }
  if (!unused.empty()) fill_slots();
  // Jobs may have come to it while it was ending: another actor looks.
  if (missed_news) run ? read_run(run) : direct_lane();
}

/// It comes to its end again and again: it alone is failed, so that the others go on.
void supervisor_state::give_up_run(run_id run, const std::string& why) {
  forget_failures(run);
  house->log->error("[BulkCall] ALARM: run {} broke again and again and is failed: {}{}", run.value,
                    why, fields(business));
  caf::anon_send(house->store_of(business),
                 control_run{business, run, run_verb::fail, house->now(),
                             "an internal error came up again and again: " + why});
}

void supervisor_state::run_failed(const run_failing& x) {
  // The actor ends now; its DOWN makes us read the truth again. One bad job fails alone.
  ++house->count->runs_restarted;
  house->log->error("[Run] Broke: {}{}", x.what, fields(business, x.run, x.job));
  if (!x.job) return;
  if (x.token) {
    finish_call fact;
    fact.attempt = {business, x.job, x.token};
    fact.error = "internal error: " + x.what;
    fact.outcome = call_outcome::failed;
    fact.ended_at = house->now();
    write(fact,
          [this, token = x.token](write_result) { release(token, false, {}, job_status::failed); });
  } else {
    write(fail_job{business, x.job, "internal error: " + x.what, house->now()},
          [](write_result) {});
  }
}

caf::result<order_answer> supervisor_state::obey(const order_run& x) {
  if (!loaded) return order_answer{};
  auto promise = self->make_response_promise<order_answer>();
  auto found = runs->find(x.run);
  if (found == runs->end()) {
    // No actor: it has ended. The database says what it is.
    ++orders_past_actors;
    control_run question{business, x.run, run_verb::stop, house->now(), {}, x.by};
    if (x.order != run_order::stop)
      question.verb = x.order == run_order::pause ? run_verb::pause : run_verb::resume;
    ask<control_answer>(
        question,
        [promise](const control_answer& answer) mutable {
          promise.deliver(order_answer{answer.result, answer.status});
        },
        [promise](const caf::error&) mutable {
          promise.deliver(order_answer{write_result::unknown, {}});
        });
    return promise;
  }
  self->request(found->second.actor, house->dialing.store_patience, x)
      .then(
          [this, promise, x](const order_answer& answer) mutable {
            if (answer.result != write_result::applied || x.order == run_order::resume)
              return promise.deliver(answer), void();
            withdraw_unsent([&](const slot_entry& entry) { return entry.run == x.run; },
                            [this, promise, answer, x]() mutable {
                              if (x.hang_up) hang_up_run(x.run);
                              promise.deliver(answer);
                            });
          },
          [promise](const caf::error&) mutable {
            promise.deliver(order_answer{write_result::unknown, {}});
          });
  return promise;
}

void supervisor_state::withdraw_unsent(const std::function<bool(const slot_entry&)>& which,
                                       std::function<void()> then) {
  withdraw_calls calls;
  book.for_each([&](slot_entry& entry) {
    if (entry.state == slot_state::dialing && !entry.has_name() && which(entry))
      calls.tokens.push_back(entry.token);
  });
  if (calls.tokens.empty()) return then();
  self->request(house->carrier, house->dialing.store_patience, calls)
      .then([then](withdrawn) { then(); },
            [this, then](const caf::error& why) {
              // Past their send deadline none of them can start any more either.
              house->log->error("[BulkCall] Withdrawing calls was not confirmed: {}{}",
                                self->system().render(why), fields(business));
              then();
            });
}

void supervisor_state::hang_up_run(run_id run) {
  book.for_each([&](slot_entry& entry) {
    if (entry.run != run || entry.state == slot_state::free || entry.state == slot_state::reserved)
      return;
    entry.hang_up = true;
    if (entry.has_name()) end_call(entry);
  });
  look_around();
}

} // namespace ringmaster
