#include "tests/http/server_world.hpp"

#include <atomic>
#include <thread>

using namespace ringmaster::net;

namespace {

server_limits quick_limits() {
  server_limits limits;
  limits.header_time = short_time;
  limits.idle_time = short_time;
  limits.answer_time = short_time;
  return limits;
}

/// Sends a byte every now and then until the other side has had enough.
void trickle(raw_connection& client, std::atomic<bool>& enough) {
  while (!enough && client.send("x"))
    std::this_thread::sleep_for(milliseconds(20));
}

} // namespace

TEST_CASE("a header that trickles in is cut off with 408") {
  server_world world(echo, quick_limits());
  auto client = world.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  std::atomic<bool> enough{false};
  std::thread slow([&] { trickle(client, enough); });
  auto answer = client.read_response();
  enough = true;
  slow.join();
  REQUIRE(answer);
  CHECK(answer->status == 408);
  CHECK(answer->body.find("request_timeout") != std::string::npos);
}

TEST_CASE("a body slower than the least rate is cut off with 408, a steady one is served") {
  auto limits = quick_limits();
  limits.least_body_rate = 1000;
  limits.idle_time = milliseconds(10'000); // the machine may be busy between two pieces
  server_world world(echo, limits);
  SECTION("too slow") {
    auto client = world.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    std::atomic<bool> enough{false};
    std::thread slow([&] { trickle(client, enough); });
    auto answer = client.read_response();
    enough = true;
    slow.join();
    REQUIRE(answer);
    CHECK(answer->status == 408);
  }
  SECTION("slow, but faster than the rate, for longer than the header's time") {
    auto client = world.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n");
    for (int i = 0; i < 40; ++i) {
      client.send(std::string(1000, 'x'));
      std::this_thread::sleep_for(milliseconds(25));
    }
    CHECK(client.read_response().value().status == 200);
  }
}

TEST_CASE("a body that stops coming is cut off, however much of it came at once") {
  auto limits = quick_limits();
  limits.least_body_rate = 1; // what has come would buy an hour
  server_world world(echo, limits);
  auto client = world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" +
              std::string(4000, 'a'));
  CHECK(client.read_response().value().status == 408);
}

TEST_CASE("a connection that asks nothing is closed without a word") {
  server_world world(echo, quick_limits());
  auto silent = world.connect();
  CHECK(silent.is_closed());
  auto client = world.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.read_response().value().status == 200);
  CHECK(client.is_closed());
}

TEST_CASE("a handler over its time is answered for with 503, and its own answer is dropped") {
  mailbox<respond_fn> waiting;
  server_world world([&](http_request, respond_fn respond) { waiting.put(std::move(respond)); },
                     quick_limits());
  auto client = world.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  auto answer = client.read_response();
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->header("Connection") == "close");
  CHECK(answer->body.find(R"({"error":{"code":"timeout")") == 0);
  // The handler goes on: nobody may be told to simply repeat a request that starts calls.
  CHECK(answer->body.find("may still be carried out") != std::string::npos);
  waiting.take()(text("late"));
  CHECK(client.is_closed());
}

TEST_CASE("a body buys its handler time") {
  auto limits = quick_limits();
  limits.least_answer_rate = 1;
  mailbox<respond_fn> waiting;
  server_world world([&](http_request, respond_fn respond) { waiting.put(std::move(respond)); },
                     limits);
  auto large = world.connect(), small = world.connect();
  large.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3600\r\n\r\n" + std::string(3600, 'x'));
  auto respond = waiting.take();
  small.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(small.read_response().value().status == 503); // asked later, and over its time
  respond(text("done"));
  CHECK(large.read_response().value().body == "done");
}

TEST_CASE("a client that doesn't read its answer is let go") {
  auto limits = quick_limits();
  mailbox<int> gone;
  struct endless : chunk_source {
    explicit endless(mailbox<int>& box) : gone(box) {}
    void pull(std::function<void(std::optional<std::string>)> ready) override {
      ready(std::string(65536, 'x'));
    }
    void cancel() override { gone.put(1); }
    mailbox<int>& gone;
  };
  server_world world(
      [&](http_request, respond_fn respond) {
        http_response response;
        response.stream = std::make_shared<endless>(gone);
        respond(response);
      },
      limits);
  auto client = world.connect(4096);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(gone.take() == 1);
}

TEST_CASE("connections beyond the cap are closed at once, and places become free again") {
  server_limits limits;
  limits.connections = 3;
  mailbox<respond_fn> waiting;
  server_world world([&](http_request, respond_fn respond) { waiting.put(std::move(respond)); },
                     limits, 2);
  std::vector<raw_connection> kept;
  std::vector<respond_fn> answers;
  for (int i = 0; i < 3; ++i) {
    kept.push_back(world.connect());
    kept.back().send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    answers.push_back(waiting.take());
  }
  CHECK(world.connect().is_closed());
  for (auto& respond : answers)
    respond(text("done"));
  for (auto& client : kept) {
    CHECK(client.read_response().value().status == 200);
    CHECK(client.is_closed());
  }
  auto client = world.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  waiting.take()(text("done"));
  CHECK(client.read_response().value().status == 200);
}

TEST_CASE("at the cap, the connection that has waited longest for a request makes room") {
  server_limits limits;
  limits.connections = 3;
  mailbox<respond_fn> waiting;
  server_world world(
      [&](http_request request, respond_fn respond) {
        if (request.target == "/wait") return waiting.put(std::move(respond));
        echo(std::move(request), std::move(respond));
      },
      limits);
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  auto busy = world.connect();
  busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto respond = waiting.take();
  auto first = world.connect(), second = world.connect();
  for (auto* client : {&first, &second, &first}) {
    client->send(get);
    CHECK(client->read_response().value().status == 200);
  }
  auto third = world.connect();
  third.send(get);
  CHECK(third.read_response().value().status == 200);
  CHECK(second.is_closed());
  first.send(get);
  CHECK(first.read_response().value().status == 200);
  respond(text("done"));
  CHECK(busy.read_response().value().status == 200);
}

TEST_CASE("a port in use is told in a sentence") {
  server_world world(echo);
  http_server second("second", {}, echo);
  auto problem = second.start("127.0.0.1", world.server.port());
  CHECK(problem.find("port " + std::to_string(world.server.port()) + " on 127.0.0.1 is in use") ==
        0);
  CHECK(second.port() == 0);
  CHECK(second.start("not an address", 0).find("\"not an address\" is not an IP address") == 0);
  CHECK(second.start("192.0.2.1", 0).find("192.0.2.1 is not an address of this machine") == 0);
  CHECK(second.start("localhost", 0) == "");
  CHECK(second.start("localhost", 0).find("was started before") != std::string::npos);
}

TEST_CASE("stop lets a request in flight finish, ends idle connections and refuses new ones") {
  mailbox<respond_fn> waiting;
  server_world world([&](http_request, respond_fn respond) { waiting.put(std::move(respond)); }, {},
                     2);
  auto idle = world.connect(), half = world.connect(), busy = world.connect();
  half.send("GET / HTTP/1.1\r\nHo");
  busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  auto respond = waiting.take();
  std::thread stopping([&] { world.server.stop(std::chrono::seconds(20)); });
  CHECK(idle.is_closed());
  CHECK(half.is_closed());
  respond(text("done"));
  auto answer = busy.read_response();
  stopping.join();
  REQUIRE(answer);
  CHECK(answer->body == "done");
  CHECK(answer->header("Connection") == "close");
  CHECK(busy.is_closed());
  CHECK_THROWS(world.connect());
}

TEST_CASE("stop doesn't wait longer than its grace, and may be called by many") {
  mailbox<respond_fn> waiting;
  server_world world([&](http_request, respond_fn respond) { waiting.put(std::move(respond)); });
  auto busy = world.connect();
  busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  auto respond = waiting.take();
  std::thread one([&] { world.server.stop(milliseconds(50)); });
  std::thread two([&] { world.server.stop(milliseconds(50)); });
  one.join();
  two.join();
  CHECK(busy.is_closed());
  respond(text("late"));
}

TEST_CASE("a server may be stopped without ever having been started") {
  http_server server("idle", {}, echo);
  server.stop();
  CHECK(server.start("127.0.0.1", 0) != "");
}
