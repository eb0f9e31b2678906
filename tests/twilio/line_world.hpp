// The line to the carrier, opened to a stand-in, and replies that a test can wait for.
#pragma once

#include "net/twilio/twilio_line.hpp"
#include "tests/twilio/carrier_stand.hpp"

#include <catch2/catch.hpp>

#include <future>

namespace ringmaster::tests {

inline const time_point now{seconds{1'700'000'000}};
inline const phone_number us{"+14155550100"}, them{"+14155550101"};

/// The token of the attempt that call_of(number) makes.
std::string token_of(int number);
place_call call_of(int number);

net::twilio_config config_for(const std::string& base_url);
std::unique_ptr<carrier_line> open_line(const net::twilio_config& config);

/// A reply that a test can wait for.
template <class Reply>
class awaited {
public:
  std::function<void(Reply)> here() {
    return [promise = promise_](Reply reply) { promise->set_value(std::move(reply)); };
  }
  bool is_there() const { return future_.wait_for(seconds{0}) == std::future_status::ready; }
  Reply get() {
    REQUIRE(future_.wait_for(seconds{30}) == std::future_status::ready);
    return future_.get();
  }

private:
  std::shared_ptr<std::promise<Reply>> promise_ = std::make_shared<std::promise<Reply>>();
  std::future<Reply> future_ = promise_->get_future();
};

// One request, with its reply.
create_reply create(carrier_line& line, const place_call& call);
command_reply hang_up(carrier_line& line, const std::string& sid);
fetch_reply fetch(carrier_line& line, const std::string& sid);
list_reply list(carrier_line& line);
page_reply list_page(carrier_line& line, carrier_status status, const std::string& page);

} // namespace ringmaster::tests
