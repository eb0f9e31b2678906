// The webhook endpoint on a real socket, with a small actor where the switchboard would stand.
#pragma once

#include "net/http/server.hpp"
#include "net/http/url.hpp"
#include "net/webhooks/webhook_endpoint.hpp"
#include "tests/twilio/raw_http.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

namespace ringmaster::tests {

/// What the actor was asked, and what it is to answer; nothing: it never answers.
struct switchboard_script {
  std::mutex mutex;
  std::vector<call_event> events;
  std::vector<script_query> queries;
  caf::optional<event_answer> event_reply = event_answer{event_result::committed};
  caf::optional<script_answer> script_reply = script_answer{};
  std::vector<caf::typed_response_promise<event_answer>> unanswered;
  bool keep_promises = true; ///< else what is not answered is dropped

  std::vector<call_event> seen_events();
};

// Forms, changed.
net::field_list without(net::field_list form, const std::string& name);
net::field_list with(net::field_list form, const std::string& name, const std::string& value);
net::field_list replaced(const net::field_list& form, const std::string& name,
                         const std::string& value);
/// The switchboard's answer for a lead with a first name in Hebrew.
script_answer saying(const std::string& script);

class webhook_world {
public:
  explicit webhook_world(net::webhook_config config = default_config());
  ~webhook_world();

  static net::webhook_config default_config();
  static std::string query(); ///< of attempt: business 3, job 40
  static std::string status_target();
  static std::string answer_target();
  static net::field_list status_form(const std::string& status);

  raw_answer post(const std::string& target, const net::field_list& form,
                  const std::string& signature,
                  const std::string& type = "application/x-www-form-urlencoded");
  /// A form as the carrier would send it.
  raw_answer post_signed(const std::string& target, const net::field_list& form);
  raw_answer send(const std::string& method, const std::string& target,
                  const net::header_list& headers, const std::string& body);
  std::string sign(const std::string& target, const net::field_list& form) const;
  /// Ends the actor that stands for the switchboard.
  void stop_switchboard();
  std::string logged() const { return log_text_.str(); } ///< read it when nothing is in flight

  std::shared_ptr<switchboard_script> board = std::make_shared<switchboard_script>();
  std::shared_ptr<counters> count = std::make_shared<counters>();

private:
  net::webhook_config config_;
  std::ostringstream log_text_;
  std::unique_ptr<caf::actor_system_config> system_config_;
  std::unique_ptr<caf::actor_system> system_;
  switchboard_actor switchboard_;
  std::unique_ptr<net::http_server> server_;
};

inline const std::string status_target = webhook_world::status_target();
inline const std::string answer_target = webhook_world::answer_target();

} // namespace ringmaster::tests
