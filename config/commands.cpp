#include "config/commands.hpp"

#include "config/end_signals.hpp"
#include "config/logging.hpp"
#include "db/migrations.hpp"
#include "net/console/shell.hpp"
#include "net/simulated_carrier/simulated_carrier.hpp"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>

namespace ringmaster::config {

namespace {

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

int serve_until_signal(server& one, const end_signals& signals, spdlog::logger& log) {
  if (auto opened = one.open(); !opened) return failed(opened.error().message);
  while (!one.owns()) {
    if (signals.wait(milliseconds{50})) return 0;
    one.watch();
  }
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

int failed(const std::string& sentence) {
  std::fprintf(stderr, "ringmaster: %s\n", sentence.c_str());
  return 1;
}

result<settings> settings_for_database(const std::string& file) {
  auto all = read_settings(file, process_environment);
  if (all && all->database.url.empty())
    return failure{failure_kind::invalid,
                   "no_database",
                   "No database: set DATABASE_URL, for example "
                   "postgresql://ringmaster:secret@127.0.0.1:5432/ringmaster",
                   {}};
  return all;
}

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
  auto all = settings_for_database(settings_file);
  if (!all) return failed(all.error().message);
  db::migrate_options options{all->database.allow_fsync_off};
  auto applied = db::migrate(all->database.url, options);
  if (!applied) return failed(applied.error().message);
  std::printf("%d migrations applied; the schema is current\n", *applied);
  return 0;
}

} // namespace ringmaster::config
