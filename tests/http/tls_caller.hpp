// A client that speaks TLS to a server under test, as well or as badly as wanted.
#pragma once

#include "tests/http/test_authority.hpp"
#include "tests/support/http_probe.hpp"

#include <csignal>
#include <string>
#include <string_view>

namespace ringmaster::net {

class tls_caller {
public:
  explicit tls_caller(std::uint16_t port, int lowest = TLS1_2_VERSION, int highest = TLS1_3_VERSION)
      : connection_(port), context_(SSL_CTX_new(TLS_client_method())) {
    std::signal(SIGPIPE, SIG_IGN);                 // OpenSSL's sockets don't spare us
    SSL_CTX_set_security_level(context_.get(), 0); // else OpenSSL offers nothing old by itself
    SSL_CTX_set_min_proto_version(context_.get(), lowest);
    SSL_CTX_set_max_proto_version(context_.get(), highest);
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), connection_.socket());
  }

  bool shake_hands() { return SSL_connect(tls_.get()) == 1; }
  SSL* handle() { return tls_.get(); }
  std::string version() const { return SSL_get_version(tls_.get()); }

  bool send(std::string_view bytes) {
    return SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }
  /// At most so much; empty at the end.
  std::string read_some() {
    char buffer[65536];
    const int size = SSL_read(tls_.get(), buffer, sizeof buffer);
    return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string();
  }
  std::string read_to_end() {
    std::string all;
    for (auto part = read_some(); !part.empty(); part = read_some())
      all += part;
    return all;
  }
  /// Whether the server said that it has ended, after read_to_end().
  bool was_told_the_end() const {
    return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }

private:
  probe::raw_connection connection_;
  tls_context_ptr context_;
  tls_ptr tls_;
};

} // namespace ringmaster::net
