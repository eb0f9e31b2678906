#include "net/http/tls_server.hpp"

#include <boost/asio/ssl.hpp>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <mutex>

namespace ringmaster::net {

namespace {

namespace ssl = boost::asio::ssl;

/// With forward secrecy and authenticated; TLS 1.3 has no others.
const char* const ciphers_of_tls_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";

class session_over_tls final : public tls_session {
public:
  session_over_tls(tcp_socket& socket, ssl::context& tls) : stream_(socket, tls) {}

  void handshake(std::function<void(const error_code&)> done) override {
    stream_.async_handshake(ssl::stream_base::server, std::move(done));
  }
  void read_some(boost::asio::mutable_buffer bytes, transfer_fn done) override {
    stream_.async_read_some(bytes, std::move(done));
  }
  void write_some(const std::array<boost::asio::const_buffer, 3>& bytes,
                  transfer_fn done) override {
    stream_.async_write_some(bytes, std::move(done));
  }
  void say_end(std::function<void(const error_code&)> done) override {
    SSL_set_shutdown(stream_.native_handle(), SSL_RECEIVED_SHUTDOWN);
    stream_.async_shutdown(std::move(done));
  }

private:
  ssl::stream<tcp_socket&> stream_;
};

/// Empty: the file can be read.
std::string why_unreadable(const std::string& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  char first = 0;
  if (in && in.get(first)) return "";
  if (errno != 0) return std::string(" can't be read: ") + std::strerror(errno);
  return " is empty";
}

bool is_mismatch(const boost::system::error_code& error) {
  const auto number = static_cast<unsigned long>(error.value());
  return ERR_GET_LIB(number) == ERR_LIB_X509 &&
         (ERR_GET_REASON(number) == X509_R_KEY_VALUES_MISMATCH ||
          ERR_GET_REASON(number) == X509_R_KEY_TYPE_MISMATCH);
}

int no_passphrase(char*, int, int, void*) {
  return 0; // else OpenSSL would ask for it at the terminal
}

/// HTTP/1.1 is all there is; a client that offers other protocols only is served as if it had
/// offered none.
int choose_http_1_1(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  static const unsigned char ours[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, ours, sizeof ours - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

void be_strict(ssl::context& tls) {
  auto* handle = tls.native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  SSL_CTX_set_options(handle, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_cipher_list(handle, ciphers_of_tls_1_2);
  SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF); // tickets are enough
  SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(handle, no_passphrase);
  SSL_CTX_set_alpn_select_cb(handle, choose_http_1_1, nullptr);
}

tls_identity::time time_of(const ASN1_TIME* at) {
  std::tm parts{};
  if (at == nullptr || ASN1_TIME_to_tm(at, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

struct outcome {
  std::shared_ptr<ssl::context> tls;
  std::string problem;
};

outcome read_files(const std::string& certificate_file, const std::string& key_file) {
  for (const auto& file : {certificate_file, key_file})
    if (const auto why = why_unreadable(file); !why.empty()) return {nullptr, file + why};
  auto tls = std::make_shared<ssl::context>(ssl::context::tls_server);
  be_strict(*tls);
  boost::system::error_code error;
  tls->use_certificate_chain_file(certificate_file, error);
  if (error)
    return {nullptr, certificate_file + " holds no certificate (PEM) that can be used (" +
                         error.message() + ")"};
  tls->use_private_key_file(key_file, ssl::context::pem, error);
  const auto mismatch =
      "the key in " + key_file + " does not belong to the certificate in " + certificate_file;
  if (is_mismatch(error)) return {nullptr, mismatch};
  if (error)
    return {nullptr, key_file +
                         " holds no private key (PEM, without a passphrase) that can be "
                         "used (" +
                         error.message() + ")"};
  // Of another kind than the certificate's.
  if (SSL_CTX_check_private_key(tls->native_handle()) != 1) return {nullptr, mismatch};
  return {tls, ""};
}

} // namespace

struct tls_identity::impl {
  mutable std::mutex lock;
  std::shared_ptr<ssl::context> tls;
  time begins, ends;
};

tls_identity::tls_identity() : impl_(std::make_unique<impl>()) {}

tls_identity::~tls_identity() = default;

std::string tls_identity::load(const std::string& certificate_file, const std::string& key_file) {
  auto read = read_files(certificate_file, key_file);
  if (!read.tls) return read.problem;
  const auto* certificate = SSL_CTX_get0_certificate(read.tls->native_handle());
  std::lock_guard guard(impl_->lock);
  impl_->begins = time_of(X509_get0_notBefore(certificate));
  impl_->ends = time_of(X509_get0_notAfter(certificate));
  impl_->tls = std::move(read.tls); // a connection that is open goes on with the one before
  return "";
}

tls_identity::time tls_identity::begins() const {
  std::lock_guard guard(impl_->lock);
  return impl_->begins;
}

tls_identity::time tls_identity::ends() const {
  std::lock_guard guard(impl_->lock);
  return impl_->ends;
}

std::unique_ptr<tls_session> tls_identity::open(tcp_socket& socket) const {
  std::lock_guard guard(impl_->lock);
  return std::make_unique<session_over_tls>(socket, *impl_->tls);
}

} // namespace ringmaster::net
