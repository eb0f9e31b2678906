// A CSV of leads before anything is written: its rows read and checked, and of that the numbers.
#include "net/api/csv_import.hpp"
#include "net/api/csv_reader.hpp"
#include "net/api/phone.hpp"

#include <benchmark/benchmark.h>

namespace ringmaster::bench {
namespace {

constexpr int rows = 10'000;

std::string number(int i) {
  return "+1212555" + std::to_string(1000 + i % 9000);
}

std::string csv() {
  std::string text = "phone,first_name,last_name,external_id\n";
  for (int i = 0; i < rows; ++i)
    text += number(i) + ",Dana,Levi,c-" + std::to_string(i) + "\n";
  return text;
}

void split(benchmark::State& state) {
  const auto text = csv();
  for (auto _ : state) {
    std::int64_t seen = 0;
    const auto read = net::api::read_csv(text, ',', [&](auto&) { return ++seen > 0; });
    if (!read || seen != rows + 1) return state.SkipWithError("rows are missing");
  }
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(split)->Name("import/rows split into cells");

void whole(benchmark::State& state) {
  const auto text = csv();
  for (auto _ : state) {
    const auto read = net::api::read_lead_csv(text, "US");
    if (!read || read->rows.size() != rows) return state.SkipWithError("rows are missing");
  }
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(whole)->Name("import/rows read and checked");

void phones(benchmark::State& state, const char* written) {
  for (auto _ : state)
    if (!net::api::normalise_phone(written, "US")) return state.SkipWithError("refused");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(phones, e164, "+12125550142")->Name("import/number in E.164");
BENCHMARK_CAPTURE(phones, national, "(212) 555-0142")->Name("import/number as written");

} // namespace
} // namespace ringmaster::bench
