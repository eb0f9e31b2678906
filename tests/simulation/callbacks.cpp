#include "tests/simulation/callbacks.hpp"

#include "net/http/url.hpp"
#include "net/twilio/signature.hpp"

#include <memory>

namespace ringmaster::simulation {

namespace {

constexpr seconds patience{15}; ///< the carrier's, for an answer

} // namespace

void callbacks::announce(modelled_call& call) {
  letter mail;
  mail.call = &call;
  mail.status = call.status;
  mail.sequence = on_.with.sequences_zero ? 0 : call.told;
  mail.attempt = call.request.attempt;
  ++call.told;
  auto wait = on_.with.in_step ? microseconds{milliseconds{100}}
                               : on_.draw.time(milliseconds{5}, milliseconds{200});
  if (!on_.calm) wait += on_.draw.time(microseconds{0}, on_.with.callback_jitter);
  if (on_.strikes(on_.with.callback_late)) wait += on_.draw.time(seconds{5}, seconds{600});
  if (on_.strikes(on_.with.callback_lost))
    on_.say("network: " + call.name() + " " + std::string{to_string(call.status)} + " is lost");
  else
    post(mail, wait);
  if (on_.strikes(on_.with.callback_repeated))
    post(mail, wait + on_.draw.time(milliseconds{1}, seconds{90}));
  if (on_.strikes(on_.with.callback_forged)) forge(mail);
  if (call.status != carrier_status::in_progress) return;
  mail.hook = net::webhook::answer;
  mail.tries_left = 1;
  post(mail, on_.draw.time(milliseconds{5}, milliseconds{100}));
}

/// By somebody who knows all but the token that signs.
void callbacks::forge(const letter& real) {
  auto mail = real;
  mail.forged = true;
  mail.tries_left = 1;
  mail.status = on_.draw.chance(0.7) ? carrier_status::completed : carrier_status::ringing;
  post(mail, on_.draw.time(milliseconds{1}, seconds{30}));
}

void callbacks::post(const letter& mail, microseconds wait) {
  on_.plan.after(wait, [this, mail] { deliver(mail); });
}

net::http_request callbacks::request_of(const letter& mail) const {
  auto url = net::webhook_url(base_url, mail.hook, mail.attempt);
  url = url.substr(0, url.find('#'));
  net::field_list form{{"AccountSid", account},
                       {"CallSid", mail.call->sid.value},
                       {"CallStatus", std::string{to_string(mail.status)}},
                       {"From", mail.call->request.from.value},
                       {"To", mail.call->request.to.value},
                       {"Direction", "outbound-api"},
                       {"SequenceNumber", std::to_string(mail.sequence)}};
  if (mail.status == carrier_status::completed)
    form.emplace_back("CallDuration", std::to_string(mail.call->talk_s));
  net::http_request request;
  request.method = "POST";
  request.target = url.substr(std::string_view{base_url}.size());
  request.headers = {
      {"Content-Type", "application/x-www-form-urlencoded"},
      {"X-Twilio-Signature", net::sign_form(mail.forged ? "a guess" : auth_token, url, form)}};
  request.body = net::encode_form(form);
  return request;
}

void callbacks::deliver(const letter& mail) {
  auto handler = door();
  if (!handler) return judge(mail, 0, {});
  auto answered = std::make_shared<bool>(false);
  on_.plan.after(patience, [this, mail, answered] {
    if (!std::exchange(*answered, true)) judge(mail, 0, {});
  });
  handler(request_of(mail), [this, mail, answered](net::http_response response) {
    // From inside the endpoint's actor: what follows happens outside.
    if (std::exchange(*answered, true)) return;
    on_.plan.after(microseconds{0}, [this, mail, response = std::move(response)] {
      judge(mail, response.status, response.body);
    });
  });
}

void callbacks::judge(const letter& mail, int http_status, const std::string& body) {
  auto& call = *mail.call;
  const bool is_answer = mail.hook == net::webhook::answer;
  on_.say("webhook: " + call.name() + " " +
          (is_answer ? "script" : std::string{to_string(mail.status)}) +
          (mail.forged ? " (forged)" : "") + " -> " +
          (http_status == 0 ? "no answer" : std::to_string(http_status)));
  const bool good = http_status >= 200 && http_status < 300;
  if (is_answer) {
    // No script, or one that says so: the call is over.
    if (!good || body.find("<Hangup") != std::string::npos)
      carrier_.end(call, carrier_status::completed);
    return;
  }
  if (mail.forged) {
    if (http_status != 403 && http_status != 0) on_.fail("I5: a forged callback was let in");
    return;
  }
  if (!good) {
    auto again = mail;
    --again.tries_left;
    if (again.tries_left > 0) post(again, on_.draw.time(milliseconds{200}, seconds{3}));
    return;
  }
  if (call.stray && call.live()) expect_hang_up(call);
  if (!is_terminal(mail.status)) return;
  call.end_acknowledged = true;
  end_acknowledged(call);
}

/// A stray of which the process has acknowledged that it rings.
void callbacks::expect_hang_up(const modelled_call& call) {
  on_.plan.after(seconds{5}, [this, &call] {
    if (call.live() && call.hang_ups == 0)
      on_.fail("I1: " + call.name() + " rings outside of the slots and is not hung up");
  });
}

} // namespace ringmaster::simulation
