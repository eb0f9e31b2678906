// A webhook that the carrier is about to call, as a plain value, and how it went.
#pragma once

#include "actors/clock.hpp"
#include "net/http/url.hpp"
#include "net/simulated_carrier/call.hpp"

#include <string>

namespace ringmaster::net::sim {

enum class webhook_kind { status, answer, fallback, detection };
const char* to_string(webhook_kind k);

/// How a webhook is signed; all but the first are faults.
enum class signing { right, wrong_token, other_port, other_scheme, tampered, missing, replayed };

/// Time-outs and retries as the fragment of the URL asks for them: "#rc=5&rp=4xx,5xx".
struct webhook_policy {
  std::int32_t retries = 1;
  bool on_connect = true, on_read = false, on_4xx = false, on_5xx = false;
  milliseconds connect{5'000}, read{15'000}, total{15'000};
};
/// What can't be understood keeps its default, as the carrier does it.
webhook_policy policy_of(std::string_view fragment);

struct webhook {
  std::uint64_t call = 0; ///< id
  std::uint32_t phase = 0;
  webhook_kind kind = webhook_kind::status;
  webhook_target target;
  field_list fields;
  field_list signed_fields; ///< instead of `fields` under the signature, with tampered and replayed
  signing signature = signing::right;
  std::string token; ///< I-Twilio-Idempotency-Token
  std::int32_t sequence = -1;
  bool ignored = false; ///< an answer fetched for nothing: its document is not carried out
  bool broken = false;  ///< an answer that is taken for a failure whatever it is

  /// Its signature does not fit on purpose: a receiver must refuse it.
  bool forged() const;
};

struct webhook_outcome {
  std::int32_t status = 0; ///< HTTP; 0: no answer
  std::string content_type, body;
  std::int32_t attempts = 1;
  microseconds took{0}; ///< the last attempt
};

/// The URL without its fragment: what is called and signed.
std::string_view without_fragment(std::string_view url);
std::string_view fragment_of(std::string_view url);
/// Why this carrier does not call that URL, nullptr when it does: http or https, a loopback host,
/// no underscore in the host's name.
const char* why_not_callable(std::string_view url);

} // namespace ringmaster::net::sim
