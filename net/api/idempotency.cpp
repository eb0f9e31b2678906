#include "net/api/idempotency.hpp"

#include "net/api/secrets.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace ringmaster::net::api {
namespace {

constexpr std::size_t longest_key = 200;

bool is_key(const std::string& text) {
  const bool visible =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 32 && c < 127; });
  return visible && !text.empty() && text.size() <= longest_key;
}

std::string fingerprint(const http_request& http) {
  return to_hex(sha256(http.method + "\n" + http.target + "\n" + to_hex(sha256(http.body))));
}

http_response replay(const first_answer& first) {
  http_response response;
  response.status = first.status;
  if (!first.body.empty()) response.content_type = "application/json; charset=utf-8";
  response.body = first.body;
  response.headers.emplace_back("Idempotency-Replayed", "true");
  return response;
}

/// Whether it is certain that nothing was done. What broke in the middle keeps the key reserved.
bool did_nothing(const answer& said) {
  if (const auto* sent = said.response()) return sent->status >= 400 && sent->status < 500;
  const auto kind = said.refusal()->kind;
  return kind != failure_kind::unknown && kind != failure_kind::internal;
}

void settle_key(api_request& request, const std::string& key, const answer& said) {
  const auto scope = request.who.business;
  result<done> kept = done{};
  if (did_nothing(said))
    kept = request.db.drop_idempotency(scope, key);
  else if (const auto* sent = said.response())
    kept = request.db.keep_answer(scope, key,
                                  {sent->status, request.body_to_keep.value_or(sent->body)});
  // The work itself is committed (or refused) all the same; the key then answers "unfinished".
  if (!kept)
    request.log->warn("[Api] the answer for an Idempotency-Key could not be kept: {}",
                      kept.error().message);
}

/// Settles the key when the whole work is done, after whatever the dialling is asked in between.
answer settle_at_the_end(api_request& request, const std::string& key, answer said) {
  const auto* question = said.question();
  if (question == nullptr) {
    settle_key(request, key, said);
    return said;
  }
  return open_question{
      [ask = question->ask, key](const dialling& dial, std::function<void(next_step)> go_on) {
        ask(dial, [key, go_on](const next_step& step) {
          go_on([key, step](api_request& request) {
            return settle_at_the_end(request, key, step(request));
          });
        });
      }};
}

} // namespace

answer answer_once(api_request& request, answer (*handle)(api_request&)) {
  const auto given = request.http.count_headers("Idempotency-Key");
  if (request.http.method != "POST" || given == 0) return handle(request);
  const auto key = *request.http.header("Idempotency-Key");
  if (given > 1 || !is_key(key))
    return error_response(
        400, "idempotency_key_invalid",
        "Idempotency-Key must be one header of 1 to 200 visible ASCII characters");
  auto state = request.db.reserve_idempotency(request.who.business, key, fingerprint(request.http),
                                              request.now);
  if (!state) return state.error();
  switch (state->what) {
  case idempotency_state::kind::answered:
    return replay(state->answer);
  case idempotency_state::kind::other_body:
    return error_response(409, "idempotency_key_reused",
                          "this Idempotency-Key was used for another request: take a new one");
  case idempotency_state::kind::unfinished:
    return error_response(409, "idempotency_unfinished",
                          "a request with this Idempotency-Key is being served, or broke off with "
                          "its outcome unknown: read the list of what it makes to see whether it "
                          "was done; if not, send it with a new key");
  case idempotency_state::kind::fresh:
    break;
  }
  return settle_at_the_end(request, key, handle(request));
}

} // namespace ringmaster::net::api
