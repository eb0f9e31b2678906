// Which callbacks an event of a call brings, when and in what shape: the form fields, and all
// faults that concern callbacks. Pure.
#pragma once

#include "net/simulated_carrier/faults.hpp"
#include "net/simulated_carrier/webhook.hpp"

#include <vector>

namespace ringmaster::net::sim {

struct planned_webhook {
  time_point at;
  webhook what;
};

class callback_plan {
public:
  callback_plan(std::string account_sid, const fault_settings& faults)
      : account_sid_(std::move(account_sid)), faults_(faults) {}

  /// The callbacks of `event`; counts up the call's sequence.
  void on_event(call& c, callback_event event, time_point now,
                std::vector<planned_webhook>& out) const;
  /// The result of an asynchronous answering machine detection.
  void on_detection(const call& c, time_point now, std::vector<planned_webhook>& out) const;
  /// The fetch of a document from `target`; `error` is told to a fallback, 0: none.
  webhook fetch(const call& c, webhook_kind kind, const webhook_target& target, std::int32_t error,
                const std::string& error_url) const;

private:
  field_list base_fields(const call& c, std::string_view status) const;
  webhook status_callback(const call& c, callback_event event, std::string_view status,
                          std::int32_t sequence, time_point now) const;
  bool wanted(const call& c, callback_event event) const;
  void add_genuine(call& c, callback_event event, time_point now,
                   std::vector<planned_webhook>& out) const;
  bool may_come_again() const;
  void add_duplicates(const call& c, const planned_webhook& genuine, std::uint64_t round,
                      std::vector<planned_webhook>& out) const;
  void add_strangers(const call& c, const planned_webhook& genuine, std::uint64_t round,
                     std::vector<planned_webhook>& out) const;
  void add_conflict(call& c, const planned_webhook& genuine,
                    std::vector<planned_webhook>& out) const;
  void add_forged(const call& c, callback_event event, time_point now,
                  std::vector<planned_webhook>& out) const;

  std::string account_sid_;
  const fault_settings& faults_;
};

} // namespace ringmaster::net::sim
