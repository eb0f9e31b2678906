#include "net/webhooks/webhook_endpoint.hpp"

#include "actors/log_lines.hpp"
#include "net/twilio/signature.hpp"
#include "net/webhooks/callback_form.hpp"
#include "net/webhooks/open_questions.hpp"
#include "net/webhooks/script.hpp"
#include "net/webhooks/urls.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ringmaster::net {
namespace {

http_response empty_answer(int status) {
  http_response response;
  response.status = status;
  return response;
}

/// `code` and `message` are constants of this file and need no escaping.
http_response refusal(int status, const std::string& code, const std::string& message) {
  http_response response;
  response.status = status;
  response.content_type = "application/json";
  response.body =
      R"({"error":{"code":")" + code + R"(","message":")" + message + R"(","field":null}})";
  return response;
}

http_response twiml(std::string document) {
  http_response response;
  response.content_type = "text/xml; charset=utf-8";
  response.body = std::move(document);
  return response;
}

enum class body_kind { form, json, other };

body_kind kind_of_body(const http_request& request) {
  const auto* type = request.header("Content-Type");
  if (!type) return body_kind::other;
  auto name = type->substr(0, type->find(';'));
  while (!name.empty() && name.back() == ' ')
    name.pop_back();
  if (same_header_name(name, "application/x-www-form-urlencoded")) return body_kind::form;
  if (same_header_name(name, "application/json")) return body_kind::json;
  return body_kind::other;
}

bool names_other_account(const field_list& form, const std::string& own) {
  return std::any_of(form.begin(), form.end(), [&](const auto& field) {
    return field.first == "AccountSid" && field.second != own;
  });
}

/// Lives until the last of its callbacks is answered.
class endpoint : public std::enable_shared_from_this<endpoint> {
public:
  endpoint(webhook_config config, caf::actor_system& system, switchboard_actor switchboard,
           std::shared_ptr<spdlog::logger> log, std::shared_ptr<counters> count, time_source now)
      : config_(std::move(config)), system_(system), switchboard_(std::move(switchboard)),
        log_(std::move(log)), count_(std::move(count)), now_(std::move(now)),
        questions_(std::make_shared<open_questions>(system, config_.patience)) {}

  void serve(const http_request& request, respond_fn respond);

private:
  bool is_signed(const http_request& request, const field_list* form) const;
  void serve_form(webhook hook, const http_request& request, respond_fn respond);
  void serve_json(const http_request& request, const respond_fn& respond);
  template <class Query, class Answer>
  using judge_fn = http_response (endpoint::*)(const Query&, const Answer&);
  template <class Answer, class Query>
  void ask(const Query& query, respond_fn respond, judge_fn<Query, Answer> judge);
  http_response unanswered(const std::string& where, const std::string& why);
  http_response acknowledge(const call_event& event, const event_answer& answer);
  http_response speak(const script_query& query, const script_answer& answer);
  http_response stale(webhook hook, const std::string& what, const std::string& where);
  http_response refuse_signature(const http_request& request);
  http_response unavailable();
  http_response malformed(int status, const std::string& code, const std::string& message);

  const webhook_config config_;
  caf::actor_system& system_;
  const switchboard_actor switchboard_;
  const std::shared_ptr<spdlog::logger> log_;
  const std::shared_ptr<counters> count_;
  const time_source now_;
  const std::shared_ptr<open_questions> questions_;
};

std::string fields_of(const attempt_ref& attempt, const call_sid& sid,
                      const std::string& request_id = {}) {
  return fields(attempt.business, {}, attempt.job, sid, request_id);
}

void endpoint::serve(const http_request& request, respond_fn respond) {
  const auto hook = webhook_from(request.path());
  if (!hook) return respond(refusal(404, "not_found", "There is nothing under this path."));
  if (request.method != "POST") {
    auto response = malformed(405, "method_not_allowed", "Callbacks are sent by POST.");
    response.headers.emplace_back("Allow", "POST");
    return respond(std::move(response));
  }
  if (request.body.size() > webhook_body_limit)
    return respond(malformed(413, "too_large", "A callback has at most 64 kB."));
  switch (kind_of_body(request)) {
  case body_kind::form:
    return serve_form(*hook, request, std::move(respond));
  case body_kind::json:
    return serve_json(request, respond);
  case body_kind::other:
    break;
  }
  respond(
      malformed(415, "unsupported_media_type", "Callbacks are application/x-www-form-urlencoded."));
}

/// `form` is null for a JSON body.
bool endpoint::is_signed(const http_request& request, const field_list* form) const {
  if (request.count_headers("X-Twilio-Signature") != 1) return false;
  const auto& signature = *request.header("X-Twilio-Signature");
  const auto url = config_.public_base_url + request.target;
  const auto fits = [&](const std::string& token) {
    return form ? form_signature_fits(token, url, *form, signature)
                : body_signature_fits(token, url, request.body, signature);
  };
  return fits(config_.auth_token) ||
         (!config_.previous_auth_token.empty() && fits(config_.previous_auth_token));
}

void endpoint::serve_form(webhook hook, const http_request& request, respond_fn respond) {
  const auto form = parse_form(request.body);
  if (!form || !is_signed(request, &*form)) return respond(refuse_signature(request));
  ++count_->callbacks;
  const auto attempt = attempt_from(request.query());
  if (!attempt) return respond(stale(hook, "whose URL names no attempt", {}));
  if (!config_.account_sid.empty() && names_other_account(*form, config_.account_sid))
    return respond(stale(hook, "of another account", fields_of(*attempt, {})));
  if (hook == webhook::answer) {
    if (const auto query = read_script_query(*form, *attempt, now_()))
      return ask(*query, std::move(respond), &endpoint::speak);
  } else if (const auto event = read_call_event(*form, *attempt, now_())) {
    return ask(*event, std::move(respond), &endpoint::acknowledge);
  }
  respond(stale(hook, "that names no call or no known status", fields_of(*attempt, {})));
}

/// Nothing that we ask for is sent as JSON: a genuine one is acknowledged and passed over.
void endpoint::serve_json(const http_request& request, const respond_fn& respond) {
  if (!is_signed(request, nullptr)) return respond(refuse_signature(request));
  ++count_->callbacks;
  respond(empty_answer(204));
}

/// Asks the switchboard and answers with what `judge` makes of it; the server's thread waits for
/// nothing.
template <class Answer, class Query>
void endpoint::ask(const Query& query, respond_fn respond, judge_fn<Query, Answer> judge) {
  questions_->ask<Answer>(
      switchboard_, query,
      [self = shared_from_this(), began = now_(), query, judge,
       respond = std::move(respond)](const Answer* answer, const std::string& why) {
        auto response = answer != nullptr
                            ? (self.get()->*judge)(query, *answer)
                            : self->unanswered(fields_of(query.attempt, query.sid), why);
        self->count_->webhook_answer.observe(self->now_() - began);
        respond(std::move(response));
      });
}

http_response endpoint::unanswered(const std::string& where, const std::string& why) {
  log_->warn("[Webhook] No answer for a callback{}: {}", where, why);
  return unavailable();
}

http_response endpoint::acknowledge(const call_event& event, const event_answer& answer) {
  const auto where = fields_of(event.attempt, event.sid, answer.request);
  const auto status = std::string(to_string(event.status));
  switch (answer.result) {
  case event_result::committed:
    log_->debug("[Webhook] Call is {}{}", status, where);
    return empty_answer(204);
  case event_result::stale:
    return stale(webhook::status, "(" + status + ") of no live attempt", where);
  case event_result::unavailable:
    break;
  }
  log_->warn("[Webhook] Callback ({}) can't be stored now{}", status, where);
  return unavailable();
}

http_response endpoint::speak(const script_query& query, const script_answer& answer) {
  const auto where = fields_of(query.attempt, query.sid, answer.request);
  if (answer.result == event_result::stale)
    return stale(webhook::answer, "of no live attempt", where);
  if (answer.result == event_result::unavailable) {
    log_->warn("[Webhook] What an answered call should say can't be found out now{}", where);
    return unavailable();
  }
  const auto script = parse_script(answer.script);
  if (!script) {
    log_->error("[Webhook] An answered call has no usable script ({}): hung up{}",
                answer.script.empty() ? "there is none" : script.error().message, where);
    return twiml(hang_up_twiml());
  }
  log_->debug("[Webhook] Call was answered{}", where);
  const lead_fields lead{answer.first_name, answer.last_name, answer.phone.value,
                         answer.external_id, answer.notes};
  return twiml(render_twiml(*script, lead, answer.caller_id.value));
}

http_response endpoint::stale(webhook hook, const std::string& what, const std::string& where) {
  ++count_->callbacks_stale;
  log_->info("[Webhook] Stale callback on {} {}{}", path_of(hook), what, where);
  return hook == webhook::answer ? twiml(hang_up_twiml()) : empty_answer(204);
}

http_response endpoint::unavailable() {
  ++count_->callbacks_unstored;
  return refusal(503, "unavailable", "The callback could not be stored. Send it again.");
}

http_response endpoint::malformed(int status, const std::string& code, const std::string& message) {
  ++count_->callbacks_malformed;
  return refusal(status, code, message);
}

http_response endpoint::refuse_signature(const http_request& request) {
  ++count_->callbacks_refused;
  log_->warn("[Webhook] Refused a callback with a bad signature on {} from {}", request.path(),
             request.peer);
  return refusal(403, "bad_signature",
                 "X-Twilio-Signature does not fit. Check TWILIO_AUTH_TOKEN and PUBLIC_HOST.");
}

} // namespace

http_handler make_webhook_handler(webhook_config config, caf::actor_system& system,
                                  switchboard_actor switchboard,
                                  std::shared_ptr<spdlog::logger> log,
                                  std::shared_ptr<counters> count, time_source now) {
  auto served = std::make_shared<endpoint>(std::move(config), system, std::move(switchboard),
                                           std::move(log), std::move(count), std::move(now));
  return [served](const http_request& request, respond_fn respond) {
    served->serve(request, std::move(respond));
  };
}

} // namespace ringmaster::net
