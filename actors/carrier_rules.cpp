#include "actors/carrier_rules.hpp"

#include <algorithm>
#include <array>

namespace ringmaster {

namespace {

struct rule {
  std::int32_t code;
  dial_verdict verdict;
  account_effect account;
};

constexpr std::array<rule, 23> rules{{
    {20003, dial_verdict::requeue, account_effect::locked_out}, // authentication
    {20005, dial_verdict::requeue, account_effect::locked_out}, // account not active
    {20429, dial_verdict::requeue, account_effect::slow_down},  // never processed
    {10004, dial_verdict::requeue, account_effect::slow_down},  // account's call concurrency
    {21201, dial_verdict::number_fatal, account_effect::none},
    {21211, dial_verdict::number_fatal, account_effect::none},
    {21217, dial_verdict::number_fatal, account_effect::none},
    {21214, dial_verdict::number_fatal, account_effect::none},
    {13224, dial_verdict::number_fatal, account_effect::none},
    {21215, dial_verdict::prefix_refused, account_effect::none}, // no permission for the country
    {21216, dial_verdict::number_fatal, account_effect::none},
    {13225, dial_verdict::number_fatal, account_effect::none},
    {21219, dial_verdict::requeue,
     account_effect::locked_out}, // trial: calls verified numbers only
    {21210, dial_verdict::requeue, account_effect::caller_id_refused}, // caller ID not verified
    {21212, dial_verdict::requeue, account_effect::caller_id_refused}, // caller ID invalid
    {21205, dial_verdict::config_fatal, account_effect::none},
    {21208, dial_verdict::config_fatal, account_effect::none},
    {21609, dial_verdict::config_fatal, account_effect::none},
    {21626, dial_verdict::config_fatal, account_effect::none},
    {20404, dial_verdict::config_fatal, account_effect::none}, // no such account or base path
    {20500, dial_verdict::in_doubt, account_effect::none},
    {20503, dial_verdict::in_doubt, account_effect::none},
    {21220, dial_verdict::in_doubt, account_effect::none}, // makes no sense for a create
}};

std::string sentence(const create_reply& reply) {
  std::string text = "carrier";
  if (reply.http_status != 0) text += " " + std::to_string(reply.http_status);
  if (reply.error_code != 0) text += " error " + std::to_string(reply.error_code);
  if (!reply.message.empty()) text += ": " + without_numbers(reply.message.substr(0, 300));
  return text;
}

judgement judge_status(const create_reply& reply) {
  auto status = reply.http_status;
  auto reason = sentence(reply);
  if (status == 429) return {dial_verdict::requeue, account_effect::slow_down, reason};
  if (status == 401 || status == 403)
    return {dial_verdict::requeue, account_effect::locked_out, reason};
  if (status == 408 || status >= 500 || status < 400)
    return {dial_verdict::in_doubt, account_effect::none, reason};
  // Without one of the carrier's codes it was not the carrier's API that spoke.
  if ((status == 404 || status == 405 || status == 410) && reply.error_code == 0)
    return {dial_verdict::config_fatal, account_effect::none,
            reason + ". There is no Twilio API at this address: check the carrier's base URL "
                     "(TWILIO_API_BASE_URL)"};
  // A plain refusal that we don't know: this call was not created, and the next number may fare
  // better.
  return {dial_verdict::number_fatal, account_effect::none, reason};
}

/// Where a run of digits ends that begins at `from`, with single marks between them as people write
/// them: "+1 (415) 555-0100".
std::size_t end_of_number(const std::string& text, std::size_t from, int& digits) {
  constexpr std::string_view marks = " -.()/";
  constexpr std::size_t most_marks = 2;
  auto end = from;
  for (auto at = from; at < text.size() && at - end <= most_marks; ++at) {
    const char c = text[at];
    if (c >= '0' && c <= '9') {
      ++digits;
      end = at + 1;
    } else if (marks.find(c) == std::string_view::npos) {
      break;
    }
  }
  return end;
}

} // namespace

std::string without_numbers(std::string text) {
  constexpr int shortest = 7, shown = 2;
  for (std::size_t at = 0; at < text.size();) {
    int digits = 0;
    const auto end = end_of_number(text, at, digits);
    int left = digits;
    for (; at < end; ++at) {
      if (text[at] < '0' || text[at] > '9') continue;
      if (digits >= shortest && left > shown) text[at] = '*';
      --left;
    }
    if (digits == 0) ++at;
  }
  return text;
}

judgement judge(const create_reply& reply) {
  if (reply.result == line_result::not_sent)
    return {dial_verdict::not_sent, account_effect::none, reply.message};
  if (reply.result == line_result::unknown)
    return {dial_verdict::in_doubt, account_effect::none,
            reply.message.empty() ? "no answer from the carrier" : reply.message};
  if (reply.http_status >= 200 && reply.http_status < 300 && reply.sid)
    return {dial_verdict::placed, account_effect::none, {}};
  // A code speaks only in a refusal: behind a 5xx the call may exist whatever the body says.
  if (reply.http_status >= 400 && reply.http_status < 500) {
    auto found = std::find_if(rules.begin(), rules.end(),
                              [&](const rule& r) { return r.code == reply.error_code; });
    if (found != rules.end()) return {found->verdict, found->account, sentence(reply)};
  }
  return judge_status(reply);
}

bool refused_late(carrier_status ended, std::int32_t error_code) {
  return ended == carrier_status::failed &&
         std::any_of(rules.begin(), rules.end(), [&](const rule& r) {
           return r.code == error_code && r.verdict == dial_verdict::requeue &&
                  r.account == account_effect::slow_down;
         });
}

bool is_machine(const std::string& answered_by) {
  return answered_by.rfind("machine", 0) == 0 || answered_by == "fax";
}

call_outcome outcome_of(carrier_status ended, bool by_machine) {
  switch (ended) {
  case carrier_status::busy:
    return call_outcome::busy;
  case carrier_status::no_answer:
    return call_outcome::no_answer;
  case carrier_status::canceled:
    return call_outcome::canceled;
  case carrier_status::completed:
    return by_machine ? call_outcome::machine : call_outcome::answered;
  default:
    return call_outcome::failed;
  }
}

} // namespace ringmaster
