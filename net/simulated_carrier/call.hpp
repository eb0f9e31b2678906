// A call as the simulated carrier knows it. This side shares no rule with the dialler that it
// judges.
#pragma once

#include "actors/clock.hpp"
#include "net/simulated_carrier/call_life.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringmaster::net::sim {

enum class call_status {
  queued,
  ringing,
  in_progress,
  completed,
  busy,
  no_answer,
  failed,
  canceled
};
/// The carrier's spelling: "in-progress".
std::string_view to_string(call_status s);
std::optional<call_status> call_status_from(std::string_view text);
bool has_ended(call_status s);

/// The events that a StatusCallback can subscribe to.
enum class callback_event : std::uint8_t { initiated, ringing, answered, completed };
std::string_view to_string(callback_event e);
std::optional<callback_event> callback_event_from(std::string_view text);

/// Where a webhook goes; an empty URL: nowhere.
struct webhook_target {
  std::string url; ///< as it was given, fragment included
  bool get = false;
};

enum class detection_kind { none, enable, message_end };

/// A create request that passed the rules.
struct call_request {
  std::string to, from;
  webhook_target answer, fallback;
  std::string twiml; ///< when `answer` is empty
  webhook_target status;
  std::uint8_t events =
      1u << static_cast<unsigned>(callback_event::completed); ///< a bit per callback_event
  bool events_unreadable = false; ///< 21626: the call is made, no callback comes
  seconds timeout{60};
  seconds time_limit{14'400};
  detection_kind detection = detection_kind::none;
  bool detection_async = false;
  webhook_target detection_result;

  /// What an ended call does not need any more.
  void forget_webhooks() {
    for (auto* t : {&answer, &fallback, &status})
      std::string{}.swap(t->url);
    std::string{}.swap(twiml);
  }
  bool wants(callback_event e) const { return (events >> static_cast<unsigned>(e) & 1u) != 0; }
};

/// One webhook as it went, for GET /_sim/calls/{sid}.
struct delivery {
  time_point at;
  const char* what;      ///< "status", "answer", "fallback", "amd"
  std::string status;    ///< CallStatus
  std::int32_t sequence; ///< -1: none
  std::int32_t answer;   ///< HTTP status; 0: none came
  std::int32_t attempts; ///< 1 and the retries
  bool forged;           ///< its signature was wrong on purpose
};

struct call {
  std::uint64_t id = 0; ///< in order of creation, from 1
  std::string sid;
  call_request request;
  call_life life;
  chance draws;

  call_status status = call_status::queued;
  time_point created, updated;
  std::optional<time_point> dialled, answered, ended;
  seconds duration{0};
  std::string answered_by; ///< empty: not detected
  milliseconds queue_time{0};
  std::int32_t error_code = 0;

  // What stale GETs tell.
  call_status former_status = call_status::queued;
  time_point hidden_from_get, hidden_from_list; ///< until then

  // How it goes on.
  std::uint32_t phase = 0; ///< timers of a former phase are void
  std::int32_t next_sequence = 0;
  std::uint32_t documents = 0; ///< fetched so far
  bool fallback_used = false;
  bool silent = false;      ///< silent_failure has struck: no more callbacks
  std::string document_url; ///< of the document that speaks now
  std::string redirect;     ///< where it goes on when the talk is over; empty: the end
  bool redirect_get = false;

  std::vector<std::string> documents_said; ///< each TwiML that was carried out, the first 16
  std::vector<delivery> deliveries;        ///< the first 64
};

} // namespace ringmaster::net::sim
