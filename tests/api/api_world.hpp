// The whole API over real sockets and a real PostgreSQL; in place of the dialling an actor with the
// switchboard's interface that says what it is told to and remembers what it was asked.
#pragma once

#include "net/api/api_front.hpp"
#include "net/http/server.hpp"
#include "tests/support/database.hpp"
#include "tests/support/database_proxy.hpp"
#include "tests/support/http_probe.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace ringmaster::test {

/// What the dialling answers and what it was asked. Guarded by `mutex`.
struct dialling_script {
  std::mutex mutex;
  order_answer on_order{write_result::applied, run_status::paused};
  call_directly_answer on_call;
  slots_answer on_slots;
  bool silent = false;    ///< answers nothing
  bool forgetful = false; ///< and if so, drops what it was asked: nobody can answer any more
  std::vector<run_created> runs;
  std::vector<order_run> orders;
  std::vector<call_directly> calls;
  std::vector<settings_changed> changes;
  std::vector<lead_changed> changed_leads;
};

struct api_answer {
  int status = 0;
  net::header_list headers;
  std::string body;

  nlohmann::json json() const;
  std::string header(std::string_view name) const;
  /// error.code and error.field, "" when there is none.
  std::string code() const;
  std::string field() const;
};

struct tenant {
  std::int64_t id = 0;
  std::string key, path; ///< "/api/v1/businesses/7"
};

class api_world {
public:
  static constexpr auto admin_key = "the-admin-key";

  /// `hang`: the API reaches its database through `link`, which can freeze.
  explicit api_world(net::api::api_config config = default_config(), bool hang = false);
  ~api_world();
  api_world(const api_world&) = delete;
  api_world& operator=(const api_world&) = delete;

  static net::api::api_config default_config();

  api_answer ask(const std::string& method, const std::string& target, const std::string& key,
                 const std::string& body = {}, net::header_list headers = {});
  api_answer get(const tenant& who, const std::string& rest) {
    return ask("GET", who.path + rest, who.key);
  }
  api_answer post(const tenant& who, const std::string& rest, const std::string& body,
                  net::header_list headers = {}) {
    return ask("POST", who.path + rest, who.key, body, std::move(headers));
  }
  api_answer patch(const tenant& who, const std::string& rest, const std::string& body) {
    return ask("PATCH", who.path + rest, who.key, body);
  }

  /// With a default script, and a number of its own.
  tenant add_tenant(const std::string& name);
  /// So many leads; their ids in order.
  std::vector<std::int64_t> add_leads(const tenant& who, int count);
  /// A key of that role, straight in the database; of the whole server for a tenant without id.
  std::string add_key(const tenant& who, const std::string& role);

  /// Stands for all that is stored about calls, leads and settings.
  std::string fingerprint();
  std::uint16_t port() const { return server_->port(); }
  void advance(seconds by) { now_us_ += microseconds(by).count(); }

  database db;
  std::unique_ptr<database_proxy> link; ///< only when it may hang
  std::shared_ptr<dialling_script> dialling = std::make_shared<dialling_script>();
  counters count;
  std::vector<net::api::readiness_check> checks{{"ownership", true, ""}, {"carrier", true, ""}};

  net::api::api_front& front() { return *front_; }
  /// As at the server's end: whoever waits for it is answered.
  void end_dialling();
  /// How many places keep the dialling's address: one for each monitor of it, and few others.
  std::size_t addresses_of_dialling() const;
  /// As if the dialling had told it.
  void happen(const event& what) { caf::anon_send(feed_, what); }

private:
  std::atomic<std::int64_t> now_us_;
  int tenants_ = 0;
  caf::actor_system_config system_config_;
  std::unique_ptr<caf::actor_system> system_;
  switchboard_actor switchboard_;
  event_feed_actor feed_;
  std::unique_ptr<net::api::api_front> front_;
  std::unique_ptr<net::http_server> server_;
};

} // namespace ringmaster::test
