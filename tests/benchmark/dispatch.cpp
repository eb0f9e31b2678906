// Dispatch alone: all actors and the real store on a filled database, and a carrier in this process
// that answers at once. Calls every queued lead and prints what was reached as JSON.
#include "actors/node_actors.hpp"
#include "config/actor_config.hpp"
#include "config/chance.hpp"
#include "config/settings.hpp"
#include "config/surroundings.hpp"
#include "db/bulk_store_actor.hpp"
#include "db/ownership.hpp"
#include "db/store_actor.hpp"
#include "tests/benchmark/instant_line.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <iostream>

namespace ringmaster::bench {
namespace {

struct options {
  std::string database;
  int call_ms = 0, limit = 3, seconds = 120;
  config::settings all;
};

struct progress {
  std::int64_t wanted = 0, open_runs = 0, completed = 0;
};

progress look(const std::string& url) {
  pqxx::connection session(url);
  pqxx::nontransaction ask(session);
  const auto row =
      ask.exec("SELECT (SELECT count(*) FROM outbound_call_jobs),"
               " (SELECT count(*) FROM outbound_call_runs WHERE ended_at IS NULL),"
               " (SELECT count(*) FROM outbound_call_jobs WHERE status = 'completed')")[0];
  return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>(), row[2].as<std::int64_t>()};
}

/// The actors of a server, as config/server.cpp wires them, on another line.
class node {
public:
  explicit node(const options& chosen)
      : line(std::make_shared<instant_line>(milliseconds{chosen.call_ms}, chosen.limit,
                                            config::wall_clock)),
        owner_(chosen.database, "benchmark"), system_(std::make_unique<caf::actor_system>(config_)),
        log_(std::make_shared<spdlog::logger>("benchmark",
                                              std::make_shared<spdlog::sinks::null_sink_mt>())) {
    const auto taken = owner_.try_take(config::wall_clock());
    if (!taken || !*taken) throw std::runtime_error("the database belongs to another process");
    house_ = std::make_shared<services>();
    house_->now = config::wall_clock;
    house_->new_token = config::random_token;
    house_->random = config::random_bits;
    house_->log = log_;
    house_->count = std::make_shared<counters>();
    house_->dialing = chosen.all.dialing;
    house_->looking = chosen.all.looking;
    house_->roster = std::make_shared<actor_roster>();
    spawn(chosen);
  }
  ~node() { end(); }
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  void start() {
    line->report_to(board_);
    caf::anon_send(board_, start_work{});
  }

  std::shared_ptr<instant_line> line;

private:
  void spawn(const options& chosen) {
    db::store_options writing;
    writing.url = chosen.database;
    writing.epochs = owner_.epochs();
    writing.log = log_;
    writing.count = house_->count;
    for (int i = 0; i < config::store_count(chosen.all.database); ++i) {
      writing.health = std::make_shared<db::write_health>();
      house_->stores.push_back(db::spawn_store(*system_, writing, true));
    }
    house_->bulk_stores.push_back(
        db::spawn_bulk_store(*system_, {chosen.database, owner_.epochs(), log_}, true));
    const auto heard = std::make_shared<std::atomic<bool>>(false);
    house_->feed_heard = heard;
    house_->feed = spawn_event_feed(*system_, house_->roster, heard);
    reconciler_config asking;
    asking.limits = chosen.all.look_limits;
    asking.line = line;
    asking.now = house_->now;
    asking.random = house_->random;
    asking.log = log_;
    asking.count = house_->count;
    house_->reconciler = spawn_reconciler(*system_, house_->roster, asking);
    carrier_config account;
    account.settings.limits.calls_per_second = 0;
    account.settings.limits.window = 10'000;
    account.line = line;
    account.now = house_->now;
    account.random = house_->random;
    account.log = log_;
    account.count = house_->count;
    account.health = std::make_shared<carrier_health>();
    house_->carrier = spawn_carrier(*system_, house_->roster, account);
    board_ = spawn_switchboard(*system_, house_);
  }

  /// Each before those it needs, as in config/server.cpp.
  void end() {
    line->stop();
    {
      caf::scoped_actor self{*system_};
      const auto stop = [&](auto& handle) {
        self->send_exit(handle, caf::exit_reason::user_shutdown);
        self->wait_for(handle);
        handle = nullptr;
      };
      stop(board_);
      stop(house_->reconciler);
      stop(house_->carrier);
      stop(house_->feed);
      for (auto& store : house_->stores)
        stop(store);
      for (auto& store : house_->bulk_stores)
        stop(store);
    }
    house_.reset();
    system_->await_all_actors_done();
    system_.reset();
    owner_.give_back();
  }

  db::ownership owner_;
  config::actor_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::shared_ptr<spdlog::logger> log_;
  std::shared_ptr<services> house_;
  switchboard_actor board_;
};

double own_cpu_us() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

int measure(const options& chosen) {
  const auto wanted = look(chosen.database).wanted;
  node all(chosen);
  const auto cpu = own_cpu_us();
  const auto begun = config::wall_clock();
  all.start();
  const bool in_time = all.line->wait_for_ended(wanted, seconds{chosen.seconds});
  const auto took = std::chrono::duration<double>(all.line->last_end() - begun).count();
  auto now = look(chosen.database);
  for (int i = 0; in_time && now.open_runs > 0 && i < 1'000; ++i) {
    all.line->wait_for_ended(wanted + 1, milliseconds{10}); // the last ends are on their way
    now = look(chosen.database);
  }
  const auto f = all.line->seen();
  const auto calls = static_cast<double>(std::max<std::int64_t>(f.calls, 1));
  const nlohmann::ordered_json told = {{"calls_per_second", static_cast<double>(f.ended) / took},
                                       {"gap_p50_ms", f.gap_p50_ms},
                                       {"gap_p99_ms", f.gap_p99_ms},
                                       {"gap_p999_ms", f.gap_p999_ms},
                                       {"server_cpu_us_per_call", (own_cpu_us() - cpu) / calls},
                                       {"calls", f.calls},
                                       {"calls_wanted", wanted},
                                       {"completed", now.completed},
                                       {"seconds", took},
                                       {"finished", in_time && now.open_runs == 0},
                                       {"highest_live", f.highest_live},
                                       {"highest_live_per_business", f.highest_of_one},
                                       {"violations", f.violations},
                                       {"numbers_called_twice", f.repeated},
                                       {"overlapping_calls", f.overlaps}};
  std::cout << told.dump() << std::endl;
  return 0;
}

} // namespace
} // namespace ringmaster::bench

int main(int argc, char** argv) {
  using namespace ringmaster::bench;
  options chosen;
  CLI::App app{"Calls every queued lead of a database over a carrier in this process."};
  app.add_option("--database", chosen.database, "URL of a filled database")->required();
  app.add_option("--call-ms", chosen.call_ms, "how long each call lasts");
  app.add_option("--limit", chosen.limit, "live calls of a business, above which is a violation");
  app.add_option("--seconds", chosen.seconds, "gives up then");
  app.add_option("--stores", chosen.all.database.stores, "connections that write; 0: as a server");
  CLI11_PARSE(app, argc, argv);
  try {
    return measure(chosen);
  } catch (const std::exception& problem) {
    std::cerr << "bench_dispatch: " << problem.what() << std::endl;
    return 1;
  }
}
