#include "tests/simulation/line_model.hpp"

#include "actors/carrier.hpp"
#include "actors/prefix_pauses.hpp"

#include <array>

namespace ringmaster::simulation {

namespace {

constexpr milliseconds answer_time{10'000}; ///< so long the process waits for an answer

/// Creates the call once its absence is proved: before that it would only be late.
void haunt(stage& on, carrier_model& carrier,
           const std::function<bool(const place_call&)>& was_given_up, const place_call& call,
           int tries) {
  if (was_given_up(call)) {
    carrier.create(call, true);
  } else if (tries > 1) {
    on.plan.after(seconds{20}, [&on, &carrier, was_given_up, call, tries] {
      haunt(on, carrier, was_given_up, call, tries - 1);
    });
  }
}

create_reply placed(const call_sid& sid) {
  create_reply reply;
  reply.result = line_result::answered;
  reply.http_status = 201;
  reply.sid = sid;
  return reply;
}

create_reply without_answer(line_result how, const char* why) {
  create_reply reply;
  reply.result = how;
  reply.message = why;
  return reply;
}

create_reply refused(std::int32_t status, std::int32_t code) {
  create_reply reply;
  reply.result = line_result::answered;
  reply.http_status = status;
  reply.error_code = code;
  reply.message = "refused";
  return reply;
}

} // namespace

void line_model::later(microseconds wait, std::function<void()> what) {
  on_.plan.after(wait, [alive = alive_, what = std::move(what)] {
    if (*alive) what();
  });
}

void line_model::die() {
  *alive_ = false;
  unsent_.clear();
}

void line_model::create(const place_call& call, std::function<void(create_reply)> reply) {
  watch_.asked(call);
  const auto token = call.attempt.token;
  if (!unsent_.emplace(token, unsent_request{call, std::move(reply)}).second) return;
  if (call.send_before <= now()) return answer_unsent(token, "past its deadline");
  if (on_.strikes(on_.with.post_unsent))
    return later(on_.draw.time(seconds{0}, seconds{5}),
                 [this, token] { answer_unsent(token, "no connection to the carrier"); });
  if (on_.strikes(on_.with.post_queued))
    return later(on_.draw.time(seconds{0}, seconds{6}), [this, token] { send(token); });
  send(token);
}

void line_model::answer_unsent(const dial_token& token, const char* why) {
  auto found = unsent_.find(token);
  if (found == unsent_.end()) return;
  auto reply = std::move(found->second.reply);
  on_.say("line: not sent for " + on_.story.name(found->second.call.attempt.job) + ": " + why);
  unsent_.erase(found);
  reply(without_answer(line_result::not_sent, why));
}

void line_model::send(const dial_token& token) {
  auto found = unsent_.find(token);
  if (found == unsent_.end()) return; // withdrawn
  if (found->second.call.send_before <= now()) return answer_unsent(token, "past its deadline");
  auto request = std::move(found->second);
  unsent_.erase(found);
  watch_.sent(request.call);
  on_.say("line: POST for " + on_.story.name(request.call.attempt.job) + " of " +
          on_.story.name(request.call.attempt.business) + " to " + request.call.to.value);
  travel(request.call, request.reply);
}

/// From the first byte on the request lives without the process.
void line_model::travel(const place_call& call, const create_answer& answer) {
  auto& draw = on_.draw;
  const microseconds steps{milliseconds{50}};
  const auto there = on_.with.in_step ? steps : draw.time(milliseconds{1}, milliseconds{100});
  const auto back = on_.with.in_step ? steps : draw.time(milliseconds{1}, milliseconds{150});
  auto reply = [this, answer, alive = alive_](microseconds wait, create_reply with) {
    on_.plan.after(wait, [alive, answer, with] {
      if (*alive) answer(with);
    });
  };
  auto unanswered = [&draw, reply, this](const place_call& lost) {
    on_.say("line: no usable answer for " + on_.story.name(lost.attempt.job));
    const bool told_at_once = draw.chance(0.5);
    if (told_at_once && draw.chance(0.5))
      return reply(milliseconds{50}, refused(draw.chance(0.5) ? 500 : 503, 20'500));
    reply(told_at_once ? milliseconds{50} : answer_time,
          without_answer(line_result::unknown, "no answer in time"));
  };
  if (on_.strikes(on_.with.post_haunts) && haunted_.emplace(call.from, call.to).second) {
    on_.plan.after(draw.time(seconds{60}, seconds{200}),
                   [&on = on_, &carrier = carrier_, call, was_given_up = watch_.was_given_up] {
                     haunt(on, carrier, was_given_up, call, 10);
                   });
    return unanswered(call);
  }
  if (on_.strikes(on_.with.post_lost_uncreated)) return unanswered(call);
  if (on_.strikes(on_.with.post_lost_created)) {
    // It may even be created after the process has given up waiting.
    const auto arrives = draw.chance(0.2) ? draw.time(seconds{1}, seconds{20}) : there;
    on_.plan.after(arrives, [&carrier = carrier_, call] { carrier.create(call); });
    return unanswered(call);
  }
  if (on_.strikes(on_.with.post_429 + on_.with.post_refused + on_.with.post_misconfigured)) {
    const auto no = refusal(call);
    on_.say("line: " + std::to_string(no.http_status) + "/" + std::to_string(no.error_code) +
            " for " + on_.story.name(call.attempt.job));
    return reply(there + back, no);
  }
  const auto slow =
      on_.strikes(on_.with.post_slow) ? draw.time(seconds{1}, seconds{9}) : seconds{0};
  // The line may be gone when the call is created: what is captured must not be.
  on_.plan.after(
      there, [&carrier = carrier_, &on = on_, call, answer, alive = alive_, wait = back + slow] {
        const auto sid = carrier.create(call).sid;
        on.plan.after(wait, [alive, answer, sid] {
          if (*alive) answer(placed(sid));
        });
      });
}

create_reply line_model::refusal(const place_call& call) {
  auto& draw = on_.draw;
  const auto& with = on_.with;
  const auto all = with.post_429 + with.post_refused + with.post_misconfigured;
  if (draw.chance(with.post_429 / all)) {
    static constexpr std::array busy{20'429, 20'003, 10'004, 21'219};
    const auto code = busy[draw.below(busy.size())];
    auto reply = refused(code == 20'429 ? 429 : code == 20'003 ? 401 : 400, code);
    if (draw.chance(0.3)) reply.retry_after = seconds{draw.between(1, 20)};
    return reply;
  }
  if (draw.chance(with.post_misconfigured / (all - with.post_429))) {
    static constexpr std::array wrong{21'210, 21'212, 21'205, 21'626};
    const auto code = wrong[draw.below(wrong.size())];
    if (code == 21'210 || code == 21'212)
      on_.may_hold(carrier_config{}.settings.longest_caller_rest);
    else
      watch_.condemned(call);
    return refused(400, code);
  }
  watch_.condemned(call);
  static constexpr std::array bad{21'211, 21'214, 21'215, 21'216, 13'225, 99'999};
  const auto code = bad[draw.below(bad.size())];
  if (code == 21'215)
    on_.may_hold(prefix_pauses::first_pause * (1 << (prefix_pauses::most_pauses - 1)));
  return refused(400, code);
}

void line_model::withdraw(const std::vector<dial_token>& tokens, std::function<void()> done) {
  later(on_.draw.time(milliseconds{0}, milliseconds{100}), [this, tokens, done] {
    for (const auto& token : tokens)
      answer_unsent(token, "withdrawn");
    done();
  });
}

void line_model::hang_up(const call_sid& sid, std::function<void(command_reply)> reply) {
  command_reply said;
  said.result = line_result::answered;
  said.http_status = 200;
  auto* call = carrier_.find(sid);
  on_.say("line: hang up " + (call == nullptr ? sid.value : call->name()));
  if (call != nullptr) ++call->hang_ups, call->hang_up_lost.reset();
  if (on_.strikes(on_.with.query_failed)) {
    if (call != nullptr) call->hang_up_lost = on_.plan.now();
    said.result = line_result::unknown;
    return later(answer_time, [said, reply] { reply(said); });
  }
  const bool slowly = call != nullptr && call->stray;
  on_.plan.after(on_.draw.time(milliseconds{1}, milliseconds{slowly ? 40'000 : 300}),
                 [&carrier = carrier_, sid] { carrier.hang_up(sid); });
  if (call == nullptr || !call->live()) {
    said.http_status = call == nullptr ? 404 : 400;
    said.error_code = call == nullptr ? 20'404 : 21'220;
  }
  later(milliseconds{300}, [said, reply] { reply(said); });
}

void line_model::fetch(const call_sid& sid, std::function<void(fetch_reply)> reply) {
  const bool failed = on_.strikes(on_.with.query_failed);
  later(on_.draw.time(milliseconds{1}, milliseconds{300}), [this, sid, reply, failed] {
    fetch_reply said;
    said.result = failed ? line_result::unknown : line_result::answered;
    auto* call = carrier_.find(sid);
    if (!failed) {
      if (call != nullptr) said.call = carrier_.told(*call);
      said.http_status = said.call ? 200 : 404;
    }
    on_.say("line: fetch " + (call == nullptr ? sid.value : call->name()) + ": " +
            (failed      ? "no answer"
             : said.call ? std::string{to_string(said.call->status)}
                         : "404"));
    reply(said);
    if (said.call && call->live()) expect_hang_up(*call);
  });
}

/// A call that was to end and, as the process knows now, goes on must be told again.
void line_model::expect_hang_up(const modelled_call& call) {
  const auto lost = call.hang_up_lost;
  if (!lost || on_.disturbed_until >= *lost) return;
  later(seconds{5}, [this, &call, lost] {
    if (call.live() && call.hang_up_lost == lost && on_.disturbed_until < *lost)
      on_.fail("the hang-up of " + call.name() + " was lost and is not said again");
  });
}

void line_model::list(const phone_number& from, const phone_number& to,
                      std::function<void(list_reply)> reply) {
  const bool failed = on_.strikes(on_.with.query_failed);
  later(on_.draw.time(milliseconds{1}, milliseconds{500}), [this, from, to, reply, failed] {
    list_reply said;
    said.result = failed ? line_result::unknown : line_result::answered;
    said.http_status = failed ? 0 : 200;
    if (!failed) said.calls = carrier_.list(from, to);
    on_.say("line: list calls to " + to.value + ": " +
            (failed ? "no answer" : std::to_string(said.calls.size())));
    reply(said);
  });
}

void line_model::list_page(carrier_status status, const std::string& page,
                           std::function<void(page_reply)> reply) {
  const bool failed = on_.strikes(on_.with.query_failed);
  later(on_.draw.time(milliseconds{1}, milliseconds{500}), [this, status, page, reply, failed] {
    page_reply said;
    said.result = failed ? line_result::unknown : line_result::answered;
    said.http_status = failed ? 0 : 200;
    if (!failed) carrier_.list_page(status, page, said);
    on_.say("line: list calls that are " + std::string{to_string(status)} + ": " +
            (failed ? "no answer" : std::to_string(said.calls.size())));
    reply(said);
  });
}

} // namespace ringmaster::simulation
