#include "config/commands.hpp"

#include "config/logging.hpp"
#include "db/migrations.hpp"
#include "net/console/shell.hpp"
#include "net/simulated_carrier/simulated_carrier.hpp"

#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <unistd.h>

namespace ringmaster::config {

namespace {

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

int failed(const std::string& sentence) {
  std::fprintf(stderr, "ringmaster: %s\n", sentence.c_str());
  return 1;
}

/// SIGTERM and SIGINT, taken synchronously by the main thread. To be made before any other thread,
/// so that all inherit the blocked signals.
class end_signals {
public:
  end_signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  /// Whether one came within that time.
  bool wait(milliseconds patience) const {
    timespec limit{};
    limit.tv_sec = patience.count() / 1000;
    limit.tv_nsec = patience.count() % 1000 * 1'000'000;
    return sigtimedwait(&set_, nullptr, &limit) > 0;
  }
  void wait() const {
    int which = 0;
    sigwait(&set_, &which);
  }
  /// From now on the next signal ends the process at once.
  void end_at_once() const {
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
  }

private:
  sigset_t set_{};
};

int serve_until_signal(server& one, const end_signals& signals, spdlog::logger& log) {
  if (auto opened = one.open(); !opened) return failed(opened.error().message);
  while (!one.owns())
    if (signals.wait(milliseconds{50})) return 0;
  if (auto serving = one.serve(); !serving) return failed(serving.error().message);
  log.info("[Start] listening on {} carrier {}", one.url(), one.carrier_url());
  std::printf("listening on %s\n", one.url().c_str());
  std::fflush(stdout);
  while (!one.broken() && !signals.wait(milliseconds{250}))
    one.watch();
  signals.end_at_once();
  log.info("[Stop] Draining: no new call starts");
  one.drain();
  log.info("[Stop] Done");
  return one.broken() ? 1 : 0;
}

} // namespace

int serve(const serve_command& command) {
  end_signals signals;
  auto all = read_settings(command.file, process_environment);
  if (!all) return failed(all.error().message);
  server_options options;
  options.all = *all;
  if (command.carrier == "simulated") options.simulated = command.simulated;
  options.simulated_port = command.carrier_port;
  auto log = open_log(options.all.log);
  if (!log) return failed(log.error().message);
  int code = 1;
  {
    server one(options, *log);
    code = serve_until_signal(one, signals, **log);
  }
  *log = nullptr;
  close_log();
  return code;
}

int run_carrier(const carrier_command& command) {
  end_signals signals;
  net::simulated_carrier carrier(command.options);
  auto problem = carrier.start(command.port);
  if (!problem.empty()) return failed(problem);
  std::printf("simulated carrier on %s account_sid=%s\n", carrier.base_url().c_str(),
              command.options.account_sid.c_str());
  std::fflush(stdout);
  signals.wait();
  carrier.stop();
  return 0;
}

int shell(const shell_command& command) {
  net::console::shell_options options;
  options.socket = command.socket;
  if (options.socket.empty()) {
    auto all = read_settings(command.file, process_environment);
    if (!all) return failed(all.error().message);
    options.socket = all->console.socket;
  }
  options.command = command.command;
  options.has_command = command.has_command;
  options.as_json = command.as_json;
  options.yes = command.yes;
  options.version = RINGMASTER_VERSION;
  return net::console::run_shell(options);
}

int migrate(const std::string& settings_file) {
  auto all = read_settings(settings_file, process_environment);
  if (!all) return failed(all.error().message);
  if (all->database.url.empty())
    return failed("No database: set DATABASE_URL, for example "
                  "postgresql://ringmaster:secret@127.0.0.1:5432/ringmaster");
  db::migrate_options options{all->database.allow_fsync_off};
  auto applied = db::migrate(all->database.url, options);
  if (!applied) return failed(applied.error().message);
  std::printf("%d migrations applied; the schema is current\n", *applied);
  return 0;
}

} // namespace ringmaster::config
