#include "tests/twilio/line_world.hpp"

#include "net/webhooks/urls.hpp"

namespace ringmaster::tests {

using namespace ringmaster::net;

std::string token_of(int number) {
  auto text = std::to_string(number);
  return "0f8fad5b-d9cb-469f-a165-" + std::string(12 - text.size(), '0') + text;
}

place_call call_of(int number) {
  place_call call;
  call.attempt = {business_id{3}, job_id{number}, *dial_token::from(token_of(number))};
  call.to = them;
  call.from = us;
  call.ring_timeout_s = 45;
  call.send_before = now + seconds{30};
  return call;
}

twilio_config config_for(const std::string& base_url) {
  twilio_config config;
  config.base_url = base_url;
  config.account_sid = "AC1";
  config.auth_token = "secret";
  return config;
}

std::unique_ptr<carrier_line> open_line(const twilio_config& config) {
  auto line = make_twilio_line(
      config,
      [](const attempt_ref& attempt) {
        const std::string base = "https://calls.example.com";
        return callback_urls{webhook_url(base, webhook::answer, attempt),
                             webhook_url(base, webhook::status, attempt)};
      },
      [] { return now; });
  if (!line) FAIL(line.error().message);
  return std::move(*line);
}

create_reply create(carrier_line& line, const place_call& call) {
  awaited<create_reply> reply;
  line.create(call, reply.here());
  return reply.get();
}

command_reply hang_up(carrier_line& line, const std::string& sid) {
  awaited<command_reply> reply;
  line.hang_up(call_sid{sid}, reply.here());
  return reply.get();
}

fetch_reply fetch(carrier_line& line, const std::string& sid) {
  awaited<fetch_reply> reply;
  line.fetch(call_sid{sid}, reply.here());
  return reply.get();
}

list_reply list(carrier_line& line) {
  awaited<list_reply> reply;
  line.list(us, them, reply.here());
  return reply.get();
}

page_reply list_page(carrier_line& line, carrier_status status, const std::string& page) {
  awaited<page_reply> reply;
  line.list_page(status, page, reply.here());
  return reply.get();
}

} // namespace ringmaster::tests
