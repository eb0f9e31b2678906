// How a server ends: nothing is begun any more, what is known is written, and everybody leaves in
// turn.
#include "config/server_parts.hpp"

#include "db/answer_watch.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster::config {
namespace {

constexpr milliseconds drain_patience{5'000}, write_patience{2'000};

} // namespace

/// Each before those it needs: CAF would wait for ever for actors that hold each other.
void server::parts::end_actors() {
  if (!actors) return;
  {
    caf::scoped_actor self{*actors};
    auto end = [&](auto& handle) {
      if (!handle) return;
      self->send_exit(handle, caf::exit_reason::user_shutdown);
      self->wait_for(handle);
      handle = nullptr;
    };
    end(office);
    end(board);
    if (house) {
      end(house->reconciler);
      end(house->carrier);
      end(house->feed);
      for (auto& store : house->stores)
        end(store);
      for (auto& store : house->bulk_stores)
        end(store);
    }
  }
  house.reset();
  actors->await_all_actors_done();
  actors.reset();
}

/// No call starts any more, and what the carrier said of the others is written.
void server::parts::finish_work() {
  caf::scoped_actor self{*actors};
  auto ask = [&](const auto& whom, milliseconds patience, const char* otherwise) {
    self->request(whom, patience, drain_atom::value)
        .receive(
            [&](acknowledged all) {
              if (!all.ok) log->warn("[Stop] {}", otherwise);
            },
            [&](const caf::error&) { log->warn("[Stop] {}", otherwise); });
  };
  // Direct calls that wait for the carrier's pace would wait for nothing.
  caf::anon_send(board, drain_atom::value);
  ask(house->carrier, drain_patience,
      "Some requests to the carrier are unanswered; their calls are asked for at the next start");
  // Behind the carrier's last reports.
  ask(board, write_patience,
      "The database did not take all that was heard of calls; they are asked for at the next "
      "start");
}

void server::drain() {
  auto& p = *parts_;
  if (p.draining.exchange(true)) return;
  if (p.owner) p.owner->when_retaken(nullptr);
  p.people.reset();
  if (p.actors) p.finish_work();
  // Whoever still waits for the database does not wait long.
  db::hurry_answers(write_patience);
  if (p.api) p.api->end_streams();
  if (p.http) p.http->stop();
  if (p.doors) p.doors->close();
  if (p.api) p.api->stop();
  p.api.reset();
  if (p.owner) p.owner->stop();
  p.end_actors();
  if (p.owner) p.owner->give_back();
  if (p.simulated) p.simulated->stop();
}

} // namespace ringmaster::config
