// All settings of a server: defaults, reading (file, then environment, then command line),
// checking. config/ringmaster.json holds every key with its default; this struct says what each
// means.
#pragma once

#include "actors/carrier.hpp"
#include "actors/failure.hpp"
#include "actors/look_queue.hpp"
#include "actors/services.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ringmaster::config {

struct http_settings {
  std::string address = "127.0.0.1"; ///< to listen on; right as it is behind a proxy
  std::uint16_t port = 8080;
  int threads = 1;
  std::size_t body_mb = 64; ///< the largest request body (a CSV of leads)
  /// PEM; with both the server speaks TLS itself, and nothing else. Read again when they change.
  std::string certificate_file, key_file;
  /// Addresses and networks whose X-Forwarded-For is believed.
  std::vector<std::string> trusted_proxies;
};

struct database_settings {
  std::string url; ///< postgresql://user:password@host:port/name; empty: none given
  /// Writing connections; 0: one for every two processors. Fewer share each commit among more
  /// calls, which is what a small machine gains by; more overlap the waits for a far or slow disk.
  int stores = 0;
  int bulk_stores = 1;          ///< connections for jobs made and cancelled in pages
  bool allow_fsync_off = false; ///< tests only: without fsync a power cut loses commits
};

struct carrier_account {
  std::string base_url = "https://api.twilio.com";
  std::string account_sid, auth_token;
  std::string previous_auth_token; ///< callbacks signed with it are accepted too (rotation)
  std::string api_key_sid, api_key_secret;
  std::optional<double> calls_per_second; ///< none: 1, and no limit for a loopback carrier
  double burst = 1;
  /// Calls permitted whose create request is not answered yet. For about half of that time a call
  /// is being claimed in the database: so many more than there are connections.
  int window = 256;
  int connections = 128;
  milliseconds connect_time{5'000};
  milliseconds answer_time{15'000};
  /// Reports of a call's way that are asked for besides its end. Each costs a signed request;
  /// without "answered" a call shows as dialing until it has ended.
  std::vector<std::string> progress{"initiated", "ringing", "answered"};
};

struct log_settings {
  std::string file = "logs/app.log"; ///< empty: none
  std::string level = "info";        ///< debug, info, warn, error
  bool json = false;                 ///< JSON lines on standard output instead of text
  int file_mb = 50;                  ///< a larger file is rotated
  int files = 5;                     ///< how many are kept
};

struct console_settings {
  std::string socket = "var/ringmaster.sock"; ///< of `ringmaster shell`; empty: there is none
};

/// Of this node, in memory; webhooks and the console are not limited, nor is the admin_key.
struct limit_settings {
  double requests_per_second = 100; ///< of one key, in the long run; 0: no limit
  int burst = 500;                  ///< at once, after a quiet time
  int keys_at_full_rate = 4;        ///< a business's keys together may ask like so many
  /// Keys from one address that have not proven right here within the hour; 0: no limit. Behind a
  /// proxy that isn't trusted all addresses are one: keys in use are not held up by others' tries.
  int wrong_keys_per_minute = 60;
};

struct settings {
  std::string public_host; ///< a host name (https) or a whole base URL; empty: not set
  std::string admin_key;   ///< empty: only keys in the database
  http_settings http;
  database_settings database;
  carrier_account carrier;
  dialing_settings dialing;
  looking_settings looking; ///< "reconciler"; its last two come from others
  look_pace look_limits;
  log_settings log;
  console_settings console;
  limit_settings limits;
};

/// How many writing connections that makes here.
int store_count(const database_settings& from);

/// Reads one environment variable; nothing when it isn't set.
using environment = std::function<std::optional<std::string>(const char* name)>;

/// The defaults, changed by the file (empty: no file), changed by the environment. What is wrong is
/// told with the key's name and what would be right.
result<settings> read_settings(const std::string& file, const environment& env);
/// The same from a file's text; `origin` names it in messages.
result<settings> parse_settings(const std::string& text, const std::string& origin);

} // namespace ringmaster::config
