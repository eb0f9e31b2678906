#include "net/twilio/twilio_line.hpp"

#include "net/http/url.hpp"
#include "net/twilio/call_list.hpp"
#include "net/twilio/calls_json.hpp"
#include "net/twilio/credentials.hpp"
#include "net/twilio/times.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <unordered_map>

namespace ringmaster::net {
namespace {

constexpr std::size_t longest_call_body = 256 * 1024; ///< one call or one error

bool is_success(int status) {
  return status >= 200 && status < 300;
}

line_result result_of(exchange_result how) {
  switch (how) {
  case exchange_result::answered:
    return line_result::answered;
  case exchange_result::not_sent:
    return line_result::not_sent;
  case exchange_result::unknown:
    break;
  }
  return line_result::unknown;
}

create_reply without_answer(line_result how, std::string reason) {
  create_reply reply;
  reply.result = how;
  reply.message = std::move(reason);
  return reply;
}

create_reply read_create(const exchange& from, time_point now) {
  if (from.result != exchange_result::answered)
    return without_answer(result_of(from.result), from.reason);
  create_reply reply;
  reply.result = line_result::answered;
  reply.http_status = from.response.status;
  const bool readable = from.response.body.size() <= longest_call_body;
  if (is_success(reply.http_status)) {
    if (readable) reply.sid = read_call_sid(from.response.body);
    if (reply.sid) return reply;
    return without_answer(line_result::unknown, "the carrier's answer names no call");
  }
  if (readable) {
    auto error = read_error(from.response.body);
    reply.error_code = error.code;
    reply.message = std::move(error.message);
  }
  if (const auto* wait = find_header(from.headers, "Retry-After"))
    reply.retry_after = parse_retry_after(*wait, now);
  return reply;
}

command_reply read_command(const exchange& from) {
  command_reply reply;
  reply.result = result_of(from.result);
  if (from.result != exchange_result::answered) return reply;
  reply.http_status = from.response.status;
  if (!is_success(reply.http_status) && from.response.body.size() <= longest_call_body)
    reply.error_code = read_error(from.response.body).code;
  return reply;
}

fetch_reply read_fetch(const exchange& from) {
  fetch_reply reply;
  reply.result = result_of(from.result);
  if (from.result != exchange_result::answered) return reply;
  reply.http_status = from.response.status;
  if (!is_success(reply.http_status)) return reply;
  if (from.response.body.size() <= longest_call_body) reply.call = read_call(from.response.body);
  if (!reply.call) reply.result = line_result::unknown;
  return reply;
}

page_reply read_page(const exchange& from) {
  page_reply reply;
  reply.result = result_of(from.result);
  if (from.result != exchange_result::answered) return reply;
  reply.http_status = from.response.status;
  if (!is_success(reply.http_status)) return reply;
  auto page = read_call_page(from.response.body);
  if (!page || !(page->next_page_uri.empty() || is_relative(page->next_page_uri))) {
    reply.result = line_result::unknown;
    return reply;
  }
  reply.calls = std::move(page->calls);
  reply.next = std::move(page->next_page_uri);
  return reply;
}

field_list create_form(const place_call& call, const callback_urls& urls,
                       const std::vector<std::string>& progress) {
  field_list form = {
      {"To", call.to.value}, {"From", call.from.value},       {"Url", urls.answer},
      {"Method", "POST"},    {"StatusCallback", urls.status}, {"StatusCallbackMethod", "POST"}};
  // One field an event: a list in one field is accepted and then never reported.
  for (const auto& event : progress)
    form.emplace_back("StatusCallbackEvent", event);
  form.emplace_back("StatusCallbackEvent", "completed");
  form.emplace_back("Timeout", std::to_string(call.ring_timeout_s));
  return form;
}

class twilio_line : public carrier_line {
public:
  twilio_line(account_access access, const twilio_config& config, callback_url_source urls,
              time_source now)
      : access_(std::move(access)), progress_(config.progress), urls_(std::move(urls)),
        now_(std::move(now)), client_(access_.origin, config.limits) {}

  void create(const place_call& call, std::function<void(create_reply)> reply) override;
  void withdraw(const std::vector<dial_token>& tokens, std::function<void()> done) override;
  void hang_up(const call_sid& sid, std::function<void(command_reply)> reply) override;
  void fetch(const call_sid& sid, std::function<void(fetch_reply)> reply) override;
  void list(const phone_number& from, const phone_number& to,
            std::function<void(list_reply)> reply) override;
  void list_page(carrier_status status, const std::string& page,
                 std::function<void(page_reply)> reply) override;

private:
  using outstanding = std::unordered_map<dial_token, http_client::ticket>;

  client_request get(std::string target) const {
    return {"GET", std::move(target), {{"Authorization", access_.authorization}}, {}, {}};
  }
  client_request post(std::string target, const field_list& form) const {
    return {"POST",
            std::move(target),
            {{"Authorization", access_.authorization},
             {"Content-Type", "application/x-www-form-urlencoded"}},
            encode_form(form),
            {}};
  }
  void next_page(std::shared_ptr<call_list> list);
  bool remember(const dial_token& token); ///< false: it is outstanding already
  void forget(const dial_token& token);

  const account_access access_;
  const std::vector<std::string> progress_;
  const callback_url_source urls_;
  const time_source now_;
  std::mutex mutex_; ///< guards outstanding_
  outstanding outstanding_;
  http_client client_; ///< last: its thread uses the others until it has ended
};

void twilio_line::create(const place_call& call, std::function<void(create_reply)> reply) {
  const auto left = call.send_before - now_();
  if (left <= left.zero()) return reply(without_answer(line_result::not_sent, "past its deadline"));
  const auto token = call.attempt.token;
  // The first request of this attempt may well be sent: nothing certain can be said of a second.
  if (!remember(token))
    return reply(without_answer(line_result::unknown, "asked twice for one attempt"));
  auto request =
      post(access_.calls_path + ".json", create_form(call, urls_(call.attempt), progress_));
  constexpr std::chrono::hours longest{1};
  request.send_before = std::chrono::steady_clock::now() + std::min<microseconds>(left, longest);
  const auto ticket =
      client_.send(std::move(request), [this, token, reply = std::move(reply)](exchange answer) {
        forget(token);
        reply(read_create(answer, now_()));
      });
  std::lock_guard lock(mutex_);
  const auto found = outstanding_.find(token);
  if (found != outstanding_.end()) found->second = ticket; // else it has been answered already
}

void twilio_line::withdraw(const std::vector<dial_token>& tokens, std::function<void()> done) {
  std::vector<http_client::ticket> tickets;
  {
    std::lock_guard lock(mutex_);
    for (const auto& token : tokens)
      if (const auto found = outstanding_.find(token); found != outstanding_.end())
        tickets.push_back(found->second);
  }
  client_.withdraw(std::move(tickets), std::move(done));
}

void twilio_line::hang_up(const call_sid& sid, std::function<void(command_reply)> reply) {
  if (!is_call_sid(sid.value)) return reply({line_result::not_sent, 0, 0});
  client_.send(post(access_.path_of(sid), {{"Status", "completed"}}),
               [reply = std::move(reply)](exchange answer) { reply(read_command(answer)); });
}

void twilio_line::fetch(const call_sid& sid, std::function<void(fetch_reply)> reply) {
  if (!is_call_sid(sid.value)) return reply({line_result::not_sent, 0, std::nullopt});
  client_.send(get(access_.path_of(sid)),
               [reply = std::move(reply)](exchange answer) { reply(read_fetch(answer)); });
}

void twilio_line::list(const phone_number& from, const phone_number& to,
                       std::function<void(list_reply)> reply) {
  const field_list query = {{"To", to.value}, {"From", from.value}, {"PageSize", "200"}};
  next_page(std::make_shared<call_list>(
      from, to, access_.calls_path + ".json?" + encode_form(query), std::move(reply)));
}

void twilio_line::next_page(std::shared_ptr<call_list> list) {
  auto request = get(list->next_target());
  client_.send(std::move(request), [this, list](exchange answer) {
    if (list->take(result_of(answer.result), answer.response)) return next_page(list);
    list->finish();
  });
}

void twilio_line::list_page(carrier_status status, const std::string& page,
                            std::function<void(page_reply)> reply) {
  if (!page.empty() && !is_relative(page)) return reply({line_result::not_sent, 0, {}, {}});
  const field_list query = {{"Status", std::string{to_string(status)}}, {"PageSize", "500"}};
  client_.send(get(page.empty() ? access_.calls_path + ".json?" + encode_form(query) : page),
               [reply = std::move(reply)](exchange answer) { reply(read_page(answer)); });
}

bool twilio_line::remember(const dial_token& token) {
  std::lock_guard lock(mutex_);
  return outstanding_.emplace(token, http_client::ticket{}).second;
}

void twilio_line::forget(const dial_token& token) {
  std::lock_guard lock(mutex_);
  outstanding_.erase(token);
}

} // namespace

result<std::unique_ptr<carrier_line>> make_twilio_line(const twilio_config& config,
                                                       callback_url_source urls, time_source now) {
  auto access = read_access(config);
  if (!access) return access.error();
  try {
    return std::unique_ptr<carrier_line>(
        std::make_unique<twilio_line>(std::move(*access), config, std::move(urls), std::move(now)));
  } catch (const std::exception& problem) { // from TLS: no usable certificates on this machine
    return failure{failure_kind::internal, "carrier_line_failed", problem.what(), {}};
  }
}

} // namespace ringmaster::net
