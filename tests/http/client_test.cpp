#include "tests/http/client_world.hpp"

#include <atomic>
#include <set>
#include <thread>

using namespace ringmaster::net;

namespace {

std::string base_of(const server_world& world) {
  return "http://127.0.0.1:" + std::to_string(world.server.port());
}

} // namespace

TEST_CASE("a base URL is scheme, host and port, and nothing else") {
  for (auto url : {"", "127.0.0.1", "ftp://a", "ws://a", "http://a/b", "http://a?b", "http://a#b",
                   "http://u:p@a", "http://a:0"}) {
    INFO(url);
    CHECK_THROWS_AS(http_client(url, {}), std::invalid_argument);
  }
  http_client fine("http://127.0.0.1:1/", {});
}

TEST_CASE("a request arrives as it was given and its answer comes back") {
  mailbox<http_request> seen;
  server_world world([&](http_request request, respond_fn respond) {
    seen.put(std::move(request));
    auto response = text("created", 201);
    response.headers = {{"X-Answer", "yes"}};
    respond(response);
  });
  http_client client(base_of(world), {});
  auto request = post("/2010/Calls.json?a=%D7%A9", "To=%2B1");
  request.headers = {{"Authorization", "Basic abc"},
                     {"Content-Type", "application/x-www-form-urlencoded"}};
  auto result = ask(client, request);
  REQUIRE(result.result == exchange_result::answered);
  CHECK(result.response.status == 201);
  CHECK(result.response.body == "created");
  CHECK(result.response.content_type == "text/plain");
  CHECK(*find_header(result.headers, "x-answer") == "yes");
  auto got = seen.take();
  CHECK(got.method == "POST");
  CHECK(got.target == "/2010/Calls.json?a=%D7%A9");
  CHECK(got.body == "To=%2B1");
  CHECK(*got.header("Authorization") == "Basic abc");
  CHECK(*got.header("Host") == "127.0.0.1:" + std::to_string(world.server.port()));
  CHECK(*got.header("Content-Length") == "7");
}

TEST_CASE("requests one after another share a connection") {
  raw_server server([](raw_connection& connection, int) {
    while (connection.read_request())
      connection.send(ok_answer);
  });
  {
    http_client client(server.url(), {});
    for (int i = 0; i < 100; ++i)
      REQUIRE(ask(client, get("/")).response.body == "ok");
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("many requests at once use no more connections than allowed, and all are answered") {
  server_world world(echo, {}, 2);
  client_limits limits;
  limits.connections = 4;
  http_client client(base_of(world), limits);
  std::vector<asked> all;
  for (int i = 0; i < 2000; ++i)
    all.emplace_back(client, post("/" + std::to_string(i), "b"));
  int right = 0;
  for (int i = 0; i < 2000; ++i) {
    auto result = all[static_cast<std::size_t>(i)].wait();
    right += result.response.body == "POST /" + std::to_string(i) + " b";
  }
  CHECK(right == 2000);
}

TEST_CASE("connections are limited and requests wait in order") {
  mailbox<std::pair<std::string, respond_fn>> waiting;
  server_world world([&](http_request request, respond_fn respond) {
    waiting.put({request.target, std::move(respond)});
  });
  client_limits limits;
  limits.connections = 1;
  http_client client(base_of(world), limits);
  std::vector<asked> all;
  for (int i = 0; i < 10; ++i)
    all.emplace_back(client, get("/" + std::to_string(i)));
  for (int i = 0; i < 10; ++i) {
    auto [target, respond] = waiting.take();
    CHECK(target == "/" + std::to_string(i));
    CHECK(waiting.empty());
    respond(text("x"));
    all[static_cast<std::size_t>(i)].wait();
  }
}

TEST_CASE("what would say something else on the wire is not sent") {
  raw_server server([](raw_connection& connection, int) { connection.read_to_end(); });
  {
    http_client client(server.url(), {});
    auto refused = [&](client_request request) {
      auto result = ask(client, std::move(request));
      CHECK(result.result == exchange_result::not_sent);
      CHECK_FALSE(result.reason.empty());
    };
    for (std::string target : {"", "x", "/a b", "/a\r\nX: y", "/שלום", "http://b/", "*"})
      refused(get(target));
    for (std::string method : {"", "GET /", "G\r\nT", "CONNECT"}) {
      auto request = get("/");
      request.method = method;
      refused(request);
    }
    for (std::pair<std::string, std::string> header : {std::pair{"X", "a\r\nY: b"},
                                                       {"X", "a\nb"},
                                                       {"X\r\nY", "a"},
                                                       {"X Y", "a"},
                                                       {"", "a"},
                                                       {"Host", "b"},
                                                       {"content-length", "5"},
                                                       {"Connection", "close"},
                                                       {"Transfer-Encoding", "chunked"},
                                                       {"Expect", "100-continue"}}) {
      auto request = get("/");
      request.headers = {header};
      refused(request);
    }
    auto nul = get("/");
    nul.headers = {{"X", std::string("a\0b", 3)}};
    refused(nul);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("nobody listening means not sent, also for those that wait in the queue") {
  http_client client("http://127.0.0.1:" + std::to_string(ringmaster::probe::unused_port()), {});
  std::vector<asked> all;
  for (int i = 0; i < 300; ++i)
    all.emplace_back(client, post("/", "x"));
  for (auto& each : all) {
    auto result = each.wait();
    CHECK(result.result == exchange_result::not_sent);
    CHECK(result.reason.find("no connection") == 0);
  }
}

TEST_CASE("a name without an address means not sent") {
  http_client client("http://does-not-exist.invalid", {});
  CHECK(ask(client, get("/")).result == exchange_result::not_sent);
}

TEST_CASE("a request is not sent at or after its deadline") {
  mailbox<respond_fn> waiting;
  server_world world([&](http_request, respond_fn respond) { waiting.put(std::move(respond)); });
  client_limits limits;
  limits.connections = 1;
  http_client client(base_of(world), limits);
  auto past = get("/past");
  past.send_before = std::chrono::steady_clock::now();
  CHECK(ask(client, past).result == exchange_result::not_sent);
  auto first = asked(client, get("/first"));
  auto respond = waiting.take();
  auto second_request = get("/second");
  second_request.send_before = std::chrono::steady_clock::now() + short_time;
  asked second(client, second_request);
  auto third_request = get("/third");
  third_request.send_before = std::chrono::steady_clock::now() + std::chrono::hours(1);
  asked third(client, third_request);
  auto late = second.wait(); // while the first still holds the only connection
  CHECK(late.result == exchange_result::not_sent);
  CHECK(late.reason.find("deadline") != std::string::npos);
  respond(text("one"));
  CHECK(first.wait().response.body == "one");
  waiting.take()(text("three"));
  CHECK(third.wait().response.body == "three");
}

TEST_CASE("withdrawing takes back what waits and leaves alone what is sent") {
  mailbox<std::pair<std::string, respond_fn>> waiting;
  server_world world([&](http_request request, respond_fn respond) {
    waiting.put({request.target, std::move(respond)});
  });
  client_limits limits;
  limits.connections = 1;
  http_client client(base_of(world), limits);
  asked sent(client, get("/sent"));
  auto [target, respond] = waiting.take();
  asked queued(client, get("/queued")), kept(client, get("/kept"));
  std::promise<bool> withdrawn;
  client.withdraw({sent.ticket, queued.ticket, 999'999},
                  [&] { withdrawn.set_value(queued.is_answered() && !sent.is_answered()); });
  CHECK(withdrawn.get_future().get());
  CHECK(queued.wait().result == exchange_result::not_sent);
  respond(text("sent"));
  CHECK(sent.wait().response.body == "sent");
  auto [next, respond_next] = waiting.take();
  CHECK(next == "/kept");
  respond_next(text("kept"));
  CHECK(kept.wait().response.body == "kept");
  std::promise<void> nothing_to_do;
  client.withdraw({}, [&] { nothing_to_do.set_value(); });
  nothing_to_do.get_future().get();
}

TEST_CASE("a queue that is full answers not sent") {
  server_world world([](http_request, respond_fn) {});
  client_limits limits;
  limits.connections = 1;
  limits.waiting = 2;
  http_client client(base_of(world), limits);
  std::vector<asked> all;
  for (int i = 0; i < 10; ++i)
    all.emplace_back(client, get("/"));
  auto result = all.back().wait();
  CHECK(result.result == exchange_result::not_sent);
  CHECK(result.reason == "too many requests are waiting");
}

TEST_CASE("ending the client answers everything: unsent as not sent, sent as unknown") {
  mailbox<respond_fn> waiting;
  server_world world([&](http_request, respond_fn respond) { waiting.put(std::move(respond)); });
  client_limits limits;
  limits.connections = 2;
  std::vector<asked> all;
  std::atomic<int> again{0};
  {
    http_client client(base_of(world), limits);
    for (int i = 0; i < 2; ++i)
      all.emplace_back(client, get("/"));
    waiting.take();
    waiting.take();
    for (int i = 0; i < 5; ++i)
      all.emplace_back(client, get("/"));
    client.send(get("/"), [&](exchange) {
      client.send(get("/"), [&](exchange result) {
        again += result.result == exchange_result::not_sent ? 1 : 100;
      });
    });
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    REQUIRE(all[i].is_answered());
    CHECK(all[i].wait().result == (i < 2 ? exchange_result::unknown : exchange_result::not_sent));
  }
  CHECK(again == 1);
  CHECK(waiting.empty());
}

TEST_CASE("a client may be ended while it is connecting") {
  ringmaster::probe::deaf_port port;
  std::vector<asked> all;
  {
    http_client client("http://127.0.0.1:" + std::to_string(port.port()), {});
    for (int i = 0; i < 3; ++i)
      all.emplace_back(client, get("/"));
  }
  for (auto& each : all)
    CHECK(each.wait().result == exchange_result::not_sent);
}

TEST_CASE("IPv6 and names are connected to") {
  http_server server("test", {}, [](http_request request, respond_fn respond) {
    respond(text(*request.header("Host")));
  });
  REQUIRE(server.start("::1", 0) == "");
  auto port = std::to_string(server.port());
  http_client client("http://[::1]:" + port, {});
  CHECK(ask(client, get("/")).response.body == "[::1]:" + port);
  server_world world(
      [](http_request request, respond_fn respond) { respond(text(*request.header("Host"))); });
  auto named_port = std::to_string(world.server.port());
  http_client named("http://localhost:" + named_port, {});
  CHECK(ask(named, get("/")).response.body == "localhost:" + named_port);
}
