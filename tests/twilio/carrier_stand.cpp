#include "tests/twilio/carrier_stand.hpp"

#include <catch2/catch.hpp>

namespace ringmaster::tests {

carrier_stand::carrier_stand()
    : server_("carrier", {}, [this](net::http_request request, net::respond_fn respond) {
        serve(std::move(request), std::move(respond));
      }) {
  REQUIRE(server_.start("127.0.0.1", 0) == "");
}

std::string carrier_stand::base_url() const {
  return "http://127.0.0.1:" + std::to_string(server_.port());
}

void carrier_stand::answer(net::http_response response) {
  std::lock_guard lock(mutex_);
  answers_.push_back(std::move(response));
}

void carrier_stand::answer(int status, const std::string& json) {
  net::http_response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = json;
  answer(std::move(response));
}

void carrier_stand::hold() {
  std::lock_guard lock(mutex_);
  holding_ = true;
}

void carrier_stand::release() {
  std::unique_lock lock(mutex_);
  holding_ = false;
  auto held = std::move(held_);
  held_.clear();
  for (auto& respond : held) {
    auto response = next_answer();
    lock.unlock();
    respond(std::move(response));
    lock.lock();
  }
}

void carrier_stand::wait_for_requests(std::size_t count) {
  std::unique_lock lock(mutex_);
  REQUIRE(
      changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return requests_.size() >= count; }));
}

std::vector<net::http_request> carrier_stand::requests() {
  std::lock_guard lock(mutex_);
  return requests_;
}

void carrier_stand::serve(net::http_request request, net::respond_fn respond) {
  std::unique_lock lock(mutex_);
  requests_.push_back(std::move(request));
  changed_.notify_all();
  if (holding_) return held_.push_back(std::move(respond));
  auto response = next_answer();
  lock.unlock();
  respond(std::move(response));
}

net::http_response carrier_stand::next_answer() {
  if (answers_.empty()) return {};
  auto response = answers_.front();
  if (answers_.size() > 1) answers_.pop_front();
  return response;
}

} // namespace ringmaster::tests
