#include "net/http/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl.hpp>

namespace ringmaster::net {

namespace {

namespace ssl = boost::asio::ssl;

/// Tells the server which host we mean, and OpenSSL which name the certificate has to bear.
bool expect_host(SSL* handle, const std::string& host) {
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  if (!not_an_address)
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), host.c_str()) == 1;
  SSL_set_hostflags(handle, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set_tlsext_host_name(handle, host.c_str()) == 1 &&
         SSL_set1_host(handle, host.c_str()) == 1;
}

class tls_stream final : public client_stream {
public:
  tls_stream(boost::asio::io_context& context, ssl::context& tls, const std::string& host)
      : stream_(tcp_socket(context), tls), sound_(expect_host(stream_.native_handle(), host)) {}

  tcp_socket& socket() override { return stream_.next_layer(); }
  bool encrypted() const override { return true; }
  void handshake(std::function<void(const error_code&)> done) override {
    if (!sound_) return done(boost::asio::error::invalid_argument);
    stream_.async_handshake(ssl::stream_base::client, std::move(done));
  }
  void write_some(boost::asio::const_buffer bytes, transfer_fn done) override {
    stream_.async_write_some(bytes, std::move(done));
  }
  void read_some(boost::asio::mutable_buffer bytes, transfer_fn done) override {
    stream_.async_read_some(bytes, std::move(done));
  }

private:
  ssl::stream<tcp_socket> stream_;
  bool sound_; ///< the host is set; without it nothing may be trusted
};

} // namespace

struct tls_client::impl {
  std::string host;
  ssl::context tls{ssl::context::tls_client};
};

tls_client::tls_client(std::string host) : impl_(std::make_unique<impl>()) {
  impl_->host = std::move(host);
  impl_->tls.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                         ssl::context::no_tlsv1_1);
  impl_->tls.set_verify_mode(ssl::verify_peer);
  impl_->tls.set_default_verify_paths();
}

tls_client::~tls_client() = default;

std::unique_ptr<client_stream> tls_client::make_stream(boost::asio::io_context& context) {
  return std::make_unique<tls_stream>(context, impl_->tls, impl_->host);
}

} // namespace ringmaster::net
