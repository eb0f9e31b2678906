// Small things that every call needs: its token, its lines in the log.
#include "actors/log_lines.hpp"
#include "config/chance.hpp"

#include <benchmark/benchmark.h>
#include <spdlog/async.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

namespace ringmaster::bench {
namespace {

void random_token(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(config::random_token());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(random_token)->Name("small/random token");

/// To whoever logs: the line is made and handed to the log's thread, which here throws it away.
void log_line(benchmark::State& state) {
  spdlog::init_thread_pool(16'384, 1);
  const auto log = std::make_shared<spdlog::async_logger>(
      "parts", std::make_shared<spdlog::sinks::null_sink_mt>(), spdlog::thread_pool(),
      spdlog::async_overflow_policy::overrun_oldest);
  const phone_number phone{"+12125550142"};
  const call_sid sid{"CA0123456789abcdef0123456789abcdef"};
  for (auto _ : state)
    log->info("[BulkCall] Started call for lead={} job={} call_sid={} to={}{}", 98765, 123456,
              sid.value, masked(phone), fields(business_id{1234}, run_id{7}, {}, {}, "order-7"));
  state.SetItemsProcessed(state.iterations());
  spdlog::shutdown();
}
BENCHMARK(log_line)->Name("small/log line");

} // namespace
} // namespace ringmaster::bench
