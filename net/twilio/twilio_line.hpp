// The line to Twilio, or to any carrier with Twilio's API: net::http_client spoken as the carrier
// contract wants it. Creates each call with exactly one request, whatever happens.
#pragma once

#include "actors/carrier_line.hpp"
#include "actors/clock.hpp"
#include "actors/failure.hpp"
#include "net/http/client.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ringmaster::net {

struct twilio_config {
  /// May carry the API's base path where it is not "/2010-04-01":
  /// "https://example.signalwire.com/api/laml/2010-04-01". Plain http only to a loopback address.
  std::string base_url = "https://api.twilio.com";
  std::string account_sid;
  std::string auth_token;
  /// Used for requests instead of the account's own credentials when both are set.
  std::string api_key_sid, api_key_secret;
  /// What is reported besides the end: each is a callback, a signed request to us.
  std::vector<std::string> progress = {"initiated", "ringing", "answered"};
  client_limits limits;
};

/// Where the carrier is to report on an attempt.
struct callback_urls {
  std::string answer, status;
};
using callback_url_source = std::function<callback_urls(const attempt_ref&)>;

/// create and withdraw are called by one thread at a time. Replies come on the line's own thread,
/// or at once when nothing can be sent; destroying the line answers what is in flight.
result<std::unique_ptr<carrier_line>> make_twilio_line(const twilio_config& config,
                                                       callback_url_source urls, time_source now);

} // namespace ringmaster::net
