// Stores as actors for tests: a system of their own, blocking questions, a clean end.
#pragma once

#include "db/bulk_store_actor.hpp"
#include "db/store_actor.hpp"
#include "tests/support/database_store.hpp"

#include <spdlog/sinks/null_sink.h>

#include <future>
#include <stdexcept>

namespace ringmaster::test {

class store_world {
public:
  store_world() : system_(config_), self_(system_) {
    options.log =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::null_sink_mt>());
    options.count = std::make_shared<counters>();
    options.first_retry = std::chrono::milliseconds{10};
  }
  ~store_world() {
    for (const auto& each : stores_)
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
  }

  /// A store on a thread of its own that owns every shard of the database.
  store_actor spawn(database& in, const std::string& url) {
    auto epochs = std::make_shared<db::shard_epochs>();
    in.sql("UPDATE shards SET epoch = greatest(epoch, 1)");
    for (const auto& row : in.sql("SELECT shard, epoch FROM shards"))
      epochs->epoch[row[0].as<std::size_t>()] = row[1].as<std::int64_t>();
    auto with = options;
    with.url = url;
    with.epochs = epochs;
    stores_.push_back(db::spawn_store(system_, with, true));
    return stores_.back();
  }

  /// Asks and waits for the answer, a minute at most.
  template <class Answer, class Request>
  Answer ask(const store_actor& store, Request request) {
    std::promise<Answer> answer;
    self_->request(store, std::chrono::minutes{1}, std::move(request))
        .receive([&](Answer& x) { answer.set_value(std::move(x)); },
                 [&](caf::error& why) {
                   answer.set_exception(
                       std::make_exception_ptr(std::runtime_error(system_.render(why))));
                 });
    return answer.get_future().get();
  }

  caf::actor_system& system() { return system_; }
  caf::scoped_actor& self() { return self_; }

  db::store_options options;

private:
  struct config : caf::actor_system_config {
    config() {
      register_messages(*this);
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", 2u);
    }
  };
  config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  std::vector<store_actor> stores_;
};

} // namespace ringmaster::test
