#include "tests/http/client_world.hpp"

#include <map>
#include <random>

using namespace ringmaster::net;

namespace {

/// Answers with these bytes and closes.
raw_server::script answering(std::string bytes) {
  return [bytes](raw_connection& connection, int) {
    if (connection.read_request()) connection.send(bytes);
  };
}

exchange ask_server(raw_server::script script, client_request request = post("/", "x"),
                    client_limits limits = {}) {
  raw_server server(std::move(script));
  http_client client(server.url(), limits);
  return ask(client, std::move(request));
}

} // namespace

TEST_CASE("a connection that ends before the whole answer leaves the outcome unknown") {
  for (std::string bytes :
       {"", "H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n"}) {
    INFO(bytes);
    auto result = ask_server(answering(bytes));
    CHECK(result.result == exchange_result::unknown);
    CHECK_FALSE(result.reason.empty());
  }
}

TEST_CASE("an answer that is no sound HTTP leaves the outcome unknown") {
  for (std::string bytes :
       {"garbage\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 009 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/3.0 200 OK\r\n\r\n", "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "\0\0\0\0"}) {
    INFO(bytes);
    CHECK(ask_server(answering(bytes)).result == exchange_result::unknown);
  }
  std::string interim;
  for (int i = 0; i < 20; ++i)
    interim += "HTTP/1.1 102 Processing\r\n\r\n";
  CHECK(ask_server(answering(interim + ok_answer)).result == exchange_result::unknown);
  std::string header = "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x');
  CHECK(ask_server(answering(header)).result == exchange_result::unknown);
}

TEST_CASE("whole answers of every shape are understood") {
  auto body_of = [](const std::string& bytes) {
    auto result = ask_server(answering(bytes));
    CHECK(result.result == exchange_result::answered);
    return std::to_string(result.response.status) + " " + result.response.body;
  };
  CHECK(body_of(ok_answer) == "200 ok");
  CHECK(body_of("HTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n") == "503 ");
  CHECK(body_of("HTTP/1.1 204 No Content\r\n\r\n") == "204 ");
  CHECK(body_of("HTTP/1.1 201 Created\r\nTransfer-Encoding: "
                "chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n") == "201 abcde");
  CHECK(body_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                ok_answer) == "200 ok");
  CHECK(body_of("HTTP/1.0 200 OK\r\n\r\nto the end") == "200 to the end");
  CHECK(body_of("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end") == "200 to the end");
}

TEST_CASE("an answer to HEAD has no body, whatever its length says") {
  raw_server server([](raw_connection& connection, int) {
    while (connection.read_request())
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
  });
  http_client client(server.url(), {});
  auto request = get("/");
  request.method = "HEAD";
  for (int i = 0; i < 2; ++i)
    CHECK(ask(client, request).result == exchange_result::answered);
  CHECK(server.connections() == 1);
}

TEST_CASE("an answer that comes byte by byte is put together") {
  auto result = ask_server([](raw_connection& connection, int) {
    connection.read_request();
    connection.send_byte_by_byte(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  });
  CHECK(result.response.body == "abc");
}

TEST_CASE("an answer over the limit leaves the outcome unknown") {
  client_limits limits;
  limits.answer_bytes = 1000;
  const std::string big(1001, 'x'), fits(1000, 'x');
  auto with_length = [](const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  CHECK(ask_server(answering(with_length(big)), get("/"), limits).reason ==
        "the answer is too large");
  CHECK(ask_server(answering("HTTP/1.1 200 OK\r\n\r\n" + big), get("/"), limits).result ==
        exchange_result::unknown);
  CHECK(ask_server(answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + big),
                   get("/"), limits)
            .result == exchange_result::unknown);
  CHECK(ask_server(answering(with_length(fits)), get("/"), limits).response.body == fits);
}

TEST_CASE("a reset leaves the outcome unknown") {
  auto result = ask_server([](raw_connection& connection, int) {
    connection.read_request();
    connection.reset();
  });
  CHECK(result.result == exchange_result::unknown);
  result = ask_server([](raw_connection& connection, int) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    connection.reset();
  });
  CHECK(result.result == exchange_result::unknown);
}

TEST_CASE("a server that never answers, or never stops answering, is given up on as unknown") {
  client_limits limits;
  limits.answer_time = short_time;
  auto result = ask_server([](raw_connection& connection, int) { connection.read_to_end(); },
                           get("/"), limits);
  CHECK(result.result == exchange_result::unknown);
  CHECK(result.reason == "no whole answer in time");
  result = ask_server(
      [](raw_connection& connection, int) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while (!connection.readable_within(20) && connection.send("x")) {
        }
      },
      get("/"), limits);
  CHECK(result.result == exchange_result::unknown);
}

TEST_CASE("a server that takes nothing of a large request is given up on as unknown") {
  client_limits limits;
  limits.answer_time = short_time;
  auto result = ask_server(
      [](raw_connection& connection, int) {
        std::string seen; // the kernel takes a part; nobody reads the rest until the client is gone
        while (connection.readable_within(10'000) && seen.size() < 1000)
          seen += connection.read_some(100);
        std::this_thread::sleep_for(2 * short_time);
      },
      post("/", std::string(64 << 20, 'x')), limits);
  CHECK(result.result == exchange_result::unknown);
}

TEST_CASE("a kept connection that the server has closed is not used again") {
  mailbox<int> closed;
  raw_server server([&](raw_connection& connection, int number) {
    connection.read_request();
    connection.send(ok_answer);
    if (number == 0) {
      connection.close();
      closed.put(1);
    } else {
      connection.read_to_end();
    }
  });
  http_client client(server.url(), {});
  CHECK(ask(client, post("/", "1")).result == exchange_result::answered);
  closed.take();
  CHECK(ask(client, post("/", "2")).result == exchange_result::answered);
  CHECK(server.connections() == 2);
}

TEST_CASE("bytes that nobody asked for end a connection's use") {
  SECTION("with the answer") {
    raw_server server([](raw_connection& connection, int) {
      if (connection.read_request()) connection.send(ok_answer + ok_answer);
    });
    http_client client(server.url(), {});
    for (int i = 0; i < 3; ++i)
      CHECK(ask(client, get("/")).response.body == "ok");
    CHECK(server.connections() == 3);
  }
  SECTION("after it") {
    mailbox<int> sent;
    raw_server server([&](raw_connection& connection, int) {
      if (!connection.read_request()) return;
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright");
      connection.readable_within(50);
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
      sent.put(1);
      connection.read_to_end();
    });
    http_client client(server.url(), {});
    for (int i = 0; i < 3; ++i) {
      CHECK(ask(client, get("/")).response.body == "right");
      sent.take();
    }
    CHECK(server.connections() == 3);
  }
}

TEST_CASE(
    "a connection is not used again when the server says so, nor after an old server's answer") {
  for (std::string answer : {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
                             "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"}) {
    raw_server server([&](raw_connection& connection, int) {
      while (connection.read_request())
        connection.send(answer);
    });
    http_client client(server.url(), {});
    for (int i = 0; i < 3; ++i)
      CHECK(ask(client, get("/")).response.body == "ok");
    CHECK(server.connections() == 3);
  }
}

TEST_CASE("an unused connection is closed after its time") {
  mailbox<int> ended;
  raw_server server([&](raw_connection& connection, int) {
    connection.read_request();
    connection.send(ok_answer);
    if (connection.is_closed()) ended.put(1);
  });
  client_limits limits;
  limits.idle_time = short_time;
  http_client client(server.url(), limits);
  CHECK(ask(client, get("/")).result == exchange_result::answered);
  CHECK(ended.take() == 1);
}

TEST_CASE("a server that takes no connection is given up on, and nothing was sent") {
  client_limits limits;
  limits.connect_time = short_time;
  ringmaster::probe::deaf_port port;
  http_client client("http://127.0.0.1:" + std::to_string(port.port()), limits);
  auto result = ask(client, get("/"));
  CHECK(result.result == exchange_result::not_sent);
  CHECK(result.reason == "no connection in time");
}

namespace {

/// Counts what arrives, by the request's body, and then does one of many things.
class unreliable_server {
public:
  explicit unreliable_server(unsigned seed)
      : seed_(seed),
        server_([this](raw_connection& connection, int number) { serve(connection, number); }) {}

  std::string url() const { return server_.url(); }
  int times_seen(const std::string& body) {
    std::lock_guard guard(lock_);
    return seen_[body];
  }

private:
  void serve(raw_connection& connection, int number) {
    std::mt19937 random(seed_ * 7919 + static_cast<unsigned>(number));
    if (random() % 10 == 0) return random() % 2 ? connection.reset() : connection.close();
    for (;;) {
      auto request = connection.read_request();
      if (!request) return;
      {
        std::lock_guard guard(lock_);
        ++seen_[request->body];
      }
      auto answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(request->body.size()) +
                    "\r\n\r\n" + request->body;
      switch (random() % 12) {
      case 0:
        return connection.close();
      case 1:
        return connection.reset();
      case 2:
        connection.send(answer.substr(0, random() % answer.size()));
        return connection.close();
      case 3:
        connection.send(answer.substr(0, random() % answer.size()));
        return connection.reset();
      case 4:
        connection.send("no HTTP at all\r\n\r\n");
        return;
      case 5:
        connection.send(answer);
        return connection.close(); // without a word
      case 6:
        connection.send(answer);
        return connection.reset();
      default:
        connection.send(answer);
      }
    }
  }

  unsigned seed_;
  std::mutex lock_;
  std::map<std::string, int> seen_;
  raw_server server_;
};

} // namespace

TEST_CASE("under any fault each request reaches the server at most once and is accounted for") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    unreliable_server server(seed);
    constexpr int requests = 200;
    std::vector<std::atomic<int>> answers(requests);
    std::vector<exchange> results(requests);
    {
      client_limits limits;
      limits.connections = 1 + seed % 8;
      http_client client(server.url(), limits);
      std::vector<asked> all;
      for (int i = 0; i < requests; ++i) {
        auto place = static_cast<std::size_t>(i);
        client.send(post("/", "request " + std::to_string(i)), [&, place](exchange result) {
          results[place] = std::move(result);
          ++answers[place];
        });
        if (i % 50 == 49) ask(client, get("/")); // some together, some after each other
      }
      while (std::any_of(answers.begin(), answers.end(), [](auto& count) { return count == 0; }))
        ask(client, get("/"));
    }
    for (int i = 0; i < requests; ++i) {
      auto place = static_cast<std::size_t>(i);
      auto body = "request " + std::to_string(i);
      auto seen = server.times_seen(body);
      REQUIRE(answers[place] == 1);
      REQUIRE(seen <= 1);
      if (results[place].result == exchange_result::answered) {
        REQUIRE(seen == 1);
        REQUIRE(results[place].response.body == body);
      }
      if (results[place].result == exchange_result::not_sent) REQUIRE(seen == 0);
    }
  }
}
