#include "actors/reconciler.hpp"

#include "actors/broken.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster {

namespace {

template <class T>
caf::optional<T> carried(const std::optional<T>& value) {
  return value ? caf::optional<T>{*value} : caf::optional<T>{};
}

seen_call message_of(const carrier_call& call) {
  return {call.sid,
          call.status,
          call.direction,
          carried(call.created_at),
          carried(call.started_at),
          carried(call.ended_at),
          call.duration_s,
          call.answered_by};
}

bool is_success(std::int32_t http_status) {
  return http_status >= 200 && http_status < 300;
}

} // namespace

void reconciler_state::ask(const look_into& about, const switchboard_actor& board) {
  reports = board;
  if (queue->ask(about)) put_questions();
}

void reconciler_state::put_questions() {
  auto now = config.now();
  if (config.line && listing->pays(queue->listable())) begin_listing();
  if (listing->is_open() && !listing->is_asked() && queue->page(now)) put_page(now);
  while (auto next = queue->next(now)) {
    auto number = ++last_number;
    under_way[number] = question{*next, reports, now, 0, {}};
    put(number);
  }
  auto at = queue->next_time(now);
  if (!at && listing->is_open() && !listing->is_asked()) at = queue->page_time(now);
  if (!at) return;
  if (auto tick_number = timer.set(*at))
    self->delayed_send(self, std::max(*at - now, microseconds{0}), tick_atom::value, *tick_number);
}

void reconciler_state::tick(std::uint64_t number) {
  if (timer.rings(number)) put_questions();
}

void reconciler_state::put(std::uint64_t number) {
  const auto& one = under_way.at(number);
  auto me = caf::actor_cast<reconciler_actor>(self);
  ++config.count->looks;
  if (!config.line || (!one.about.sid && one.about.from.empty())) {
    self->send(me, line_finding{number, static_cast<std::int32_t>(line_result::not_sent), 0, {}});
    return;
  }
  auto told = [me, number](line_result result, std::int32_t status, std::vector<seen_call> calls) {
    caf::anon_send(
        me, line_finding{number, static_cast<std::int32_t>(result), status, std::move(calls)});
  };
  if (one.about.sid) {
    config.line->fetch(one.about.sid, [told](fetch_reply reply) {
      std::vector<seen_call> calls;
      if (reply.call) calls.push_back(message_of(*reply.call));
      told(reply.result, reply.http_status, std::move(calls));
    });
    return;
  }
  config.line->list(one.about.from[one.lists], one.about.to, [told](list_reply reply) {
    std::vector<seen_call> calls;
    for (const auto& call : reply.calls)
      calls.push_back(message_of(call));
    told(reply.result, reply.http_status, std::move(calls));
  });
}

void reconciler_state::heard(const line_finding& finding) {
  auto found = under_way.find(finding.number);
  if (found == under_way.end()) return; // the line answers once
  auto& one = found->second;
  bool answered = static_cast<line_result>(finding.result) == line_result::answered;
  bool unknown_name = one.about.sid && answered && finding.http_status == 404;
  if (!unknown_name && (!answered || !is_success(finding.http_status))) {
    slow_down(finding.http_status);
    return answer(finding.number, look_result::failed);
  }
  rest.reset();
  if (unknown_name) return answer(finding.number, look_result::absent);
  one.calls.insert(one.calls.end(), finding.calls.begin(), finding.calls.end());
  if (one.about.sid)
    return answer(finding.number, one.calls.empty() ? look_result::failed : look_result::found);
  // Only all lists together are whole.
  if (++one.lists < one.about.from.size()) return put(finding.number);
  answer(finding.number, look_result::listed);
}

/// The carrier, or the way to it, is in trouble: asking on would not help it.
void reconciler_state::slow_down(std::int32_t http_status) {
  ++config.count->looks_failed;
  auto now = config.now();
  auto wait = rest.next(config.random());
  queue->hold_until(now + wait);
  config.log->warn("[Reconciler] The carrier gives no usable answer about calls (http={}); {} "
                   "questions wait, the next in {} ms",
                   http_status, queue->waiting(), wait.count());
}

void reconciler_state::answer(std::uint64_t number, look_result result) {
  auto node = under_way.extract(number);
  auto& one = node.mapped();
  queue->done(one.about);
  if (result == look_result::failed) one.calls.clear();
  self->send(one.reports, look_report{one.about.attempt, one.about.sid, result,
                                      std::move(one.calls), one.asked_at});
  put_questions();
}

// -- a listing answers many ----------------------------------------------------------------------

void reconciler_state::begin_listing() {
  listing->begin();
  queue->begin_listing();
}

void reconciler_state::put_page(time_point now) {
  listing->asked();
  page_asked_at = now;
  ++config.count->looks;
  auto told = [me = caf::actor_cast<reconciler_actor>(self)](page_reply reply) {
    page_finding finding;
    finding.result = static_cast<std::int32_t>(reply.result);
    finding.http_status = reply.http_status;
    for (const auto& call : reply.calls)
      finding.calls.push_back(message_of(call));
    finding.next = std::move(reply.next);
    caf::anon_send(me, std::move(finding));
  };
  config.line->list_page(listing->status(), listing->page(), told);
}

void reconciler_state::read(const page_finding& finding) {
  if (!listing->is_asked()) return; // the line answers once
  queue->page_done();
  bool answered = static_cast<line_result>(finding.result) == line_result::answered;
  if (!answered || !is_success(finding.http_status)) {
    bool refused = finding.http_status >= 400 && finding.http_status < 500;
    bool for_good = answered && refused && finding.http_status != 429;
    slow_down(finding.http_status);
    if (!listing->failed(for_good)) listing_over();
    return put_questions();
  }
  rest.reset();
  std::size_t known = 0;
  for (const auto& call : finding.calls) {
    auto question = queue->take(call.sid);
    if (!question) continue;
    ++known;
    self->send(
        reports,
        look_report{question->attempt, question->sid, look_result::found, {call}, page_asked_at});
  }
  config.count->looks_listed += known;
  if (!listing->read(known, queue->listable(), finding.next)) listing_over();
  put_questions();
}

void reconciler_state::listing_over() {
  queue->end_listing();
  config.log->info("[Reconciler] {} pages of the carrier's live calls have answered {} questions; "
                   "{} wait",
                   listing->pages(), listing->answered(), queue->waiting());
}

reconciler_actor::behavior_type
reconciler(reconciler_actor::stateful_pointer<reconciler_state> self, reconciler_config config) {
  auto& state = self->state;
  state.queue = std::make_unique<look_queue>(config.limits, config.now());
  state.listing = std::make_unique<live_listing>(config.limits.list_from);
  state.config = std::move(config);
  self->set_exception_handler(broken);
  return {
      [self](const look_into& about, const switchboard_actor& board) {
        self->state.ask(about, board);
      },
      [self](const line_finding& finding) { self->state.heard(finding); },
      [self](const page_finding& finding) { self->state.read(finding); },
      [self](tick_atom, std::uint64_t number) { self->state.tick(number); },
  };
}

} // namespace ringmaster
