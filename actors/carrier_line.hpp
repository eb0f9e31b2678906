// The line to a carrier: what the carrier actor needs of the network, without saying how it is
// done. net/twilio implements it over HTTP; a simulation models it.
#pragma once

#include "actors/carrier_messages.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ringmaster {

/// How a request to the carrier went, before anybody judges it.
enum class line_result {
  answered, ///< a complete, readable answer with an HTTP status
  not_sent, ///< surely no byte of it left this process (withdrawn, deadline, no connection)
  unknown   ///< sent in part or whole, no usable answer
};

struct create_reply {
  line_result result = line_result::unknown;
  std::int32_t http_status = 0;
  call_sid sid;                ///< from a 2xx
  std::int32_t error_code = 0; ///< from an error body
  std::string message;
  std::optional<seconds> retry_after;
};

/// A call as the carrier tells it when asked.
struct carrier_call {
  call_sid sid;
  carrier_status status = carrier_status::queued;
  phone_number to, from;
  std::string direction; ///< "outbound-api" for ours
  std::optional<time_point> created_at, started_at, ended_at;
  std::int32_t duration_s = 0;
  std::string answered_by;
};

struct fetch_reply {
  line_result result = line_result::unknown;
  std::int32_t http_status = 0;
  std::optional<carrier_call> call;
};

struct list_reply {
  line_result result = line_result::unknown;
  std::int32_t http_status = 0;
  std::vector<carrier_call> calls; ///< all pages together
};

struct page_reply {
  line_result result = line_result::unknown;
  std::int32_t http_status = 0;
  std::vector<carrier_call> calls;
  std::string next; ///< the next page's name; empty: this was the last
};

struct command_reply {
  line_result result = line_result::unknown;
  std::int32_t http_status = 0;
  std::int32_t error_code = 0;
};

/// Each callback comes exactly once, on any thread. No method blocks.
class carrier_line {
public:
  virtual ~carrier_line() = default;

  /// Sends one create request, at most once, not after `call.send_before`.
  virtual void create(const place_call& call, std::function<void(create_reply)> reply) = 0;
  /// After `done`, none of these is sent any more; those caught unsent have been answered not_sent.
  virtual void withdraw(const std::vector<dial_token>& tokens, std::function<void()> done) = 0;
  virtual void hang_up(const call_sid& sid, std::function<void(command_reply)> reply) = 0;
  virtual void fetch(const call_sid& sid, std::function<void(fetch_reply)> reply) = 0;
  /// All calls from `from` to `to` that the carrier lists, following its pages (bounded).
  virtual void list(const phone_number& from, const phone_number& to,
                    std::function<void(list_reply)> reply) = 0;
  /// One page of the account's calls in that state, whoever made them. `page`: as the page before
  /// named it; empty: the first.
  virtual void list_page(carrier_status status, const std::string& page,
                         std::function<void(page_reply)> reply) = 0;
};

} // namespace ringmaster
