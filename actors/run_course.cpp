// A run's course: its start, its way through the list, pause and stop, its end.
#include "actors/log_lines.hpp"
#include "actors/run.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster {

namespace {

control_run order(const run_state& run, run_verb verb, std::string reason = {}, doer by = {}) {
  return {run.business, run.about.run, verb, run.house->now(), std::move(reason), std::move(by)};
}

} // namespace

void run_state::start() {
  after = job_id{std::max<std::int64_t>(0, about.first_job.value - 1)};
  switch (about.status) {
  case run_status::pending:
    commit_start();
    break;
  case run_status::running:
    now_in = phase::running;
    if (!direct())
      house->log->info("[BulkCall] Resuming run {} with concurrency={}{}", about.run.value,
                       about.concurrency, fields(business));
    break;
  case run_status::paused:
    now_in = phase::paused;
    break;
  default:
    now_in = phase::ending;
  }
  make_jobs();
  pump();
}

void run_state::commit_start() {
  self->request(house->store_of(business), house->dialing.store_patience,
                order(*this, run_verb::start))
      .then(
          [this](const control_answer& answer) {
            if (answer.result != write_result::applied && answer.result != write_result::stale &&
                answer.result != write_result::unknown)
              return rest_a_while(); // tick() begins again
            if (answer.result == write_result::unknown)
              return stop_on("the start's outcome is not known");
            about.status = answer.status;
            if (answer.result == write_result::stale) return start();
            house->log->info("[BulkCall] Starting run {} with concurrency={}{}", about.run.value,
                             about.concurrency, fields(business, {}, {}, {}, about.request));
            enter(phase::running, "running");
          },
          [this](const caf::error& why) {
            stop_on("no answer from the store: " + self->system().render(why));
          });
}

void run_state::enter(phase next, const char* told) {
  now_in = next;
  tell(told);
  make_jobs();
  pump();
}

void run_state::tell(const char* told) {
  if (!house->somebody_listens()) return;
  event e;
  e.what = happening::run;
  e.business = business;
  e.run = about.run;
  e.state = told;
  e.at = house->now();
  self->send(house->feed, e);
}

// -- the list ------------------------------------------------------------------------------------

void run_state::read_list() {
  auto low = static_cast<std::size_t>(house->dialing.page_jobs) / 2;
  if (reading || ready.size() > low) return;
  if (list_ended && ready.empty() && read_again_at && *read_again_at <= house->now()) {
    read_again_at.reset();
    after = job_id{std::max<std::int64_t>(0, about.first_job.value - 1)};
    list_ended = false;
  }
  if (list_ended) return;
  reading = true;
  next_jobs question{business, about.run, after, house->dialing.page_jobs, house->now()};
  self->request(house->store_of(business), house->dialing.store_patience, question)
      .then(
          [this](const job_page& page) {
            reading = false;
            take_page(page);
          },
          [this](const caf::error& why) {
            stop_on("no answer from the store: " + self->system().render(why));
          });
}

void run_state::take_page(const job_page& page) {
  if (!page.ok) {
    rest_a_while();
    return;
  }
  std::vector<job_id> behind;
  for (auto job = page.jobs.rbegin(); job != page.jobs.rend(); ++job)
    // One that was passed over before may be in hand already.
    if (claiming.count(*job) == 0 && live.count(*job) == 0) behind.push_back(*job);
  if (!page.jobs.empty()) after = page.jobs.back();
  ready.insert(ready.begin(), behind.begin(), behind.end());
  list_ended = page.end;
  // Even where some of those are in hand: others may be due at the same moment.
  if (page.end && page.next_due_at) read_later(*page.next_due_at);
  pump();
}

void run_state::wait_for(job_id job, time_point due) {
  if (now_in == phase::ending) return;
  // The list itself remembers what does not fit here.
  if (later->size() >= static_cast<std::size_t>(house->dialing.page_jobs))
    read_later(due);
  else
    later.own().emplace(due, job);
  arm(due);
}

/// The list is read from its start again at that time, or sooner if that was wanted before.
void run_state::read_later(time_point at) {
  read_again_at = std::min(at, read_again_at.value_or(at));
}

void run_state::look_again() {
  read_again_at = house->now();
  if (about.status == run_status::completed) read_status();
  pump();
}

void run_state::tick(std::uint64_t number) {
  if (!timer.rings(number)) return;
  if (a_claim_took_too_long()) return stop_on("no answer from the store: it took too long");
  if (!claims_due.empty()) arm(claims_due.front().first);
  auto now = house->now();
  while (!later.empty() && later->begin()->first <= now) {
    ready.push_back(later->begin()->second);
    later.own().erase(later->begin());
  }
  if (!later.empty()) arm(later->begin()->first);
  if (now_in == phase::starting && !resting()) commit_start();
  make_jobs();
  pump();
}

void run_state::arm(time_point at) {
  auto number = timer.set(at);
  if (!number) return;
  auto now = house->now();
  self->delayed_send(self, at > now ? microseconds{at - now} : microseconds{0}, tick_atom::value,
                     *number);
}

/// Jobs of a large run are made while it is being called already.
void run_state::make_jobs() {
  if (!about.selection_open || paging || now_in == phase::ending || now_in == phase::over) return;
  if (resting()) return;
  paging = true;
  materialise_page request{business, about.run, house->dialing.bulk_page, house->now()};
  self->request(house->bulk_store_of(business), house->dialing.bulk_patience, request)
      .then(
          [this](const page_answer& answer) {
            paging = false;
            if (answer.result == write_result::applied) {
              about.selection_open = answer.more;
              if (answer.changed > 0) list_ended = false;
              make_jobs();
            } else if (answer.result == write_result::stale) {
              read_status();
            } else {
              rest_a_while();
            }
            pump();
          },
          [this](const caf::error&) {
            paging = false;
            rest_a_while();
          });
}

// -- orders --------------------------------------------------------------------------------------

caf::result<order_answer> run_state::obey(const order_run& x) {
  auto verb = x.order == run_order::pause    ? run_verb::pause
              : x.order == run_order::resume ? run_verb::resume
                                             : run_verb::stop;
  auto promise = self->make_response_promise<order_answer>();
  auto wish = order(*this, verb, {}, x.by);
  wish.hang_up = x.hang_up;
  self->request(house->store_of(business), house->dialing.store_patience, wish)
      .then(
          [this, verb, promise, request = x.by.request](const control_answer& answer) mutable {
            order_answer told{answer.result, answer.status};
            if (answer.result == write_result::unknown) {
              promise.deliver(told);
              return stop_on("an order's outcome is not known");
            }
            if (answer.result != write_result::applied) return promise.deliver(told), void();
            about.status = answer.status;
            if (verb == run_verb::resume) {
              house->log->info("[BulkCall] Run {} resumed{}", about.run.value,
                               fields(business, {}, {}, {}, request));
              promise.deliver(told);
              return enter(phase::running, "running");
            }
            bool pausing = verb == run_verb::pause;
            house->log->info("[BulkCall] Run {} {}{}", about.run.value,
                             pausing ? "paused" : "stopped", fields(business, {}, {}, {}, request));
            drop_wishes();
            when_claims_settled.own().push_back(
                [promise, told]() mutable { promise.deliver(told); });
            enter(pausing ? phase::paused : phase::ending, pausing ? "paused" : "cancelled");
            claims_settled();
          },
          [this, promise](const caf::error& why) mutable {
            promise.deliver(order_answer{write_result::unknown, {}});
            stop_on("no answer from the store: " + self->system().render(why));
          });
  return promise;
}

void run_state::misconfigured(const std::string& reason) {
  if (now_in == phase::ending || now_in == phase::over) return;
  self->request(house->store_of(business), house->dialing.store_patience,
                order(*this, run_verb::fail, reason))
      .then(
          [this, reason](const control_answer& answer) {
            if (answer.result == write_result::stale) return;
            if (answer.result != write_result::applied)
              return stop_on("a failed run could not be written");
            house->log->error("[BulkCall] Run {} failed: {}{}", about.run.value, reason,
                              fields(business));
            about.status = run_status::failed;
            drop_wishes();
            enter(phase::ending, "failed");
          },
          [this](const caf::error& why) {
            stop_on("no answer from the store: " + self->system().render(why));
          });
}

/// Someone else changed the run's row: find out what it is now.
void run_state::read_status() {
  self->request(house->store_of(business), house->dialing.store_patience,
                load_run{business, about.run})
      .then(
          [this](const run_truth& truth) {
            if (truth.result == write_result::unavailable) return rest_a_while();
            if (truth.result != write_result::applied)
              return stop_on("the run's row is not open any more");
            about = truth.run;
            if (about.status == run_status::running)
              enter(phase::running, "running");
            else if (about.status == run_status::paused)
              enter(phase::paused, "paused");
            else
              enter(phase::ending, "cancelled");
          },
          [this](const caf::error& why) {
            stop_on("no answer from the store: " + self->system().render(why));
          });
}

// -- the end -------------------------------------------------------------------------------------

void run_state::settle() {
  if (now_in == phase::ending) {
    if (!swept) return sweep();
    if (claiming.empty() && live.empty()) close();
    return;
  }
  bool nothing_left = now_in == phase::running && !about.selection_open && list_ended && !reading &&
                      ready.empty() && later.empty() && number_busy.empty() &&
                      (!direct() || asked == 0) && !read_again_at && holding.empty() &&
                      claiming.empty() && live.empty();
  if (nothing_left) complete();
}

void run_state::sweep() {
  if (paging) return;
  if (resting()) return;
  paging = true;
  cancel_page request{business, about.run, house->dialing.bulk_page, house->now()};
  self->request(house->bulk_store_of(business), house->dialing.bulk_patience, request)
      .then(
          [this](const page_answer& answer) {
            paging = false;
            if (answer.result == write_result::unavailable) rest_a_while();
            swept = answer.result != write_result::unavailable && !answer.more;
            settle();
          },
          [this](const caf::error&) {
            paging = false;
            rest_a_while();
          });
}

void run_state::complete() {
  if (direct()) {
    now_in = phase::over;
    self->send(supervisor, run_ended{about.run, heard});
    return self->quit();
  }
  now_in = phase::over;
  self->request(house->store_of(business), house->dialing.store_patience,
                order(*this, run_verb::complete))
      .then(
          [this](const control_answer& answer) {
            if (answer.result == write_result::applied) {
              house->log->info("[BulkCall] Run {} completed: {} succeeded, {} failed{}",
                               about.run.value, answer.counts.completed, answer.counts.failed,
                               fields(business));
              enter(phase::over, "completed");
              self->send(supervisor, run_ended{about.run, heard});
              return self->quit();
            }
            // Something is queued after all (or the database is away): look once more.
            now_in = phase::running;
            if (answer.result == write_result::unknown)
              return stop_on("the end's outcome is not known");
            read_again_at = house->now();
            rest_a_while();
            if (answer.result == write_result::stale) read_status();
          },
          [this](const caf::error& why) {
            stop_on("no answer from the store: " + self->system().render(why));
          });
}

void run_state::close() {
  now_in = phase::over;
  self->request(house->store_of(business), house->dialing.store_patience,
                order(*this, run_verb::close))
      .then(
          [this](const control_answer& answer) {
            if (answer.result == write_result::applied) {
              house->log->info("[BulkCall] Run {} {}: {} succeeded, {} failed, {} cancelled{}",
                               about.run.value, to_string(answer.status), answer.counts.completed,
                               answer.counts.failed, answer.counts.cancelled, fields(business));
              tell("ended");
              self->send(supervisor, run_ended{about.run, heard});
              return self->quit();
            }
            now_in = phase::ending;
            if (answer.result == write_result::unknown)
              return stop_on("the end's outcome is not known");
            swept = false;
            rest_a_while();
          },
          [this](const caf::error& why) {
            stop_on("no answer from the store: " + self->system().render(why));
          });
}

} // namespace ringmaster
