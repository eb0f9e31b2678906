#include "net/simulated_carrier/cli_options.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace ringmaster::net {

namespace {

void add_life_options(CLI::App& app, carrier_options& options) {
  struct life_option {
    const char* name;
    const char* what;
  };
  static constexpr life_option all[] = {
      {"answered", "share of calls that a person answers"},
      {"machine", "share of calls that a machine answers"},
      {"busy", "share of calls that are busy"},
      {"no_answer", "share of calls that nobody answers"},
      {"failed", "share of calls that fail"},
      {"canceled", "share of calls that the carrier cancels"},
      {"setup_ms", "from dialling to ringing: 50 or 20-80"},
      {"ring_ms", "how long it rings: 500 or 300-1000"},
      {"talk_ms", "how long a document talks: 2000 or 1000-3000"},
      {"detection_ms", "how long machine detection takes"},
  };
  for (const auto& o : all) {
    std::string option = std::string("--") + o.name;
    std::replace(option.begin(), option.end(), '_', '-');
    app.add_option_function<std::string>(
        option,
        [&options, name = o.name](const std::string& value) {
          auto wrong = options.life.set(name, value);
          if (!wrong.empty()) throw CLI::ValidationError(wrong);
        },
        o.what);
  }
}

} // namespace

void add_carrier_options(CLI::App& app, carrier_options& o) {
  app.add_option("--account-sid", o.account_sid, "the account it serves")
      ->envname("TWILIO_ACCOUNT_SID");
  app.add_option("--auth-token", o.auth_token, "its password; also signs callbacks")
      ->envname("TWILIO_AUTH_TOKEN");
  app.add_option("--seed", o.seed, "draws how each call goes");
  app.add_option("--address", o.address, "where to listen; loopback only");
  app.add_option("--calls-per-second", o.calls_per_second, "over it calls queue; 0: no limit")
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--account-concurrency", o.account_concurrency,
                 "live calls over which creates are refused with 10004; 0: no limit")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--watched-limit", o.watched_limit,
                 "live calls per caller ID above which the observer takes notes")
      ->check(CLI::Range(1, 60));
  app.add_option("--kept-calls", o.kept_calls, "ended calls that are still known")
      ->check(CLI::Range(1, 10'000'000));
  app.add_option_function<int>(
         "--answer-ms", [&o](int value) { o.answer_delay = milliseconds{value}; },
         "how long every answer of the API takes")
      ->check(CLI::Range(0, 60'000));
  app.add_flag("--test-credentials", o.test_credentials, "refuses every From but +15005550006");
  app.add_option_function<std::vector<std::string>>(
         "--fault",
         [&o](const std::vector<std::string>& all) {
           for (const auto& one : all) {
             auto wrong = o.faults.set(one);
             if (!wrong.empty()) throw CLI::ValidationError(wrong);
           }
         },
         "a misbehaviour and its probability, as lost_completed=0.05; may be repeated")
      ->take_all();
  add_life_options(app, o);
}

} // namespace ringmaster::net
