// Answers the console's commands: most are requests to the API with an admin's rights, the rest go
// to the admin actor or to the node itself. Knows no sockets; everything it needs is handed in.
#pragma once

#include "actors/failure.hpp"
#include "actors/ids.hpp"
#include "net/console/commands.hpp"
#include "net/console/server.hpp"
#include "net/http/message.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace ringmaster::net::console {

/// The admin actor, asked with a bounded patience. (On CAF: admin_door.cpp.)
class actors_door {
public:
  virtual ~actors_door() = default;
  virtual result<json> actors(const std::string& kind) = 0;
  virtual result<json> carrier() = 0;
  virtual result<json> set_pace(double calls_per_second) = 0;

  enum class hand { look_now, read_again, adopt, never_placed };
  struct order {
    business_id business;
    hand what = hand::look_now;
    job_id job;
    call_sid sid;
    std::string by;
  };
  virtual result<json> by_hand(const order& wish) = 0;
};

/// What only the node itself knows. All may be called from any thread.
struct node_parts {
  std::function<json()> about, settings, database, carrier;
  std::function<std::string()> log_level;
  std::function<void(const std::string&)> set_log_level;
  std::function<void()> drain;
  /// Works with the PostgreSQL server that answers instead of the known one; or says why not.
  std::function<std::string(const std::string& by)> accept_database;
  /// Why nothing can be changed now: code and sentence; no code: it can.
  std::function<std::pair<std::string, std::string>()> hindrance;
  /// Keeps what was done at the console for the audit, where no change of the database does.
  std::function<void(const std::string& by, const std::string& what)> note;
};

/// Serves a request of the API with an admin's rights, for a person named beside it.
using trusted_handler = std::function<void(http_request, std::string by, respond_fn)>;

class desk {
public:
  desk(trusted_handler api, actors_door& door, node_parts node);

  /// Blocks until it is answered, for a bounded time (tail: as long as somebody listens).
  json answer(const request& wish);

private:
  struct waiting_confirmation {
    std::vector<std::string> words;
    std::chrono::steady_clock::time_point until;
  };

  json carry_out(const parsed_command& what, const request& wish, const std::string& by);
  json of_business(const parsed_command& what, const std::string& by);
  json of_node(const parsed_command& what, const std::string& by);
  json of_keys(const parsed_command& what, const std::string& by);
  json ask(const std::string& method, const std::string& target, const std::string& by,
           const json& body = nullptr);
  http_response fetch(http_request wish, const std::string& by);
  json doubts(std::int64_t business, const std::string& by);
  json reconcile(const std::string& which, const std::string& by);
  json tail(std::int64_t business, const request& wish, const std::string& by);
  result<std::vector<json>> busy_businesses(const std::string& by);
  json ask_twice(const parsed_command& what, const request& wish);
  bool confirmed(const request& wish);

  trusted_handler api_;
  actors_door& door_;
  node_parts node_;
  std::mutex guard_;
  std::map<std::string, waiting_confirmation> confirmations_;
};

} // namespace ringmaster::net::console
