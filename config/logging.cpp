#include "config/logging.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <filesystem>

namespace ringmaster::config {

namespace {

/// What the busiest second brings while the writer is held up for a fifth of it. Each of them takes
/// 448 bytes from the start on, whether anything waits or not.
constexpr std::size_t waiting_records = 4'096;

/// Records that the console or the file did not take, such as a full disk.
std::atomic<std::uint64_t> unwritten{0};

/// Everything below a space but the tab, and DEL, as \xNN.
void append_on_one_line(std::string_view text, spdlog::memory_buf_t& out) {
  static constexpr char hex[] = "0123456789abcdef";
  for (unsigned char c : text) {
    if ((c < 0x20 && c != '\t') || c == 0x7f) {
      const char escaped[] = {'\\', 'x', hex[c >> 4], hex[c & 15]};
      out.append(escaped, escaped + sizeof escaped);
    } else {
      out.push_back(static_cast<char>(c));
    }
  }
}

std::string utc(const spdlog::details::log_msg& record, const char* form) {
  auto seconds = std::chrono::system_clock::to_time_t(record.time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  auto length = std::strftime(text, sizeof text, form, &parts);
  auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(record.time.time_since_epoch())
          .count() %
      1000;
  char whole[48];
  std::snprintf(whole, sizeof whole, "%.*s.%03dZ", static_cast<int>(length), text,
                static_cast<int>(millis));
  return whole;
}

class text_formatter : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& record, spdlog::memory_buf_t& out) override {
    append_on_one_line(utc(record, "%Y-%m-%d %H:%M:%S"), out);
    auto level = spdlog::level::to_string_view(record.level);
    out.push_back(' ');
    out.append(level.data(), level.data() + level.size());
    out.push_back(' ');
    append_on_one_line({record.payload.data(), record.payload.size()}, out);
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<text_formatter>();
  }
};

class json_formatter : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& record, spdlog::memory_buf_t& out) override {
    auto level = spdlog::level::to_string_view(record.level);
    nlohmann::json line{{"time", utc(record, "%Y-%m-%dT%H:%M:%S")},
                        {"level", std::string(level.data(), level.size())},
                        {"message", std::string(record.payload.data(), record.payload.size())}};
    auto text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    out.append(text.data(), text.data() + text.size());
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<json_formatter>();
  }
};

} // namespace

result<std::shared_ptr<spdlog::logger>> open_log(const log_settings& settings) {
  std::vector<spdlog::sink_ptr> sinks;
  auto console = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  if (settings.json)
    console->set_formatter(std::make_unique<json_formatter>());
  else
    console->set_formatter(std::make_unique<text_formatter>());
  sinks.push_back(console);
  if (!settings.file.empty()) {
    try {
      auto bytes = static_cast<std::size_t>(settings.file_mb) * 1024 * 1024;
      auto file = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          settings.file, bytes, static_cast<std::size_t>(settings.files));
      file->set_formatter(std::make_unique<text_formatter>());
      sinks.push_back(file);
    } catch (const spdlog::spdlog_ex& e) {
      return failure{failure_kind::invalid,
                     "bad_setting",
                     "log.file: " + settings.file + " can't be written (" + e.what() + ")",
                     {}};
    }
  }
  // A console or disk that is stuck must not hold up a call: the oldest records give way.
  spdlog::init_thread_pool(waiting_records, 1);
  auto log = std::make_shared<spdlog::async_logger>("ringmaster", sinks.begin(), sinks.end(),
                                                    spdlog::thread_pool(),
                                                    spdlog::async_overflow_policy::overrun_oldest);
  unwritten = 0;
  log->set_error_handler([](const std::string&) { ++unwritten; }); // told by tell_dropped()
  log->set_level(spdlog::level::from_str(settings.level));
  log->flush_on(spdlog::level::warn);
  spdlog::register_logger(log);
  spdlog::flush_every(std::chrono::seconds(1));
  return std::shared_ptr<spdlog::logger>(std::move(log));
}

std::uint64_t dropped_records() {
  const auto pool = spdlog::thread_pool();
  return unwritten + (pool ? pool->overrun_counter() : 0);
}

void tell_dropped(spdlog::logger& log, counters& count) {
  const auto dropped = dropped_records();
  const auto before = count.log_dropped.exchange(dropped);
  // One alone may be what was told here before, and would be told again for ever.
  if (dropped > before + (before > 0 ? 1 : 0))
    log.warn("[Log] {} records were dropped: the console or the disk of the log can't keep up, or "
             "is full",
             dropped - before);
}

void close_log() {
  spdlog::shutdown();
}

} // namespace ringmaster::config
