// The carrier's webhooks: signed as Twilio signs them and brought to the process's real endpoint,
// lost, late, repeated, out of order and forged as the history has it, and tried again where the
// endpoint asks for that.
#pragma once

#include "net/http/message.hpp"
#include "net/webhooks/urls.hpp"
#include "tests/simulation/carrier_model.hpp"

namespace ringmaster::simulation {

class callbacks {
public:
  static constexpr const char* auth_token = "the auth token";
  static constexpr const char* account = "AC00000000000000000000000000000001";
  static constexpr const char* base_url = "https://ringmaster.example";

  callbacks(stage& on, carrier_model& carrier) : on_(on), carrier_(carrier) {}

  /// The process's endpoint; nothing while it is down.
  std::function<net::http_handler()> door;
  /// The process has acknowledged (2xx) that this call has ended.
  std::function<void(modelled_call&)> end_acknowledged;

  /// A call has changed: tells the process, as well as the network lets it.
  void announce(modelled_call& call);

private:
  struct letter {
    modelled_call* call = nullptr;
    net::webhook hook = net::webhook::status;
    carrier_status status = carrier_status::queued;
    std::int32_t sequence = 0;
    attempt_ref attempt; ///< as the URL names it
    bool forged = false; ///< badly signed
    int tries_left = 6;
  };

  void post(const letter& mail, microseconds wait);
  void deliver(const letter& mail);
  void expect_hang_up(const modelled_call& call);
  void judge(const letter& mail, int http_status, const std::string& body);
  void forge(const letter& real);
  net::http_request request_of(const letter& mail) const;

  stage& on_;
  carrier_model& carrier_;
};

} // namespace ringmaster::simulation
