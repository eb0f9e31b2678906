// What each of the carrier's callbacks costs before its business hears of it: the form is read, the
// signature checked.
#include "net/twilio/signature.hpp"
#include "net/webhooks/callback_form.hpp"

#include <benchmark/benchmark.h>

namespace ringmaster::bench {
namespace {

constexpr auto token = "12345678901234567890123456789012";
constexpr auto url = "https://calls.example.com/webhook/voice/status?business=1234&job=123456789"
                     "&token=8c2b0a0e-5b4f-4c6e-9f0a-3d6f5a1b2c3d";

/// The fields of a status callback, as Twilio sends them.
const net::field_list& fields() {
  static const net::field_list all{{"Called", "+12125550142"},
                                   {"ToState", "NY"},
                                   {"CallerCountry", "US"},
                                   {"Direction", "outbound-api"},
                                   {"Timestamp", "Mon, 30 Nov 2026 06:07:04 +0000"},
                                   {"CallbackSource", "call-progress-events"},
                                   {"SipResponseCode", "200"},
                                   {"CallerState", "CA"},
                                   {"ToZip", "10001"},
                                   {"SequenceNumber", "3"},
                                   {"CallSid", "CA0123456789abcdef0123456789abcdef"},
                                   {"To", "+12125550142"},
                                   {"CallerZip", "94105"},
                                   {"ToCountry", "US"},
                                   {"CalledZip", "10001"},
                                   {"ApiVersion", "2010-04-01"},
                                   {"CalledCity", "NEW YORK"},
                                   {"CallStatus", "completed"},
                                   {"Duration", "1"},
                                   {"From", "+14155550199"},
                                   {"CallDuration", "7"},
                                   {"AccountSid", "AC0123456789abcdef0123456789abcdef"},
                                   {"CalledCountry", "US"},
                                   {"CallerCity", "SAN FRANCISCO"},
                                   {"ToCity", "NEW YORK"},
                                   {"FromCountry", "US"},
                                   {"Caller", "+14155550199"},
                                   {"FromCity", "SAN FRANCISCO"},
                                   {"CalledState", "NY"},
                                   {"FromZip", "94105"},
                                   {"FromState", "CA"}};
  return all;
}

void check(benchmark::State& state, const std::string& signature, bool fits) {
  for (auto _ : state)
    if (net::form_signature_fits(token, url, fields(), signature) != fits)
      return state.SkipWithError("judged wrongly");
  state.SetItemsProcessed(state.iterations());
}

void signature_good(benchmark::State& state) {
  check(state, net::sign_form(token, url, fields()), true);
}
BENCHMARK(signature_good)->Name("signature/good");

void signature_bad(benchmark::State& state) {
  check(state, net::sign_form("somebody else's token", url, fields()), false);
}
BENCHMARK(signature_bad)->Name("signature/bad");

void parse_form(benchmark::State& state) {
  const auto body = net::encode_form(fields());
  for (auto _ : state)
    benchmark::DoNotOptimize(net::parse_form(body));
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(parse_form)->Name("callback/parse form");

void read_event(benchmark::State& state) {
  const attempt_ref attempt{business_id{1234}, job_id{123456789}, dial_token{1, 2}};
  for (auto _ : state)
    benchmark::DoNotOptimize(net::read_call_event(fields(), attempt, time_point{}));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_event)->Name("callback/read event");

} // namespace
} // namespace ringmaster::bench
