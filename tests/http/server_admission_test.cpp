// Large bodies are read only from those who may send them.
#include "tests/http/server_world.hpp"

#include <thread>

using namespace ringmaster::net;

namespace {

server_limits asking(admission_fn admit) {
  server_limits limits;
  limits.admit = std::move(admit);
  limits.unasked_body_bytes = 10;
  return limits;
}

void yes(const http_request&, const admitted_fn& then) {
  then({});
}
void no(const http_request&, const admitted_fn& then) {
  then({text("not you", 401)});
}

std::string post(const std::string& body) {
  return "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

} // namespace

TEST_CASE("a large body that may not come is answered by its head, and the connection ends") {
  server_world world(echo, asking(no));
  auto client = world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
  const auto answer = client.read_response();
  REQUIRE(answer);
  CHECK(answer->status == 401);
  CHECK(answer->body == "not you");
  CHECK(answer->header("Connection") == "close");
  client.finish_sending();
  CHECK(client.is_closed());
}

TEST_CASE("a body whose length nobody knows is asked for, a small one is not") {
  server_world world(echo, asking(no));
  auto client = world.connect();
  client.send(post("0123456789") + "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.read_response()->body == "POST /a 0123456789");
  CHECK(client.read_response()->body == "GET /b ");
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(client.read_response()->status == 401);
}

TEST_CASE("a large body that may come is read whole, also when it is there already") {
  server_world world(echo, asking(yes));
  auto client = world.connect();
  client.send(post("0123456789abc") + post("0123456789def"));
  CHECK(client.read_response()->body == "POST /a 0123456789abc");
  CHECK(client.read_response()->body == "POST /a 0123456789def");
}

TEST_CASE("a body waits until it may come, however late that is told and by whom") {
  mailbox<admitted_fn> asked;
  server_world world(
      echo, asking([&](const http_request&, admitted_fn then) { asked.put(std::move(then)); }));
  auto client = world.connect();
  client.send(post("0123456789abc"));
  auto then = asked.take();
  CHECK_FALSE(client.readable_within(50));
  std::thread([&] { then({}); }).join();
  CHECK(client.read_response()->body == "POST /a 0123456789abc");
}

TEST_CASE("whether a body may come has to be told in time") {
  mailbox<admitted_fn> asked;
  auto limits = asking([&](const http_request&, admitted_fn then) { asked.put(std::move(then)); });
  limits.answer_time = short_time;
  server_world world(echo, limits);
  auto client = world.connect();
  client.send(post("0123456789abc"));
  CHECK(client.read_response()->status == 503);
  asked.take()({}); // too late
  CHECK(client.is_closed());
}

TEST_CASE("one asker's large bodies leave room for another's") {
  const auto by_path = [](const http_request& head, const admitted_fn& then) {
    then({{}, head.path() == "/mine" ? 1U : 2U});
  };
  auto limits = asking(by_path);
  limits.all_body_bytes = 400'000; // 300,000 of it for large ones, 150,000 of that for each
  server_world world(echo, limits);
  const auto head = [](const std::string& path) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n";
  };
  std::vector<raw_connection> slow;
  for (int i = 0; i < 5; ++i) {
    slow.push_back(world.connect());
    slow.back().send(head("/mine") + std::string(59'999, 'a'));
  }
  world.serves(head("/theirs") + std::string(60'000, 'b'), 100);
  int refused = 0, served = 0;
  for (auto& each : slow) {
    each.send("a");
    const auto answer = each.read_response();
    ++(answer && answer->status == 200 ? served : refused);
  }
  CHECK(served == 2);
  CHECK(refused == 3);
}
