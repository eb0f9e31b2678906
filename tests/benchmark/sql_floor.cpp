// The floor under dispatch: the store's own SQL (claim, calling, finish) by the barest client. Each
// connection works on businesses of its own; so many transitions share a commit (1: each has its
// own). Prints what was reached as JSON.
#include "config/chance.hpp"
#include "config/surroundings.hpp"
#include "db/ownership.hpp"
#include "db/store_transaction.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <iostream>
#include <map>
#include <thread>

namespace ringmaster::bench {
namespace {

struct options {
  std::string database;
  std::size_t connections = 16, batch = 1, limit = 3;
  int seconds = 10;
};

struct queued_job {
  run_id run;
  job_id job;
};
using queues = std::map<business_id, std::vector<queued_job>>;

/// For each connection the jobs of its businesses, the last first.
std::vector<queues> read_jobs(const options& chosen) {
  std::vector<queues> parts(chosen.connections);
  pqxx::connection session(chosen.database);
  pqxx::nontransaction ask(session);
  for (const auto& row : ask.exec("SELECT business_id, run_id, id FROM outbound_call_jobs"
                                  " WHERE status = 'queued' ORDER BY id DESC")) {
    const auto business = row[0].as<std::int64_t>();
    parts[static_cast<std::size_t>(business) % parts.size()][business_id{business}].push_back(
        {run_id{row[1].as<std::int64_t>()}, job_id{row[2].as<std::int64_t>()}});
  }
  return parts;
}

class client {
public:
  client(const options& chosen, const db::shard_epochs& epochs, queues jobs)
      : chosen_(chosen), epochs_(epochs), jobs_(std::move(jobs)),
        link_(chosen.database, settings(), db::store_statements()) {}

  /// One group of calls from claim to end; false: nothing is left.
  bool step() {
    const auto group = next_group();
    if (group.empty()) return false;
    db::store_batch claims, callings, finishes;
    const auto now = config::wall_clock();
    for (const auto& claim : group) {
      const attempt_ref attempt{claim.business, claim.job, claim.token};
      const call_sid sid{"CA" + claim.token.text()};
      claims.claims.push_back({claim, {}});
      callings.callings.push_back({mark_calling{attempt, sid, now}, {}});
      finish_call end;
      end.attempt = attempt;
      end.status = job_status::completed;
      end.outcome = call_outcome::answered;
      end.sid = sid;
      end.ended_at = now;
      finishes.finishes.push_back({end, {}});
    }
    commit(claims);
    for (const auto& each : claims.claims)
      if (each.answer.result != claim_result::claimed) throw std::runtime_error("a claim failed");
    commit(callings);
    commit(finishes);
    for (const auto& each : finishes.finishes)
      if (each.answer.result != write_result::applied) throw std::runtime_error("an end failed");
    calls += group.size();
    return true;
  }

  std::size_t calls = 0;

private:
  static db::session_settings settings() {
    db::session_settings like_the_stores;
    like_the_stores.application_name = "sql floor";
    like_the_stores.plans_by_key = true;
    return like_the_stores;
  }

  std::vector<claim_job> next_group() {
    std::vector<claim_job> group;
    while (group.size() < chosen_.batch && !jobs_.empty()) {
      auto from = jobs_.upper_bound(last_);
      if (from == jobs_.end()) from = jobs_.begin();
      last_ = from->first;
      // The round of the businesses is over: their slots are taken.
      if (!group.empty() && !(group.front().business < last_)) break;
      for (std::size_t slot = 1; slot <= chosen_.limit && group.size() < chosen_.batch; ++slot) {
        const auto next = from->second.back();
        from->second.pop_back();
        group.push_back({last_, next.run, next.job, slot_number{static_cast<std::int32_t>(slot)},
                         config::random_token(), config::wall_clock()});
        if (from->second.empty()) break;
      }
      if (from->second.empty()) jobs_.erase(from);
    }
    return group;
  }

  void commit(db::store_batch& batch) {
    const auto outcome = db::run_batch(link_, epochs_, batch);
    if (outcome.failed) throw std::runtime_error(outcome.failed->message);
  }

  const options& chosen_;
  const db::shard_epochs& epochs_;
  queues jobs_;
  business_id last_;
  db::connection link_;
};

int measure(const options& chosen) {
  db::ownership owner(chosen.database, "benchmark");
  const auto taken = owner.try_take(config::wall_clock());
  if (!taken || !*taken) throw std::runtime_error("the database belongs to another process");
  std::vector<std::unique_ptr<client>> clients;
  for (auto& part : read_jobs(chosen))
    clients.push_back(std::make_unique<client>(chosen, *owner.epochs(), std::move(part)));
  std::atomic<bool> ran_out{false}, over{false};
  std::atomic<int> broken{0};
  const auto begun = std::chrono::steady_clock::now();
  const auto until = begun + std::chrono::seconds{chosen.seconds};
  std::vector<std::thread> threads;
  for (auto& one : clients)
    threads.emplace_back([&, &one = *one] {
      try {
        while (!over && std::chrono::steady_clock::now() < until)
          if (!one.step()) ran_out = over = true; // the others would be alone
      } catch (const std::exception& problem) {
        std::cerr << "bench_sql_floor: " << problem.what() << std::endl;
        ++broken;
        over = true;
      }
    });
  for (auto& thread : threads)
    thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::size_t calls = 0;
  for (const auto& one : clients)
    calls += one->calls;
  const nlohmann::ordered_json told = {
      {"calls_per_second", static_cast<double>(calls) / took.count()},
      {"transitions_per_second", 3 * static_cast<double>(calls) / took.count()},
      {"calls", calls},
      {"seconds", took.count()},
      {"ran_out", ran_out.load()}};
  std::cout << told.dump() << std::endl;
  owner.give_back();
  return broken > 0 ? 1 : 0;
}

} // namespace
} // namespace ringmaster::bench

int main(int argc, char** argv) {
  using namespace ringmaster::bench;
  options chosen;
  CLI::App app{"Calls queued leads in the database alone, by the store's own statements."};
  app.add_option("--database", chosen.database, "URL of a filled database")->required();
  app.add_option("--connections", chosen.connections, "that work at once")
      ->check(CLI::Range(1, 100));
  app.add_option("--batch", chosen.batch, "transitions that share a commit")
      ->check(CLI::Range(1, 5000));
  app.add_option("--limit", chosen.limit, "live calls of a business");
  app.add_option("--seconds", chosen.seconds, "ends then, or when no job is left");
  CLI11_PARSE(app, argc, argv);
  try {
    return measure(chosen);
  } catch (const std::exception& problem) {
    std::cerr << "bench_sql_floor: " << problem.what() << std::endl;
    return 1;
  }
}
