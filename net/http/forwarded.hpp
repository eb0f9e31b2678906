// Whom a request comes from when it came through a proxy. Only proxies that are named are believed:
// whoever else sends X-Forwarded-For says what they like.
#pragma once

#include "net/http/message.hpp"

#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

namespace ringmaster::net {

class trusted_proxies {
public:
  /// An address ("127.0.0.1", "::1") or a network ("10.0.0.0/8", "fd00::/8"); false: it is neither.
  bool add(const std::string& network);
  bool empty() const { return networks_.empty(); }
  bool trusts(const std::string& address) const;

  /// The address nearest to us, from `peer` on back along X-Forwarded-For, that is no trusted
  /// proxy's. Where the list can't be read it goes no further.
  std::string client_of(const std::string& peer, const header_list& headers) const;

private:
  struct network {
    boost::asio::ip::address first;
    unsigned bits = 0; ///< of the address that count
  };
  bool trusts(const boost::asio::ip::address& address) const;

  std::vector<network> networks_;
};

} // namespace ringmaster::net
