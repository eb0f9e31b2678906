#include "config/settings.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

namespace ringmaster::config {

namespace {

using nlohmann::json;

/// One object of the file: each key is asked for once; what was never asked for is unknown.
class section {
public:
  section(const json& object, std::string path, std::string& problem)
      : object_(object), path_(std::move(path)), problem_(problem) {
    if (!object_.is_object()) complain("", "must be an object");
  }
  section(const section&) = delete;
  section& operator=(const section&) = delete;

  void text(const char* key, std::string& value) {
    if (auto* found = ask(key)) {
      if (!found->is_string()) return complain(key, "must be a text");
      value = found->get<std::string>();
    }
  }
  void flag(const char* key, bool& value) {
    if (auto* found = ask(key)) {
      if (!found->is_boolean()) return complain(key, "must be true or false");
      value = found->get<bool>();
    }
  }
  template <class Int>
  void whole(const char* key, Int& value, std::int64_t least, std::int64_t most) {
    if (auto* found = ask(key)) {
      if (!found->is_number_integer() || found->get<double>() < static_cast<double>(least) ||
          found->get<double>() > static_cast<double>(most))
        return complain(key, "must be a whole number from " + std::to_string(least) + " to " +
                                 std::to_string(most));
      value = static_cast<Int>(found->get<std::int64_t>());
    }
  }
  template <class Duration>
  void time(const char* key, Duration& value, std::int64_t least, std::int64_t most) {
    auto count = static_cast<std::int64_t>(value.count());
    whole(key, count, least, most);
    value = Duration{count};
  }
  void some_of(const char* key, std::vector<std::string>& value,
               const std::vector<std::string>& possible) {
    auto* found = ask(key);
    if (found == nullptr) return;
    std::vector<std::string> chosen;
    bool fits = found->is_array();
    if (fits)
      for (const auto& each : *found) {
        fits = fits && each.is_string() &&
               std::find(possible.begin(), possible.end(), each.get<std::string>()) !=
                   possible.end() &&
               std::find(chosen.begin(), chosen.end(), each.get<std::string>()) == chosen.end();
        if (fits) chosen.push_back(each.get<std::string>());
      }
    if (!fits) {
      std::string names;
      for (const auto& each : possible)
        names += (names.empty() ? "" : ", ") + each;
      return complain(key, "must be a list of any of " + names + ", each once");
    }
    value = chosen;
  }
  void texts(const char* key, std::vector<std::string>& value) {
    auto* found = ask(key);
    if (found == nullptr) return;
    const bool fits = found->is_array() && std::all_of(found->begin(), found->end(),
                                                       [](auto& each) { return each.is_string(); });
    if (!fits) return complain(key, "must be a list of texts");
    value = found->get<std::vector<std::string>>();
  }
  void number(const char* key, double& value, double least, double most) {
    if (auto* found = ask(key)) {
      if (!found->is_number() || found->get<double>() < least || found->get<double>() > most)
        return complain(key, "must be a number from " + plain(least) + " to " + plain(most));
      value = found->get<double>();
    }
  }
  void number_or_null(const char* key, std::optional<double>& value, double least, double most) {
    auto found = object_.is_object() ? object_.find(key) : object_.end();
    if (object_.is_object() && found != object_.end() && found->is_null()) {
      known_.insert(key);
      value.reset();
      return;
    }
    double number_value = value.value_or(least);
    bool named = object_.is_object() && object_.contains(key);
    number(key, number_value, least, most);
    if (named) value = number_value;
  }
  template <class Duration>
  void time_or_null(const char* key, std::optional<Duration>& value, std::int64_t least,
                    std::int64_t most) {
    auto* found = ask(key);
    if (found == nullptr) return;
    if (found->is_null()) return value.reset();
    auto set = value.value_or(Duration{least});
    time(key, set, least, most);
    value = set;
  }
  void choice(const char* key, std::string& value, const std::set<std::string>& choices) {
    text(key, value);
    if (choices.count(value) > 0) return;
    std::string all;
    for (const auto& one : choices)
      all += (all.empty() ? "" : ", ") + one;
    complain(key, "must be one of " + all);
  }
  /// Goes into an object below this one.
  template <class Read>
  void inner(const char* key, Read read) {
    if (auto* found = ask(key)) {
      section below(*found, path_ + key + ".", problem_);
      read(below);
      below.no_others();
    }
  }
  void no_others() {
    if (!object_.is_object()) return;
    for (const auto& [key, value] : object_.items())
      if (known_.count(key) == 0 && problem_.empty())
        problem_ = "unknown key " + path_ + key +
                   "; config/ringmaster.json as it is shipped holds every key there is";
  }

  void complain(const std::string& key, const std::string& what) {
    if (!problem_.empty()) return;
    auto name = path_ + key;
    if (key.empty()) name = path_.empty() ? "the whole" : path_.substr(0, path_.size() - 1);
    problem_ = name + " " + what;
  }

private:
  const json* ask(const char* key) {
    known_.insert(key);
    if (!object_.is_object()) return nullptr;
    auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }
  static std::string plain(double value) {
    std::ostringstream out;
    out << value;
    return out.str();
  }

  const json& object_;
  std::string path_;
  std::string& problem_;
  std::set<std::string> known_;
};

void read_http(section& in, http_settings& out) {
  in.text("address", out.address);
  in.whole("port", out.port, 0, 65535);
  in.whole("threads", out.threads, 1, 16);
  in.whole("body_mb", out.body_mb, 1, 1024);
  in.text("certificate_file", out.certificate_file);
  in.text("key_file", out.key_file);
  in.texts("trusted_proxies", out.trusted_proxies);
  if (out.certificate_file.empty() != out.key_file.empty())
    in.complain(out.key_file.empty() ? "key_file" : "certificate_file",
                "is missing: a certificate and its key go together");
}

void read_database(section& in, database_settings& out) {
  in.text("url", out.url);
  in.whole("stores", out.stores, 0, 16);
  in.whole("bulk_stores", out.bulk_stores, 1, 8);
  in.flag("allow_fsync_off", out.allow_fsync_off);
}

void read_carrier(section& in, carrier_account& out) {
  in.text("base_url", out.base_url);
  in.text("account_sid", out.account_sid);
  in.text("auth_token", out.auth_token);
  in.text("previous_auth_token", out.previous_auth_token);
  in.text("api_key_sid", out.api_key_sid);
  in.text("api_key_secret", out.api_key_secret);
  in.number_or_null("calls_per_second", out.calls_per_second, 0, 100'000);
  in.number("burst", out.burst, 1, 10'000);
  in.whole("window", out.window, 1, 10'000);
  in.whole("connections", out.connections, 1, 1'000);
  in.time("connect_time_ms", out.connect_time, 100, 60'000);
  in.time("answer_time_ms", out.answer_time, 100, 120'000);
  in.some_of("progress", out.progress, {"initiated", "ringing", "answered"});
}

void read_dialing(section& in, dialing_settings& out) {
  in.time("send_deadline_s", out.send_deadline, 1, 60);
  in.time("store_patience_s", out.store_patience, 1, 600);
  in.time("bulk_patience_s", out.bulk_patience, 1, 3'600);
  in.time("direct_patience_s", out.direct_patience, 1, 60);
  in.time("idle_after_s", out.idle_after, 1, 86'400);
  in.whole("page_jobs", out.page_jobs, 4, 1'000);
  in.whole("bulk_page", out.bulk_page, 100, 100'000);
}

void read_reconciler(section& in, settings& out) {
  in.number("requests_per_second", out.look_limits.per_second, 0.1, 10'000);
  in.whole("requests_at_once", out.look_limits.at_once, 1, 1'000);
  in.whole("list_from", out.look_limits.list_from, 0, 1'000'000);
  auto& rules = out.looking;
  in.time("grace_s", rules.grace, 2, 3'600);
  in.time("skew_s", rules.skew, 1, 3'599);
  in.time("ring_margin_s", rules.ring_margin, 1, 3'600);
  in.time("talk_poll_s", rules.talk_poll, 1, 3'600);
  in.time("first_pause_ms", rules.first_pause, 50, 60'000);
  in.time("longest_pause_ms", rules.longest_pause, 50, 600'000);
  in.time_or_null("gone_after_s", rules.gone_after, 10, 30 * 86'400);
  // A call of the attempt before must not pass for one of the attempt after it.
  if (rules.skew >= rules.grace) in.complain("skew_s", "must be less than grace_s");
  if (rules.longest_pause < rules.first_pause)
    in.complain("longest_pause_ms", "must be at least first_pause_ms");
}

void read_limits(section& in, limit_settings& out) {
  in.number("requests_per_second", out.requests_per_second, 0, 100'000);
  in.whole("burst", out.burst, 1, 1'000'000);
  in.whole("keys_at_full_rate", out.keys_at_full_rate, 1, 1'000);
  in.whole("wrong_keys_per_minute", out.wrong_keys_per_minute, 0, 1'000'000);
}

void read_log(section& in, log_settings& out) {
  in.text("file", out.file);
  in.choice("level", out.level, {"debug", "info", "warn", "error"});
  in.flag("json", out.json);
  in.whole("file_mb", out.file_mb, 1, 10'000);
  in.whole("files", out.files, 1, 1'000);
}

failure wrong(const std::string& message) {
  return {failure_kind::invalid, "bad_setting", message, {}};
}

result<done> apply_environment(settings& out, const environment& env) {
  auto take = [&](const char* name, std::string& value) {
    if (auto found = env(name); found && !found->empty()) value = *found;
  };
  take("DATABASE_URL", out.database.url);
  take("PUBLIC_HOST", out.public_host);
  take("TWILIO_ACCOUNT_SID", out.carrier.account_sid);
  take("TWILIO_AUTH_TOKEN", out.carrier.auth_token);
  take("TWILIO_API_BASE_URL", out.carrier.base_url);
  take("RINGMASTER_ADMIN_KEY", out.admin_key);
  std::string port;
  take("RINGMASTER_PORT", port);
  if (port.empty()) return done{};
  bool digits = port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoi(port) > 65535)
    return wrong("RINGMASTER_PORT must be a whole number from 0 to 65535, not \"" + port + "\"");
  out.http.port = static_cast<std::uint16_t>(std::stoi(port));
  return done{};
}

} // namespace

int store_count(const database_settings& from) {
  if (from.stores > 0) return from.stores;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 1, 8);
}

result<settings> parse_settings(const std::string& text, const std::string& origin) {
  json file;
  try {
    file = json::parse(text);
  } catch (const json::parse_error& e) {
    return wrong(origin + " is not valid JSON (at byte " + std::to_string(e.byte) + ")");
  }
  settings out;
  std::string problem;
  section all(file, "", problem);
  all.text("public_host", out.public_host);
  all.text("admin_key", out.admin_key);
  all.inner("http", [&](section& in) { read_http(in, out.http); });
  all.inner("database", [&](section& in) { read_database(in, out.database); });
  all.inner("carrier", [&](section& in) { read_carrier(in, out.carrier); });
  all.inner("dialing", [&](section& in) { read_dialing(in, out.dialing); });
  all.inner("reconciler", [&](section& in) { read_reconciler(in, out); });
  all.inner("log", [&](section& in) { read_log(in, out.log); });
  all.inner("console", [&](section& in) { in.text("socket", out.console.socket); });
  all.inner("limits", [&](section& in) { read_limits(in, out.limits); });
  all.no_others();
  if (!problem.empty()) return wrong(origin + ": " + problem);
  out.looking.send_deadline = out.dialing.send_deadline;
  out.looking.answer_time = out.carrier.connect_time + out.carrier.answer_time;
  return out;
}

result<settings> read_settings(const std::string& file, const environment& env) {
  settings out;
  if (!file.empty()) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return wrong("the settings file " + file + " can't be read");
    std::ostringstream text;
    text << in.rdbuf();
    auto parsed = parse_settings(text.str(), file);
    if (!parsed) return parsed;
    out = *parsed;
  }
  if (auto applied = apply_environment(out, env); !applied) return applied.error();
  return out;
}

} // namespace ringmaster::config
