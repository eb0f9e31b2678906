// Certificates made for one test: an authority, and servers' certificates signed by it or by
// themselves.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace ringmaster::net {

struct key_deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, key_deleter>;
using certificate_ptr = std::unique_ptr<X509, key_deleter>;
using tls_context_ptr = std::unique_ptr<SSL_CTX, key_deleter>;
using tls_ptr = std::unique_ptr<SSL, key_deleter>;

struct credentials {
  key_ptr key;
  certificate_ptr certificate;
};

/// What a server's certificate says. Names as OpenSSL writes them: "DNS:a.example,IP:127.0.0.1".
struct certificate_wish {
  std::string names;
  long begins_s = -3600; ///< from now
  long ends_s = 3600;
};

class test_authority {
public:
  /// While this lives, clients made in this process trust it alone: SSL_CERT_FILE names its file.
  test_authority();
  ~test_authority();

  credentials sign(const certificate_wish& wish) const;
  static credentials self_signed(const certificate_wish& wish);

private:
  credentials own_;
  std::string file_;
};

/// A server's side that shows this certificate.
tls_context_ptr server_side(const credentials& own);

/// A certificate and its key as files (PEM), which are removed with it.
class credential_files {
public:
  explicit credential_files(const credentials& own);
  ~credential_files();
  credential_files(const credential_files&) = delete;
  credential_files& operator=(const credential_files&) = delete;

  /// Puts another certificate and key in their place.
  void replace(const credentials& own) const;

  std::string certificate, key;
};

} // namespace ringmaster::net
