// ringmaster: the command line. Each command is in config/commands.
#include "config/commands.hpp"
#include "config/restored.hpp"
#include "net/simulated_carrier/cli_options.hpp"

#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
  using namespace ringmaster;
  CLI::App app{"Ringmaster places bulk outbound phone calls: never more than its slots for each "
               "business, never one person twice.",
               "ringmaster"};
  app.require_subcommand(1);
  app.set_version_flag("--version", RINGMASTER_VERSION);

  config::serve_command serving;
  auto* serve = app.add_subcommand("serve", "Serves the API, the webhooks and the dialling");
  serve->add_option("--config", serving.file, "settings (JSON); the environment wins over it")
      ->check(CLI::ExistingFile);
  serve
      ->add_option("--carrier", serving.carrier,
                   "\"simulated\": runs a simulated carrier inside this process")
      ->check(CLI::IsMember({"simulated"}));
  serve->add_option("--carrier-port", serving.carrier_port,
                    "port of that simulated carrier (a free one by default)");
  net::add_carrier_options(*serve, serving.simulated);

  config::carrier_command carrying;
  auto* carrier = app.add_subcommand("carrier", "The simulated carrier as a process of its own");
  carrier->add_option("--port", carrying.port, "port on the loopback address")
      ->capture_default_str();
  net::add_carrier_options(*carrier, carrying.options);

  std::string migrate_file;
  auto* migrate = app.add_subcommand("migrate", "Brings the database to the current schema");
  migrate->add_option("--config", migrate_file, "settings (JSON); the environment wins over it")
      ->check(CLI::ExistingFile);

  config::restored_command taking;
  auto* restored = app.add_subcommand(
      "restored",
      "After a backup was restored: pauses all runs, and writes down the calls that the "
      "carrier was told to make after the backup, so that nobody is called twice");
  restored->add_option("--config", taking.file, "settings (JSON); the environment wins over it")
      ->check(CLI::ExistingFile);
  restored->add_option("--report", taking.report,
                       "writes those calls to this file (CSV, with whole phone numbers)");
  restored->add_flag("--without-carrier", taking.without_carrier,
                     "does not ask the carrier: only if certainly nobody was called since");

  config::shell_command talking;
  auto* shell = app.add_subcommand("shell", "The console to a running server");
  auto* one = shell->add_option("-c,--command", talking.command,
                                "obeys this one command (\"help\" lists them) and ends");
  shell->add_flag("--json", talking.as_json, "answers as JSON, one line each");
  shell->add_flag("--yes", talking.yes, "confirms beforehand what would be asked twice");
  shell->add_option("--socket", talking.socket, "the server's socket (var/ringmaster.sock)");
  shell->add_option("--config", talking.file, "the server's settings, for the socket's path")
      ->check(CLI::ExistingFile);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (*serve) return config::serve(serving);
  if (*carrier) return config::run_carrier(carrying);
  if (*restored) return config::restored(taking);
  if (*shell) {
    talking.has_command = one->count() > 0;
    return config::shell(talking);
  }
  return config::migrate(migrate_file);
}
