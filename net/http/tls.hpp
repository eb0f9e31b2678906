// TLS for clients: the server's certificate must come from an authority of the system's store and
// name the host.
#pragma once

#include "net/http/client_stream.hpp"

#include <memory>
#include <string>

namespace ringmaster::net {

class tls_client {
public:
  /// `host`: a name or an IP address, as in the URL. Reads the system's certificates (or those that
  /// SSL_CERT_FILE and SSL_CERT_DIR name); throws system_error when OpenSSL can't be set up.
  explicit tls_client(std::string host);
  ~tls_client();

  std::unique_ptr<client_stream> make_stream(boost::asio::io_context& context);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace ringmaster::net
