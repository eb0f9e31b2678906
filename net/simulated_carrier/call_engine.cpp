#include "net/simulated_carrier/call_engine.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace ringmaster::net::sim {

namespace {

constexpr std::uint32_t any_phase = 0xffffffff;
constexpr std::uint64_t draw_jitter = 3'000;

std::string detection_of(const call& c, bool unknown) {
  if (unknown) return "unknown";
  if (c.life.outcome != life_outcome::machine) return "human";
  return c.request.detection == detection_kind::enable ? "machine_start" : "machine_end_beep";
}

std::string other_case(std::string sid) {
  for (std::size_t i = 2; i < sid.size(); ++i) {
    auto letter = static_cast<unsigned char>(sid[i]);
    sid[i] = static_cast<char>(std::islower(letter) ? std::toupper(letter) : std::tolower(letter));
  }
  return sid;
}

} // namespace

call_engine::call_engine(engine_settings settings)
    : settings_(std::move(settings)), plan_(settings_.account_sid, settings_.faults) {
  reset();
}

void call_engine::reset() {
  // The order of creation goes on in the salt, so that no sid comes twice.
  settings_.sid_salt = mix(settings_.sid_salt, ++order_);
  book_ = std::make_unique<call_book>(settings_.kept_calls, settings_.sid_salt,
                                      settings_.watched_limit);
  figures_ = {};
  next_turn_ = {};
  timers_ = {};
  postponed_ = {};
  due_.clear();
}

call& call_engine::create(call_request request, time_point now) {
  auto n = book_->observer().calls_to(request.from, request.to);
  chance draws(settings_.seed, request.from, request.to, n);
  auto sid = chosen_sid(draws);
  call& c = book_->add(std::move(request), std::move(sid), now);
  c.draws = draws;
  c.life = draw_life(settings_.life, draws);
  milliseconds lag{settings_.faults.amounts.lag_ms};
  if (strikes(fault::get_lag, c)) c.hidden_from_get = now + lag;
  if (strikes(fault::list_lag, c)) c.hidden_from_list = now + lag;
  schedule_dial(c, now);
  return c;
}

std::string call_engine::chosen_sid(const chance& draws) {
  const auto& faults = settings_.faults;
  if (faults.strikes(fault::sid_reused, draws)) return book_->last_sid();
  if (faults.strikes(fault::sid_case, draws)) return other_case(book_->last_sid());
  if (!faults.strikes(fault::sid_uuid, draws)) return {};
  auto hex = book_->new_sid().substr(2);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-4" + hex.substr(13, 3) + "-a" +
         hex.substr(17, 3) + "-" + hex.substr(20);
}

void call_engine::schedule_dial(call& c, time_point now) {
  const auto& amounts = settings_.faults.amounts;
  if (strikes(fault::queue_expired, c)) {
    c.queue_time = milliseconds{amounts.queue_expire_ms};
    set_timer(c, step::expire, now + c.queue_time);
    return;
  }
  auto at = now;
  if (settings_.calls_per_second > 0) {
    at = std::max(now, next_turn_);
    next_turn_ = at + microseconds{std::llround(1e6 / settings_.calls_per_second)};
  }
  if (strikes(fault::cps_jitter, c)) at += milliseconds{c.draws.between(draw_jitter, 0, 1'000)};
  if (strikes(fault::queued_long, c)) at += milliseconds{amounts.queue_ms};
  c.queue_time = std::chrono::duration_cast<milliseconds>(at - now);
  set_timer(c, step::dial, at);
}

void call_engine::set_timer(const call& c, step what, time_point at) {
  timers_.push({at, ++order_, c.id, c.phase, what});
}

void call_engine::set_lasting_timer(const call& c, step what, time_point at) {
  timers_.push({at, ++order_, c.id, any_phase, what});
}

std::optional<time_point> call_engine::next_due() const {
  std::optional<time_point> due;
  if (!timers_.empty()) due = timers_.top().at;
  if (!postponed_.empty()) due = due ? std::min(*due, postponed_.top().at) : postponed_.top().at;
  if (!due_.empty()) due = time_point{};
  return due;
}

void call_engine::advance(time_point now) {
  seen_ = now;
  while (!timers_.empty() && timers_.top().at <= now) {
    auto t = timers_.top();
    timers_.pop();
    run(t);
  }
  while (!postponed_.empty() && postponed_.top().at <= now) {
    due_.push_back(std::move(*postponed_.top().what));
    postponed_.pop();
  }
}

void call_engine::run(const timer& t) {
  call* c = book_->find(t.call);
  if (!c || (t.phase != any_phase && t.phase != c->phase)) return;
  switch (t.what) {
  case step::dial:
    return dial(*c, t.at);
  case step::ring:
    return ring(*c, t.at);
  case step::settle:
    return settle(*c, t.at);
  case step::expire:
    return end(*c, call_status::canceled, t.at);
  case step::detect:
    return detect(*c, t.at);
  case step::fetch:
    return fetch_first(*c, t.at);
  case step::slow_answer:
    return document_failed(*c, 11200, t.at);
  case step::talk_over:
    return follow(*c, t.at);
  case step::limit:
    if (!has_ended(c->status)) end(*c, call_status::completed, t.at);
    return;
  }
}

void call_engine::dial(call& c, time_point now) {
  c.dialled = now;
  emit(c, callback_event::initiated, now);
  if (strikes(fault::concurrency_failed, c)) {
    c.life.outcome = life_outcome::failed;
    c.error_code = 10004;
  }
  bool rings = c.life.outcome != life_outcome::failed;
  set_timer(c, rings ? step::ring : step::settle, now + c.life.setup);
}

void call_engine::ring(call& c, time_point now) {
  book_->move(c, call_status::ringing, now, now);
  emit(c, callback_event::ringing, now);
  milliseconds longest = c.request.timeout;
  auto& life = c.life;
  if (life.outcome == life_outcome::no_answer && strikes(fault::timeout_plus_5, c))
    life.ring = longest = longest + seconds{5};
  if (life.ring > longest) {
    life.ring = longest;
    life.outcome = life_outcome::no_answer;
  }
  if (c.request.detection_async && strikes(fault::amd_before_in_progress, c)) detect(c, now);
  set_timer(c, step::settle, now + life.ring);
}

void call_engine::settle(call& c, time_point now) {
  switch (c.life.outcome) {
  case life_outcome::answered:
  case life_outcome::machine:
    return answer(c, now);
  case life_outcome::busy:
    return end(c, call_status::busy, now);
  case life_outcome::no_answer:
    return end(c, call_status::no_answer, now);
  case life_outcome::failed:
    return end(c, call_status::failed, now);
  case life_outcome::canceled:
    return end(c, call_status::canceled, now);
  }
}

void call_engine::answer(call& c, time_point now) {
  ++c.phase;
  c.answered = now;
  book_->move(c, call_status::in_progress, now, now);
  emit(c, callback_event::answered, now);
  bool detects = c.request.detection != detection_kind::none;
  if (detects && c.request.detection_async) {
    if (!strikes(fault::amd_after_hangup, c) && !strikes(fault::amd_before_in_progress, c))
      set_lasting_timer(c, step::detect, now + c.life.detection);
    fetch_first(c, now);
  } else if (detects) {
    c.answered_by = detection_of(c, strikes(fault::amd_unknown, c));
    set_timer(c, step::fetch, now + c.life.detection);
  } else {
    fetch_first(c, now);
  }
}

void call_engine::detect(call& c, time_point now) {
  if (strikes(fault::amd_never, c)) return;
  c.answered_by = detection_of(c, strikes(fault::amd_unknown, c));
  std::vector<planned_webhook> planned;
  plan_.on_detection(c, now, planned);
  plan(std::move(planned), now);
}

void call_engine::end(call& c, call_status how, time_point now) {
  ++c.phase;
  if (c.answered) {
    auto talked = std::chrono::ceil<seconds>(now - *c.answered);
    c.duration = strikes(fault::zero_duration, c) ? seconds{0} : std::max(talked, seconds{1});
    if (strikes(fault::silent_failure, c)) {
      c.silent = true;
      how = call_status::failed;
    }
  }
  book_->move(c, how, now, std::max(now, seen_));
  emit(c, callback_event::completed, now);
  c.request.forget_webhooks();
  std::string{}.swap(c.document_url);
  if (c.answered && c.request.detection_async && strikes(fault::amd_after_hangup, c))
    set_lasting_timer(c, step::detect, now + c.life.detection);
}

void call_engine::emit(call& c, callback_event event, time_point now) {
  std::vector<planned_webhook> planned;
  plan_.on_event(c, event, now, planned);
  plan(std::move(planned), now);
}

void call_engine::plan(std::vector<planned_webhook> planned, time_point now) {
  for (auto& p : planned) {
    if (p.at <= now)
      due_.push_back(std::move(p.what));
    else
      postponed_.push({p.at, ++order_, std::make_shared<webhook>(std::move(p.what))});
  }
}

update_result call_engine::cancel(const std::string& sid, time_point now) {
  call* c = book_->find(sid);
  if (!c) return update_result::not_found;
  if (has_ended(c->status)) return update_result::ended;
  if (c->status == call_status::in_progress) return update_result::done;
  if (strikes(fault::cancel_too_late, *c)) {
    if (!c->dialled) dial(*c, now);
    ++c->phase;
    c->life.outcome = life_outcome::answered;
    set_timer(*c, step::settle, now);
    return update_result::done;
  }
  end(*c, call_status::canceled, now);
  return update_result::done;
}

update_result call_engine::complete(const std::string& sid, time_point now) {
  call* c = book_->find(sid);
  if (!c) return update_result::not_found;
  if (has_ended(c->status)) return update_result::ended;
  end(*c, c->answered ? call_status::completed : call_status::canceled, now);
  return update_result::done;
}

update_result call_engine::limit_time(const std::string& sid, seconds limit, time_point now) {
  call* c = book_->find(sid);
  if (!c) return update_result::not_found;
  if (has_ended(c->status)) return update_result::ended;
  c->request.time_limit = limit;
  if (c->answered) set_lasting_timer(*c, step::limit, std::max(now, *c->answered + limit));
  return update_result::done;
}

} // namespace ringmaster::net::sim
