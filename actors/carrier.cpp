#include "actors/carrier.hpp"

#include "actors/broken.hpp"
#include "actors/log_lines.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ringmaster {

namespace {

create_reply reply_of(const line_reply& x) {
  create_reply reply;
  reply.result = static_cast<line_result>(x.result);
  reply.http_status = x.http_status;
  reply.sid = x.sid;
  reply.error_code = x.error_code;
  reply.message = x.message;
  if (x.retry_after) reply.retry_after = *x.retry_after;
  return reply;
}

line_reply message_of(const attempt_ref& attempt, create_reply reply) {
  line_reply x;
  x.attempt = attempt;
  x.result = static_cast<std::int32_t>(reply.result);
  x.http_status = reply.http_status;
  x.sid = std::move(reply.sid);
  x.error_code = reply.error_code;
  x.message = std::move(reply.message);
  if (reply.retry_after) x.retry_after = *reply.retry_after;
  return x;
}

/// Without credentials, or a way to be called back, there is no line: nothing is sent.
class no_line final : public carrier_line {
public:
  void create(const place_call&, std::function<void(create_reply)> reply) override {
    create_reply none;
    none.result = line_result::not_sent;
    none.message = "calls can't be placed";
    reply(none);
  }
  void withdraw(const std::vector<dial_token>&, std::function<void()> done) override { done(); }
  void hang_up(const call_sid&, std::function<void(command_reply)> reply) override {
    reply({line_result::not_sent, 0, 0});
  }
  void fetch(const call_sid&, std::function<void(fetch_reply)> reply) override {
    reply({line_result::not_sent, 0, std::nullopt});
  }
  void list(const phone_number&, const phone_number&,
            std::function<void(list_reply)> reply) override {
    reply({line_result::not_sent, 0, {}});
  }
  void list_page(carrier_status, const std::string&,
                 std::function<void(page_reply)> reply) override {
    reply({line_result::not_sent, 0, {}, {}});
  }
};

} // namespace

void carrier_state::ask(const permit_request& wish, permit_holder_actor holder) {
  holders[wish.ticket] = std::move(holder);
  pace->ask(wish);
  give_permits();
}

void carrier_state::withdraw(const permit_withdrawal& wish) {
  if (wish.ticket == 0)
    for (auto ticket : pace->withdraw_all(wish.business))
      holders.erase(ticket);
  else if (holders.erase(wish.ticket) > 0)
    pace->withdraw(wish.business, wish.ticket);
}

void carrier_state::give_permits() {
  auto now = config.now();
  forget_old_permits(now);
  if (draining) return answer_drained();
  while (auto wish = pace->next(now)) {
    auto holder = holders.find(wish->ticket);
    self->send(holder->second, send_permit{wish->ticket});
    holders.erase(holder);
    permits.push_back(now);
  }
  if (auto at = pace->next_time(now)) return arm(*at);
  // Only an answer can help, or, when a holder died with its permit, the end of the permit's life.
  if (pace->waiting() > 0 && !permits.empty()) arm(permits.front() + config.settings.permit_life);
}

caf::result<acknowledged> carrier_state::drain() {
  auto promise = self->make_response_promise<acknowledged>();
  draining = true;
  drained.push_back(promise);
  if (!permits.empty()) arm(permits.front() + config.settings.permit_life);
  answer_drained();
  return promise;
}

void carrier_state::answer_drained() {
  if (!sent.empty() || !permits.empty()) return;
  for (auto& promise : drained)
    promise.deliver(acknowledged{});
  drained.clear();
}

void carrier_state::forget_old_permits(time_point now) {
  while (!permits.empty() && permits.front() + config.settings.permit_life <= now) {
    permits.pop_front();
    pace->settle();
  }
}

void carrier_state::arm(time_point at) {
  auto number = timer.set(at);
  if (!number) return;
  auto now = config.now();
  self->delayed_send(self, at > now ? at - now : microseconds{0}, tick_atom::value, *number);
}

void carrier_state::tick(std::uint64_t number) {
  if (timer.rings(number)) give_permits();
}

void carrier_state::use_permit() {
  if (!permits.empty()) permits.pop_front();
}

void carrier_state::give_back() {
  if (permits.empty()) return; // its life had ended: it was counted as unused before
  use_permit();
  pace->give_back();
  give_permits();
}

void carrier_state::place(const place_call& call, const switchboard_actor& reports) {
  use_permit();
  sent.emplace(call.attempt.token, request{reports, false, config.now()});
  if (config.log->should_log(spdlog::level::debug))
    config.log->debug("[Carrier] Asking for a call to={}{}", masked(call.to),
                      fields(call.attempt.business, {}, call.attempt.job, {}, call.request));
  auto me = caf::actor_cast<carrier_actor>(self);
  config.line->create(call, [me, attempt = call.attempt](create_reply reply) {
    caf::anon_send(me, message_of(attempt, std::move(reply)));
  });
}

void carrier_state::answered(const line_reply& message) {
  auto waiting = sent.find(message.attempt.token);
  if (waiting == sent.end()) return; // the line answers once; nothing else names a token here
  auto [reports, was_taken_back, placed_at] = waiting->second;
  sent.erase(waiting);
  config.count->carrier_answer.observe(config.now() - placed_at);
  pace->settle();
  auto verdict = judge(reply_of(message));
  adjust(verdict, message, was_taken_back);
  dial_report report;
  report.attempt = message.attempt;
  report.verdict = verdict.verdict;
  report.sid = message.sid;
  report.error_code = message.error_code;
  report.reason = verdict.reason;
  report.http_status = message.http_status;
  if (verdict.verdict == dial_verdict::requeue || verdict.verdict == dial_verdict::not_sent)
    report.retry_after = std::chrono::ceil<milliseconds>(
        std::max(held_until(message.attempt.business) - config.now(), microseconds{0}));
  self->send(reports, report);
  give_permits();
}

void carrier_state::adjust(judgement verdict, const line_reply& message, bool was_taken_back) {
  auto now = config.now();
  if (verdict.verdict == dial_verdict::placed) {
    ++config.count->calls_placed;
    rest->reset();
    refused_callers.erase(message.attempt.business);
    if (config.health->locked_out.exchange(false))
      config.log->info("[Carrier] The account is accepted again");
    return;
  }
  if (verdict.verdict != dial_verdict::not_sent) {
    ++config.count->carrier_errors;
    const auto& codes = counters::answer_codes;
    auto code = std::find(codes.begin(), codes.end(), message.http_status);
    ++config.count->refused_with[static_cast<std::size_t>(code - codes.begin())];
  } else if (!was_taken_back) {
    verdict.account = account_effect::slow_down; // no connection, or more than the line can carry
  }
  if (verdict.account == account_effect::none) return;
  if (message.http_status == 429) ++config.count->carrier_429;
  if (verdict.account == account_effect::caller_id_refused)
    return hold_caller(message.attempt.business, verdict.reason);
  // Many requests in flight fail together: one round of back-off for all of them.
  if (now < pace->held_until()) return;
  auto wait = rest->next(config.random());
  if (message.retry_after) wait = std::max<milliseconds>(wait, *message.retry_after);
  hold_all(wait, message.http_status);
  if (verdict.account == account_effect::slow_down) {
    config.log->warn("[Carrier] Slowing down ({}), next request in {} ms", verdict.reason,
                     wait.count());
    return;
  }
  config.health->locked_out = true;
  config.log->error("[Carrier] Account refused ({}): no call can be placed. Check "
                    "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, and what the account may do; trying "
                    "again in {} ms",
                    verdict.reason, wait.count());
}

void carrier_state::hold_all(microseconds wait, std::int32_t why) {
  pace->hold_until(config.now() + wait);
  config.health->rests_for = why;
  config.health->rests_until = pace->held_until();
}

/// Nothing that this business wants can be placed: it waits, and its leads with it.
void carrier_state::hold_caller(business_id business, const std::string& reason) {
  const auto now = config.now();
  const auto& limits = config.settings;
  auto& caller =
      refused_callers
          .try_emplace(business,
                       caller_rest{{limits.first_caller_rest, limits.longest_caller_rest}, now})
          .first->second;
  // Several requests in flight fail together. (A clock that was set back ends the rest.)
  if (now < caller.until && caller.until <= now + limits.longest_caller_rest) return;
  const auto wait = caller.rest.next(config.random());
  caller.until = now + wait;
  pace->hold_business(business, caller.until);
  config.log->error("[Carrier] Caller ID refused ({}): no call of the business can be placed. "
                    "Verify its number at the carrier, or change it; trying again in {} s{}",
                    reason, wait.count() / 1000, fields(business));
}

time_point carrier_state::held_until(business_id business) const {
  const auto found = refused_callers.find(business);
  return found == refused_callers.end() ? pace->held_until()
                                        : std::max(pace->held_until(), found->second.until);
}

caf::result<withdrawn> carrier_state::take_back(const withdraw_calls& calls) {
  auto promise = self->make_response_promise<withdrawn>();
  auto number = ++last_withdrawal;
  for (const auto& token : calls.tokens) {
    auto unanswered = sent.find(token);
    if (unanswered != sent.end()) unanswered->second.taken_back = true;
  }
  withdrawals.emplace(number, promise);
  auto me = caf::actor_cast<carrier_actor>(self);
  config.line->withdraw(calls.tokens,
                        [me, number]() { caf::anon_send(me, line_withdrew{number}); });
  return promise;
}

void carrier_state::taken_back(const line_withdrew& answer) {
  auto waiting = withdrawals.find(answer.number);
  if (waiting == withdrawals.end()) return;
  waiting->second.deliver(withdrawn{});
  withdrawals.erase(waiting);
}

void carrier_state::hang_up(const hang_up_call& call) {
  auto where = fields(call.attempt.business, {}, call.attempt.job, call.sid, call.request);
  config.line->hang_up(call.sid, [log = config.log, where](command_reply reply) {
    constexpr int already_ended = 21220;
    bool well = reply.result == line_result::answered &&
                (reply.http_status < 300 || reply.error_code == already_ended);
    if (!well)
      log->warn("[Carrier] Hanging up was not confirmed (http={} code={}){}", reply.http_status,
                reply.error_code, where);
  });
}

/// Many calls fail together: one round of back-off for all of them.
void carrier_state::crowded() {
  const auto now = config.now();
  if (now < pace->held_until()) return;
  if (now - crowded_at > 2 * crowd_wait + seconds{10}) crowd->reset();
  crowded_at = now;
  crowd_wait = crowd->next(config.random());
  hold_all(crowd_wait, carrier_health::crowded);
  config.log->warn("[Carrier] Slowing down (too many calls of the account are up), next request in "
                   "{} ms",
                   crowd_wait.count());
  give_permits();
}

carrier_view carrier_state::view() const {
  const auto now = config.now();
  carrier_view x;
  x.calls_per_second = pace->limits().calls_per_second;
  x.burst = pace->limits().burst;
  x.window = pace->limits().window;
  x.unanswered = pace->outstanding();
  x.waiting = static_cast<std::int64_t>(pace->waiting());
  x.held_for = std::chrono::ceil<milliseconds>(std::max(pace->held_until() - now, microseconds{0}));
  x.failures = rest->failures();
  x.locked_out = config.health->locked_out;
  x.draining = draining;
  x.refused_callers = static_cast<std::int32_t>(refused_callers.size());
  return x;
}

carrier_view carrier_state::change_pace(const set_pace& wanted) {
  pace->set_rate(wanted.calls_per_second, config.now());
  config.log->warn("[Carrier] The pace is {} calls per second from now on (0: no limit)",
                   wanted.calls_per_second);
  give_permits();
  return view();
}

carrier_actor::behavior_type carrier(carrier_actor::stateful_pointer<carrier_state> self,
                                     carrier_config config) {
  auto& state = self->state;
  state.pace = std::make_unique<pacer>(config.settings.limits, config.now());
  state.rest =
      std::make_unique<backoff>(config.settings.first_backoff, config.settings.longest_backoff);
  state.crowd = std::make_unique<backoff>(*state.rest);
  state.config = std::move(config);
  self->set_exception_handler(broken);
  if (!state.config.line) state.config.line = std::make_shared<no_line>();
  return {
      [self](const permit_request& wish, const permit_holder_actor& holder) {
        self->state.ask(wish, holder);
      },
      [self](const permit_withdrawal& wish) { self->state.withdraw(wish); },
      [self](permit_return) { self->state.give_back(); },
      [self](const place_call& call, const switchboard_actor& reports) {
        self->state.place(call, reports);
      },
      [self](const withdraw_calls& calls) { return self->state.take_back(calls); },
      [self](const line_withdrew& answer) { self->state.taken_back(answer); },
      [self](const hang_up_call& call) { self->state.hang_up(call); },
      [self](account_crowded) { self->state.crowded(); },
      [self](drain_atom) { return self->state.drain(); },
      [self](carrier_query) { return self->state.view(); },
      [self](const set_pace& wanted) { return self->state.change_pace(wanted); },
      [self](const line_reply& reply) { self->state.answered(reply); },
      [self](tick_atom, std::uint64_t number) { self->state.tick(number); },
  };
}

} // namespace ringmaster
