#include "tests/twilio/webhook_world.hpp"

#include "net/twilio/signature.hpp"
#include "net/webhooks/urls.hpp"

#include <catch2/catch.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace ringmaster::tests {
namespace {

using net::field_list;

switchboard_actor::behavior_type switchboard(switchboard_actor::pointer self,
                                             std::shared_ptr<switchboard_script> board) {
  return {
      [](const start_work&) {},
      [](const ownership_retaken&) {},
      [](drain_atom) { return acknowledged{}; },
      [](const run_created&) { return acknowledged{}; },
      [](const order_run&) { return order_answer{}; },
      [](const call_directly&) { return call_directly_answer{}; },
      [](const settings_changed&) { return acknowledged{}; },
      [](const lead_changed&) { return acknowledged{}; },
      [](const slots_query&) { return slots_answer{}; },
      [](const by_hand&) { return by_hand_answer{}; },
      [self, board](const call_event& event) -> caf::result<event_answer> {
        std::lock_guard lock(board->mutex);
        board->events.push_back(event);
        if (board->event_reply) return *board->event_reply;
        auto promise = self->make_response_promise<event_answer>();
        if (board->keep_promises) board->unanswered.push_back(promise);
        return promise;
      },
      [board](const script_query& query) -> script_answer {
        std::lock_guard lock(board->mutex);
        board->queries.push_back(query);
        return *board->script_reply;
      },
      [](const dial_report&) {},
      [](const look_report&) {},
      [](const leave_request&) {},
      [](const supervisor_lost&) {},
      [](const supervisor_due&) {},
      [](idle_round) {},
  };
}

} // namespace

field_list without(field_list form, const std::string& name) {
  form.erase(std::remove_if(form.begin(), form.end(),
                            [&](const auto& field) { return field.first == name; }),
             form.end());
  return form;
}

field_list with(field_list form, const std::string& name, const std::string& value) {
  form.emplace_back(name, value);
  return form;
}

field_list replaced(const field_list& form, const std::string& name, const std::string& value) {
  return with(without(form, name), name, value);
}

script_answer saying(const std::string& script) {
  script_answer answer;
  answer.result = event_result::committed;
  answer.script = script;
  answer.caller_id = phone_number{"+14155550100"};
  answer.phone = phone_number{"+14155550101"};
  answer.first_name = "נועה";
  return answer;
}

std::vector<call_event> switchboard_script::seen_events() {
  std::lock_guard lock(mutex);
  return events;
}

net::webhook_config webhook_world::default_config() {
  net::webhook_config config;
  config.auth_token = "the-auth-token";
  config.account_sid = "AC1";
  config.public_base_url = "https://calls.example.com";
  config.patience = seconds{20};
  return config;
}

std::string webhook_world::query() {
  return "?business=3&job=40&token=0f8fad5b-d9cb-469f-a165-70867728950e";
}

std::string webhook_world::status_target() {
  return std::string(path_of(net::webhook::status)) + query();
}

std::string webhook_world::answer_target() {
  return std::string(path_of(net::webhook::answer)) + query();
}

field_list webhook_world::status_form(const std::string& status) {
  return {{"CallSid", "CA1"},        {"AccountSid", "AC1"},   {"CallStatus", status},
          {"From", "+14155550100"},  {"To", "+14155550101"},  {"SequenceNumber", "3"},
          {"CallDuration", "12"},    {"AnsweredBy", "human"}, {"SipResponseCode", "200"},
          {"CallerName", "נועה לוי"}};
}

webhook_world::webhook_world(net::webhook_config config) : config_(std::move(config)) {
  system_config_ = std::make_unique<caf::actor_system_config>();
  register_messages(*system_config_);
  system_config_->set("scheduler.policy", caf::atom("sharing"));
  system_config_->set("scheduler.max-threads", std::size_t{2});
  system_ = std::make_unique<caf::actor_system>(*system_config_);
  switchboard_ = system_->spawn(switchboard, board);
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text_, true);
  auto log = std::make_shared<spdlog::logger>("test", sink);
  log->set_level(spdlog::level::trace);
  server_ = std::make_unique<net::http_server>(
      "webhooks", net::server_limits{},
      net::make_webhook_handler(config_, *system_, switchboard_, log, count,
                                [] { return time_point{seconds{1'700'000'000}}; }));
  REQUIRE(server_->start("127.0.0.1", 0, 2) == "");
}

webhook_world::~webhook_world() {
  server_.reset();
  stop_switchboard();
  system_.reset();
}

void webhook_world::stop_switchboard() {
  caf::anon_send_exit(switchboard_, caf::exit_reason::user_shutdown);
  caf::scoped_actor waiting(*system_);
  waiting->wait_for(switchboard_);
}

std::string webhook_world::sign(const std::string& target, const field_list& form) const {
  return net::sign_form(config_.auth_token, config_.public_base_url + target, form);
}

raw_answer webhook_world::send(const std::string& method, const std::string& target,
                               const net::header_list& headers, const std::string& body) {
  return send_raw(server_->port(), method, target, headers, body);
}

raw_answer webhook_world::post(const std::string& target, const field_list& form,
                               const std::string& signature, const std::string& type) {
  return send(
      "POST", target,
      {{"Host", "calls.example.com"}, {"Content-Type", type}, {"X-Twilio-Signature", signature}},
      net::encode_form(form));
}

raw_answer webhook_world::post_signed(const std::string& target, const field_list& form) {
  return post(target, form, sign(target, form));
}

} // namespace ringmaster::tests
