// A whole server in one process: the only place that knows everybody. Wires database, actors,
// carrier and HTTP together, and takes them apart again in order.
#pragma once

#include "config/settings.hpp"
#include "net/simulated_carrier/options.hpp"

#include <spdlog/logger.h>

#include <memory>
#include <optional>
#include <string>

namespace ringmaster::config {

struct server_options {
  settings all;
  /// Set: a simulated carrier runs inside this process, and takes the place of the account's.
  std::optional<net::carrier_options> simulated;
  std::uint16_t simulated_port = 0; ///< 0: a free one
};

class server {
public:
  server(server_options options, std::shared_ptr<spdlog::logger> log);
  ~server(); ///< drains

  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Checks everything and opens what can be opened without owning the database's businesses.
  result<done> open();
  /// Whether the database's businesses are ours. From open() on this is tried for without end.
  bool owns() const;
  /// Starts to serve and takes up all open work. Only with the ownership.
  result<done> serve();
  /// Whether something in it has come to an end that only a new start can mend.
  bool broken() const;
  /// Where it listens: "http://127.0.0.1:8080".
  std::string url() const;
  std::string carrier_url() const;

  /// To be called about once a second or more often: tells what the log had to drop.
  void watch();

  /// No new call starts, requests in flight finish, what was heard of calls is written, the
  /// ownership is given back; within seconds, whatever the database does. Live calls go on at the
  /// carrier.
  void drain();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace ringmaster::config
