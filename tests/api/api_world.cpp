#include "tests/api/api_world.hpp"

#include "actors/event_feed.hpp"
#include "db/records_pg.hpp"
#include "net/api/routes.hpp"
#include "net/api/secrets.hpp"

#include <catch2/catch.hpp>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <any>
#include <memory>
#include <stdexcept>
#include <vector>

namespace ringmaster::test {
namespace {

/// Promises that are not kept; they go with the actor that gave them.
using owed = std::shared_ptr<std::vector<std::any>>;

template <class Answer>
caf::result<Answer> say(switchboard_actor::pointer self, const dialling_script& script,
                        const owed& promises, const Answer& answer) {
  if (!script.silent) return answer;
  auto promise = self->make_response_promise<Answer>();
  if (!script.forgetful) promises->emplace_back(promise);
  return promise;
}

switchboard_actor::behavior_type switchboard(switchboard_actor::pointer self,
                                             std::shared_ptr<dialling_script> script) {
  const auto promises = std::make_shared<std::vector<std::any>>();
  return {
      [](const start_work&) {},
      [](const ownership_retaken&) {},
      [](drain_atom) { return acknowledged{}; },
      [self, script, promises](const run_created& news) -> caf::result<acknowledged> {
        const std::lock_guard lock(script->mutex);
        script->runs.push_back(news);
        return say(self, *script, promises, acknowledged{});
      },
      [self, script, promises](const order_run& order) -> caf::result<order_answer> {
        const std::lock_guard lock(script->mutex);
        script->orders.push_back(order);
        return say(self, *script, promises, script->on_order);
      },
      [self, script, promises](const call_directly& wanted) -> caf::result<call_directly_answer> {
        const std::lock_guard lock(script->mutex);
        script->calls.push_back(wanted);
        return say(self, *script, promises, script->on_call);
      },
      [self, script, promises](const settings_changed& news) -> caf::result<acknowledged> {
        const std::lock_guard lock(script->mutex);
        script->changes.push_back(news);
        return say(self, *script, promises, acknowledged{});
      },
      [self, script, promises](const lead_changed& news) -> caf::result<acknowledged> {
        const std::lock_guard lock(script->mutex);
        script->changed_leads.push_back(news);
        return say(self, *script, promises, acknowledged{});
      },
      [self, script, promises](const slots_query&) -> caf::result<slots_answer> {
        const std::lock_guard lock(script->mutex);
        return say(self, *script, promises, script->on_slots);
      },
      [](const by_hand&) { return by_hand_answer{}; },
      [](const call_event&) { return event_answer{}; },
      [](const script_query&) { return script_answer{}; },
      [](const dial_report&) {},
      [](const look_report&) {},
      [](const leave_request&) {},
      [](const supervisor_lost&) {},
      [](const supervisor_due&) {},
      [](idle_round) {},
  };
}

} // namespace

nlohmann::json api_answer::json() const {
  auto parsed = nlohmann::json::parse(body, nullptr, false);
  INFO("status " << status << ", body " << body);
  REQUIRE_FALSE(parsed.is_discarded());
  return parsed;
}

std::string api_answer::header(std::string_view name) const {
  const auto* found = net::find_header(headers, name);
  return found == nullptr ? "" : *found;
}

std::string api_answer::code() const {
  const auto parsed = json();
  return parsed.contains("error") ? parsed["error"]["code"].get<std::string>() : "";
}

std::string api_answer::field() const {
  const auto field = json().at("error").at("field");
  return field.is_null() ? "" : field.get<std::string>();
}

net::api::api_config api_world::default_config() {
  net::api::api_config config;
  config.admin_key = admin_key;
  return config;
}

api_world::api_world(net::api::api_config config, bool hang) : now_us_(1'790'000'000'000'000) {
  register_messages(system_config_);
  system_config_.set("scheduler.policy", caf::atom("sharing"));
  system_config_.set("scheduler.max-threads", std::size_t{2});
  system_ = std::make_unique<caf::actor_system>(system_config_);
  switchboard_ = system_->spawn(switchboard, dialling);
  feed_ = system_->spawn(event_feed, std::make_shared<std::atomic<bool>>(false));
  auto log =
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::null_sink_mt>());
  if (hang) link = std::make_unique<database_proxy>(db.url());
  front_ = std::make_unique<net::api::api_front>(
      std::move(config), *system_, switchboard_, feed_,
      ringmaster::db::make_records_factory(hang ? link->url() : db.url()), log, &count,
      [this] { return time_point(microseconds(now_us_.load())); }, [this] { return checks; });
  net::server_limits limits;
  limits.body_limit_of = net::api::body_limit_of;
  limits.admit = front_->admission();
  server_ = std::make_unique<net::http_server>("api", limits, front_->handler());
  REQUIRE(server_->start("127.0.0.1", 0, 2) == "");
}

api_world::~api_world() {
  server_.reset();
  front_.reset();
  end_dialling();
  switchboard_ = nullptr;
  caf::anon_send_exit(feed_, caf::exit_reason::user_shutdown);
  feed_ = nullptr;
  system_.reset();
}

void api_world::end_dialling() {
  caf::anon_send_exit(switchboard_, caf::exit_reason::user_shutdown);
}

std::size_t api_world::addresses_of_dialling() const {
  const auto board = caf::actor_cast<caf::strong_actor_ptr>(switchboard_);
  return board ? board->weak_refs.load() : 0;
}

api_answer api_world::ask(const std::string& method, const std::string& target,
                          const std::string& key, const std::string& body,
                          net::header_list headers) {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
  if (!key.empty()) text += "Authorization: Bearer " + key + "\r\n";
  for (const auto& [name, value] : headers)
    text += name + ": " + value + "\r\n";
  if (!body.empty() || method != "GET")
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  probe::raw_connection connection(port());
  connection.send(text + "\r\n" + body);
  auto response = connection.read_response();
  // Not by Catch's means: some tests ask from several threads.
  if (!response) throw std::runtime_error("no answer to " + method + " " + target);
  return {response->status, response->headers, response->body};
}

tenant api_world::add_tenant(const std::string& name) {
  const auto made = ask("POST", "/api/v1/businesses", admin_key,
                        nlohmann::json{{"name", name},
                                       {"phone_e164", "+1212555010" + std::to_string(tenants_++)},
                                       {"default_script", {{"say", {{"text", "Hello"}}}}}}
                            .dump());
  INFO(made.body);
  REQUIRE(made.status == 201);
  const auto business = made.json();
  const auto id = business["id"].get<std::int64_t>();
  return {id, business["api_key"], "/api/v1/businesses/" + std::to_string(id)};
}

std::vector<std::int64_t> api_world::add_leads(const tenant& who, int count) {
  auto leads = nlohmann::json::array();
  for (int i = 0; i < count; ++i)
    leads.push_back(
        {{"phone_e164", phone(who.id * 10'000 + i)}, {"name", "Lead " + std::to_string(i)}});
  const auto answer = post(who, "/leads", leads.dump());
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  return answer.json()["lead_ids"];
}

std::string api_world::add_key(const tenant& who, const std::string& role) {
  const auto key = "rmk_test_" + role + std::to_string(who.id);
  db.sql("INSERT INTO api_keys (business_id, role, key_sha256, created_at) VALUES (nullif(" +
         std::to_string(who.id) + ", 0), '" + role + "', '\\x" +
         net::api::to_hex(net::api::sha256(key)) + "', now())");
  return key;
}

std::string api_world::fingerprint() {
  // When a key was used last is written behind the requests, whatever they were.
  std::string all =
      db.text("SELECT md5(string_agg((to_jsonb(t) - 'last_used_at')::text, '|' ORDER BY id))"
              " FROM api_keys t");
  for (const auto* table : {"businesses", "call_slots", "leads", "outbound_call_runs",
                            "outbound_call_jobs", "call_attempts", "idempotency_keys", "audit_log"})
    all +=
        db.text(std::string("SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '-') "
                            "FROM ") +
                table + " t");
  return all;
}

} // namespace ringmaster::test
