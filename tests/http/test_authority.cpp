#include "tests/http/test_authority.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <unistd.h>

namespace ringmaster::net {

namespace {

void demand(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  auto extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  demand(extension && X509_add_ext(certificate, extension, -1) == 1, "extension");
  X509_EXTENSION_free(extension);
}

/// Signed by `issuer`, or by its own key when there is none.
credentials make(const certificate_wish& wish, bool authority, const credentials* issuer) {
  credentials out;
  out.key.reset(EVP_EC_gen("P-256"));
  out.certificate.reset(X509_new());
  demand(out.key && out.certificate, "key");
  auto certificate = out.certificate.get();
  static long serial = 1;
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wish.begins_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wish.ends_s);
  X509_set_pubkey(certificate, out.key.get());
  auto name = X509_get_subject_name(certificate);
  std::string common_name = (authority ? "authority " : "server ") + std::to_string(serial);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate,
                       issuer ? X509_get_subject_name(issuer->certificate.get()) : name);
  add_extension(certificate, NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!wish.names.empty()) add_extension(certificate, NID_subject_alt_name, wish.names);
  auto signer = issuer ? issuer->key.get() : out.key.get();
  demand(X509_sign(certificate, signer, EVP_sha256()) > 0, "signature");
  return out;
}

} // namespace

test_authority::test_authority() : own_(make({}, true, nullptr)) {
  file_ = std::filesystem::temp_directory_path() / "test_authority_XXXXXX";
  int descriptor = mkstemp(file_.data());
  demand(descriptor >= 0, "file");
  auto file = fdopen(descriptor, "w");
  demand(file && PEM_write_X509(file, own_.certificate.get()) == 1, "file");
  fclose(file);
  setenv("SSL_CERT_FILE", file_.c_str(), 1);
}

test_authority::~test_authority() {
  unsetenv("SSL_CERT_FILE");
  std::filesystem::remove(file_);
}

credentials test_authority::sign(const certificate_wish& wish) const {
  return make(wish, false, &own_);
}

credentials test_authority::self_signed(const certificate_wish& wish) {
  return make(wish, false, nullptr);
}

namespace {

std::string new_file(const char* name) {
  auto path = (std::filesystem::temp_directory_path() / name).string();
  const int descriptor = mkstemp(path.data());
  demand(descriptor >= 0, "file");
  close(descriptor);
  return path;
}

template <class Write>
void write_file(const std::string& path, Write write) {
  const auto beside = path + ".new";
  auto* file = fopen(beside.c_str(), "w");
  demand(file != nullptr && write(file) == 1, "file");
  fclose(file);
  std::filesystem::rename(beside, path);
}

} // namespace

credential_files::credential_files(const credentials& own)
    : certificate(new_file("certificate_XXXXXX")), key(new_file("key_XXXXXX")) {
  replace(own);
}

credential_files::~credential_files() {
  std::filesystem::remove(certificate);
  std::filesystem::remove(key);
}

void credential_files::replace(const credentials& own) const {
  write_file(certificate, [&](FILE* file) { return PEM_write_X509(file, own.certificate.get()); });
  write_file(key, [&](FILE* file) {
    return PEM_write_PrivateKey(file, own.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

tls_context_ptr server_side(const credentials& own) {
  tls_context_ptr out(SSL_CTX_new(TLS_server_method()));
  demand(out && SSL_CTX_use_certificate(out.get(), own.certificate.get()) == 1 &&
             SSL_CTX_use_PrivateKey(out.get(), own.key.get()) == 1,
         "server side");
  return out;
}

} // namespace ringmaster::net
