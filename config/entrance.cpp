#include "config/entrance.hpp"

#include "config/file_limit.hpp"
#include "config/surroundings.hpp"
#include "net/api/routes.hpp"
#include "net/http/url.hpp"
#include "net/webhooks/webhook_endpoint.hpp"

#include <spdlog/spdlog.h>

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace ringmaster::config {

namespace {

using system_time = std::chrono::system_clock;

failure wrong_http(const std::string& sentence) {
  return {failure_kind::invalid, "bad_setting", sentence, {}};
}

std::string day_of(system_time::time_point at) {
  const auto seconds = system_time::to_time_t(at);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

} // namespace

entrance::entrance(http_settings settings, std::shared_ptr<spdlog::logger> log,
                   std::shared_ptr<counters> count)
    : settings_(std::move(settings)), log_(std::move(log)), count_(std::move(count)) {}

result<done> entrance::open() {
  for (const auto& network : settings_.trusted_proxies)
    if (!proxies_.add(network))
      return wrong_http("http.trusted_proxies: \"" + network +
                        "\" is neither an IP address nor a network such as 10.0.0.0/8");
  if (settings_.certificate_file.empty()) {
    if (!net::is_loopback_host(settings_.address))
      log_->warn("[Start] Plain HTTP on {}: keys can be read on their way. Set "
                 "http.certificate_file and http.key_file, or listen on 127.0.0.1 behind a proxy "
                 "that speaks TLS",
                 settings_.address);
    return done{};
  }
  identity_ = std::make_shared<net::tls_identity>();
  return read_certificate();
}

net::server_limits entrance::limits() const {
  net::server_limits limits;
  limits.connections = connections_within(raise_file_limit());
  limits.body_bytes = settings_.body_mb * 1024 * 1024;
  limits.body_limit_of = [most = limits.body_bytes](const net::http_request& head) {
    if (head.path().rfind("/webhook/", 0) == 0) return net::webhook_body_limit;
    return std::min(most, net::api::body_limit_of(head));
  };
  limits.proxies = proxies_;
  return limits;
}

void entrance::look() {
  if (!identity_) return;
  count_->tls_handshakes_failed = identity_->handshakes_failed.load();
  if (files_now() == seen_) return;
  if (auto read = read_certificate(); !read) {
    ++count_->certificates_refused;
    log_->error("[TLS] {}: the certificate before stays in use", read.error().message);
  } else {
    log_->info("[TLS] The certificate was read again: it is valid until {}",
               day_of(identity_->ends()));
  }
}

/// Another text when one of the files is another, or was written to.
std::string entrance::files_now() const {
  std::string seen;
  for (const auto& file : {settings_.certificate_file, settings_.key_file}) {
    struct stat about {};
    if (::stat(file.c_str(), &about) != 0) about = {};
    seen += std::to_string(about.st_ino) + " " + std::to_string(about.st_size) + " " +
            std::to_string(about.st_ctim.tv_sec) + "." + std::to_string(about.st_ctim.tv_nsec) +
            " ";
  }
  return seen;
}

result<done> entrance::read_certificate() {
  seen_ = files_now(); // before they are read: what comes later is seen as a change
  const auto problem = identity_->load(settings_.certificate_file, settings_.key_file);
  if (!problem.empty()) return wrong_http("http.certificate_file, http.key_file: " + problem);
  tell_about_certificate();
  return done{};
}

void entrance::tell_about_certificate() {
  const auto ends = identity_->ends();
  count_->certificate_ends_s = system_time::to_time_t(ends);
  const auto now = system_time::now();
  if (ends <= now)
    log_->error("[TLS] The certificate ended on {}: clients refuse it. Replace {}", day_of(ends),
                settings_.certificate_file);
  else if (identity_->begins() > now)
    log_->error("[TLS] The certificate is valid from {} on only: clients refuse it",
                day_of(identity_->begins()));
  struct stat about {};
  if (::stat(settings_.key_file.c_str(), &about) == 0 && (about.st_mode & S_IRWXO) != 0)
    log_->warn("[TLS] Everybody on this machine can reach {}: take that right away (chmod o=)",
               settings_.key_file);
}

std::string admin_key_problem(const settings& all, records& db) {
  if (!all.admin_key.empty()) return {};
  const auto keys = db.keys({}, 1'000, {});
  if (!keys) return {}; // whether there is one can't be told now
  const bool somebody = std::any_of(keys->items.begin(), keys->items.end(), [](const auto& key) {
    const bool ended = key.expires_at && *key.expires_at <= wall_clock();
    return key.role == key_role::admin && !key.revoked_at && !ended;
  });
  if (somebody) return {};
  return "There is no admin key, so no business can be made by the API: set RINGMASTER_ADMIN_KEY "
         "(such as from openssl rand -hex 32) and start again, or make one at the console: "
         "ringmaster shell -c \"keys create server admin NAME\"";
}

} // namespace ringmaster::config
