// The server's entrance: what it lets in, whose word it takes for where a request comes from, and
// its certificate.
#pragma once

#include "actors/counters.hpp"
#include "actors/failure.hpp"
#include "actors/records.hpp"
#include "config/settings.hpp"
#include "net/http/server.hpp"
#include "net/http/tls_server.hpp"

#include <array>
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace ringmaster::config {

class entrance {
public:
  entrance(http_settings settings, std::shared_ptr<spdlog::logger> log,
           std::shared_ptr<counters> count);

  /// Reads the certificate and its key, if there are any. Says what is wrong with the settings.
  result<done> open();
  /// All but who is admitted.
  net::server_limits limits() const;
  /// Null: plain HTTP.
  std::shared_ptr<net::tls_identity> identity() const { return identity_; }
  std::string scheme() const { return identity_ ? "https" : "http"; }

  /// To be called now and then: a certificate that was replaced is taken up, one that is no good is
  /// told, and the one before stays.
  void look();

private:
  std::string files_now() const;
  result<done> read_certificate();
  void tell_about_certificate();

  const http_settings settings_;
  const std::shared_ptr<spdlog::logger> log_;
  const std::shared_ptr<counters> count_;
  std::shared_ptr<net::tls_identity> identity_;
  net::trusted_proxies proxies_;
  std::string seen_; ///< of the files, when they were read last
};

/// What to do where nobody has an admin's key; empty: somebody has.
std::string admin_key_problem(const settings& all, records& db);

} // namespace ringmaster::config
