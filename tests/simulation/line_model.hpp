// The line between one incarnation of the process and the carrier: every outcome that a request can
// have. What the process has handed over but not sent dies with it; what was sent goes on.
#pragma once

#include "tests/simulation/carrier_model.hpp"

#include <functional>
#include <map>
#include <set>
#include <utility>

namespace ringmaster::simulation {

/// What the observer wants to hear of the line.
struct line_watch {
  std::function<void(const place_call&)> asked;     ///< the process hands a request over
  std::function<void(const place_call&)> sent;      ///< its first byte has left
  std::function<void(const place_call&)> condemned; ///< refused for good: this job may fail
  std::function<bool(const place_call&)> was_given_up;
};

class line_model : public carrier_line {
public:
  line_model(stage& on, carrier_model& carrier, line_watch watch)
      : on_(on), carrier_(carrier), watch_(std::move(watch)) {}
  /// The process's clock.
  time_source now;

  void create(const place_call& call, std::function<void(create_reply)> reply) override;
  void withdraw(const std::vector<dial_token>& tokens, std::function<void()> done) override;
  void hang_up(const call_sid& sid, std::function<void(command_reply)> reply) override;
  void fetch(const call_sid& sid, std::function<void(fetch_reply)> reply) override;
  void list(const phone_number& from, const phone_number& to,
            std::function<void(list_reply)> reply) override;
  void list_page(carrier_status status, const std::string& page,
                 std::function<void(page_reply)> reply) override;

  /// The process is dead: nothing of it is sent any more, nobody hears an answer.
  void die();

private:
  using create_answer = std::function<void(create_reply)>;
  struct unsent_request {
    place_call call;
    create_answer reply;
  };

  void later(microseconds wait, std::function<void()> what);
  void send(const dial_token& token);
  void travel(const place_call& call, const create_answer& answer);
  void answer_unsent(const dial_token& token, const char* why);
  void expect_hang_up(const modelled_call& call);
  create_reply refusal(const place_call& call);

  stage& on_;
  carrier_model& carrier_;
  line_watch watch_;
  /// Shared with what is on its way back to the process.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::map<dial_token, unsent_request> unsent_;
  std::set<std::pair<phone_number, phone_number>> haunted_; ///< once each: from, to
};

} // namespace ringmaster::simulation
