#include "config/console.hpp"

#include "config/settings_view.hpp"
#include "config/surroundings.hpp"
#include "net/console/admin_door.hpp"
#include "net/console/desk.hpp"
#include "net/console/server.hpp"

#include <spdlog/spdlog.h>

#include <csignal>
#include <unistd.h>

namespace ringmaster::config {

namespace {

using net::console::json;

constexpr milliseconds actors_patience{5'000};

std::string in_words(seconds time) {
  const auto s = time.count();
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3'600) return std::to_string(s / 60) + " min " + std::to_string(s % 60) + " s";
  return std::to_string(s / 3'600) + " h " + std::to_string(s % 3'600 / 60) + " min";
}

double in_ms(std::int64_t micros) {
  return static_cast<double>(micros) / 1'000;
}

json times_of(const time_histogram& x) {
  const auto count = x.count();
  return {{"count", count},
          {"mean_ms", count == 0 ? 0 : in_ms(static_cast<std::int64_t>(x.sum() / count))},
          {"half_below_ms", in_ms(x.quantile(0.5))},
          {"99_of_100_below_ms", in_ms(x.quantile(0.99))}};
}

json about(const console_parts& x, time_point began) {
  json said{{"version", RINGMASTER_VERSION},
            {"node", process_name()},
            {"pid", getpid()},
            {"uptime", in_words(std::chrono::duration_cast<seconds>(wall_clock() - began))}};
  bool ready = true;
  auto checks = json::object();
  for (const auto& check : x.ready()) {
    ready = ready && check.ok;
    checks[check.name] = check.message.empty() ? (check.ok ? "ok" : "not ok") : check.message;
  }
  said["ready"] = ready;
  said["checks"] = std::move(checks);
  said["slots_held"] = x.count->slots.held();
  said["calls_in_doubt"] = x.count->slots.of(slot_state::in_doubt);
  return said;
}

json database(const console_parts& x) {
  const auto& n = *x.count;
  return {{"url", without_password(x.all.database.url)},
          {"writing_connections", store_count(x.all.database)},
          {"bulk_connections", x.all.database.bulk_stores},
          {"transactions", n.store_batches.load()},
          {"requests", n.store_requests.load()},
          {"requests_per_transaction",
           {{"half_up_to", n.store_batch.quantile(0.5)},
            {"99_of_100_up_to", n.store_batch.quantile(0.99)}}},
          {"commit", times_of(n.store_commit)},
          {"split_batches", n.store_splits.load()},
          {"reconnects", n.store_reconnects.load()}};
}

json carrier(const console_parts& x) {
  const auto& n = *x.count;
  auto refused = json::object();
  for (std::size_t i = 0; i < counters::answer_codes.size(); ++i)
    if (const auto times = n.refused_with[i].load(); times > 0) {
      const auto code = counters::answer_codes[i];
      refused[code == 0 ? "no answer" : "HTTP " + std::to_string(code)] = times;
    }
  if (const auto others = n.refused_with.back().load(); others > 0) refused["other"] = others;
  return {{"answers", times_of(n.carrier_answer)},
          {"calls_placed", n.calls_placed.load()},
          {"not_placed", std::move(refused)}};
}

net::console::node_parts parts_of(const console_parts& x) {
  net::console::node_parts node;
  node.about = [x, began = wall_clock()] { return about(x, began); };
  node.settings = [&all = x.all] { return view(all); };
  node.database = [x] { return database(x); };
  node.carrier = [x] { return carrier(x); };
  node.log_level = [log = x.log] {
    const auto level = spdlog::level::to_string_view(log->level());
    return std::string(level.data(), level.size());
  };
  node.set_log_level = [log = x.log](const std::string& level) {
    log->set_level(level == "warn" ? spdlog::level::warn : spdlog::level::from_str(level));
  };
  // As from outside: the main thread waits for it.
  node.drain = [] { ::kill(getpid(), SIGTERM); };
  node.accept_database = [log = x.log, allow = x.accept_database](const std::string& by) {
    auto why = allow(by);
    if (why.empty()) log->warn("[Console] Another PostgreSQL server is accepted by {}", by);
    return why;
  };
  node.hindrance = [ask = x.no_change] {
    const auto why = ask();
    return std::make_pair(why.code, why.message);
  };
  node.note = [log = x.log, make = x.make_records](const std::string& by, const std::string& what) {
    log->info("[Console] {} by {}", what, by);
    auto db = make();
    db->act_as({by}, wall_clock());
    if (auto kept = db->note({}, "console", json{{"command", what}}.dump()); !kept)
      log->error("[Console] The audit could not be written: {}", kept.error().message);
  };
  return node;
}

} // namespace

struct console::served {
  explicit served(const console_parts& x)
      : count(x.count), door(net::console::make_admin_door(x.system, x.office, actors_patience)),
        desk(x.api, *door, parts_of(x)), server(
                                             {x.all.console.socket},
                                             [this](const net::console::request& wish) {
                                               ++count->console_commands;
                                               auto answer = desk.answer(wish);
                                               if (!answer.value("ok", false))
                                                 ++count->console_refused;
                                               return answer;
                                             },
                                             x.log) {}

  std::shared_ptr<counters> count;
  std::unique_ptr<net::console::actors_door> door;
  net::console::desk desk;
  net::console::server server;
};

console::console(console_parts parts) {
  if (parts.all.console.socket.empty()) return;
  served_ = std::make_unique<served>(parts);
  if (auto open = served_->server.start(); !open) {
    parts.log->warn("[Start] {}", open.error().message);
    served_.reset();
  }
}

console::~console() {
  if (served_) served_->server.stop();
}

} // namespace ringmaster::config
