// What a decision costs: the rules of one business by themselves, and a message to its supervisor
// and back through all of CAF but its threads (the deterministic scheduler).
#include "actors/fair_order.hpp"
#include "actors/slot_book.hpp"
#include "tests/support/actor_world.hpp"

#include <benchmark/benchmark.h>

namespace ringmaster::bench {
namespace {

/// A slot granted to the next run in turn, its call claimed, under way, ended, the slot free.
void grant_to_end(benchmark::State& state) {
  slot_book book;
  book.set_open({slot_number{1}, slot_number{2}, slot_number{3}});
  fair_order order;
  claim_answer call;
  call.result = claim_result::claimed;
  call.phone = phone_number{"+12125550142"};
  call.first_name = "Dana";
  const auto at = test::at(0);
  const dial_token token{1, 2};
  for (std::int64_t run = 1; run <= state.range(0); ++run)
    order.ask(run_id{run});
  for (auto _ : state) {
    const auto run = order.next();
    order.ask(*run);
    const auto slot = book.reserve(*run, at);
    call.job = job_id{call.job.value + 1};
    if (!slot || !book.bind(*slot, *run, token, call, at)) return state.SkipWithError("refused");
    auto* entry = book.find(token);
    entry->name(call_sid{"CA0123456789abcdef0123456789abcdef"});
    for (const auto* step : {"post", "answer", "in-progress", "completed"})
      entry->note(step, at + milliseconds{5});
    benchmark::DoNotOptimize(entry->course());
    book.free(*slot);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(grant_to_end)->Name("rules/a call from grant to end, runs")->Arg(1)->Arg(100);

void ask_supervisor(benchmark::State& state) {
  test::world world;
  const slots_query question{world.base.add_business()};
  if (!world.ask<slots_answer>(question).ok) return state.SkipWithError("no answer");
  for (auto _ : state)
    benchmark::DoNotOptimize(world.ask<slots_answer>(question));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ask_supervisor)->Name("actors/question to a supervisor and back");

} // namespace
} // namespace ringmaster::bench
