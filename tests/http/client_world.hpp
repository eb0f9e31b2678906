// Asking with the client and waiting for what comes of it.
#pragma once

#include "net/http/client.hpp"
#include "tests/http/server_world.hpp"

#include <future>

namespace ringmaster::net {

using probe::raw_server;

inline client_request get(std::string target) {
  client_request request;
  request.method = "GET";
  request.target = std::move(target);
  return request;
}

inline client_request post(std::string target, std::string body) {
  client_request request;
  request.method = "POST";
  request.target = std::move(target);
  request.body = std::move(body);
  return request;
}

/// One request sent, to be waited for.
class asked {
public:
  asked(http_client& client, client_request request) {
    auto promise = std::make_shared<std::promise<exchange>>();
    result_ = promise->get_future();
    ticket = client.send(std::move(request),
                         [promise](exchange result) { promise->set_value(std::move(result)); });
  }

  exchange wait() {
    if (result_.wait_for(std::chrono::seconds(20)) != std::future_status::ready)
      throw std::runtime_error("no answer in time");
    return result_.get();
  }

  bool is_answered() const {
    return result_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  http_client::ticket ticket = 0;

private:
  std::future<exchange> result_;
};

inline exchange ask(http_client& client, client_request request) {
  return asked(client, std::move(request)).wait();
}

inline const std::string ok_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

} // namespace ringmaster::net
