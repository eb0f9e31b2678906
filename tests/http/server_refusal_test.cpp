#include "net/http/request_parser.hpp"
#include "tests/http/server_world.hpp"

#include <algorithm>
#include <atomic>

using namespace ringmaster::net;

namespace {

struct counting_world {
  explicit counting_world(server_limits limits = {})
      : world(
            [this](http_request request, respond_fn respond) {
              ++handled;
              echo(std::move(request), std::move(respond));
            },
            std::move(limits)) {}

  /// Sends the bytes, expects that status and the end of the connection, and nobody the wiser.
  void refused(const std::string& bytes, int status) {
    INFO(bytes.substr(0, 300));
    auto client = world.connect();
    client.send(bytes);
    auto answer = client.read_response();
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->header("Content-Type") == "application/json");
    CHECK(answer->header("Connection") == "close");
    CHECK(answer->body.find(R"({"error":{"code":")") == 0);
    CHECK_THAT(answer->body, Catch::EndsWith(R"(,"field":null}})"));
    client.finish_sending();
    CHECK(client.is_closed());
    CHECK(handled == 0);
  }

  std::atomic<int> handled{0};
  server_world world;
};

const std::string host = "Host: a\r\n";

} // namespace

TEST_CASE("requests that two parsers may read differently are refused") {
  counting_world world;
  const std::string post = "POST / HTTP/1.1\r\n" + host;
  const std::string smuggled = "0\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
  SECTION("both lengths") {
    world.refused(post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled, 400);
    world.refused(post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + smuggled, 400);
  }
  SECTION("lengths that are not one plain number") {
    for (std::string value : {"5, 5", "+5", "-5", "0x5", "5 5", "", "five", "5,", "5.0",
                              "99999999999999999999999", "18446744073709551616"}) {
      INFO(value);
      world.refused(post + "Content-Length: " + value + "\r\n\r\nhello", 400);
    }
    world.refused(post + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400);
    world.refused(post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400);
    world.refused(post + "Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello", 400);
  }
  SECTION("encodings that are not chunked alone") {
    for (std::string value : {"xchunked", "chunked, identity", "identity", "gzip, chunked",
                              "chunked, chunked", "\"chunked\"", "chunked;q=1", "", "chun\tked"}) {
      INFO(value);
      world.refused(post + "Transfer-Encoding: " + value + "\r\n\r\n" + smuggled, 400);
    }
    world.refused(
        post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled, 400);
    world.refused(
        post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + smuggled, 400);
    world.refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled, 400);
  }
  SECTION("names and lines that are not as they should be") {
    world.refused(post + "Content-Length : 5\r\n\r\nhello", 400);
    world.refused(post + "Content-Length\t: 5\r\n\r\nhello", 400);
    world.refused(post + " Content-Length: 5\r\n\r\nhello", 400);
    world.refused(post + "X: a\r\n Content-Length: 5\r\n\r\n", 400);
    world.refused(post + "X: a\r\n\tb\r\n\r\n", 400);
    world.refused(post + "Transfer-Encoding:\r\n chunked\r\n\r\n" + smuggled, 400);
    world.refused(post + "no colon\r\n\r\n", 400);
    world.refused(post + ": empty\r\n\r\n", 400);
    world.refused(post + "X\xd7\xa9: a\r\n\r\n", 400);
    world.refused("POST / HTTP/1.1\r\n\tHost: a\r\n\r\n", 400);
  }
  SECTION("bare line feeds, bare carriage returns and control characters") {
    world.refused("GET / HTTP/1.1\nHost: a\n\n", 400);
    world.refused("GET / HTTP/1.1\r\nHost: a\n\r\n", 400);
    world.refused(post + "X: a\nContent-Length: 5\r\n\r\nhello", 400);
    world.refused(post + "X: a\rContent-Length: 5\r\n\r\nhello", 400);
    world.refused(post + "X: a\r\r\n\r\n", 400);
    world.refused(post + std::string("X: a\0b\r\n\r\n", 10), 400);
    world.refused(post + "X: a\x01\r\n\r\n", 400);
    world.refused(post + "X: a\x7f\r\n\r\n", 400);
    world.refused(post + "X: a\r\n\n", 400);
  }
  SECTION("request lines") {
    for (std::string line :
         {"GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET / HTTP/2.0", "GET / HTTP/0.9",
          "GET / http/1.1", "GET /a b HTTP/1.1", "GET\t/\tHTTP/1.1", " GET / HTTP/1.1",
          "G(T / HTTP/1.1", "GET / HTTP/1.12", "/ HTTP/1.1", "GET HTTP/1.1", "GET / HTTQ/1.1"}) {
      INFO(line);
      world.refused(line + "\r\n" + host + "\r\n", 400);
    }
    world.refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400);
    world.refused("\x16\x03\x01\x02\x01", 400);
  }
}

TEST_CASE("exactly one sound Host is needed") {
  counting_world world;
  world.refused("GET / HTTP/1.1\r\n\r\n", 400);
  world.refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400);
  world.refused("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400);
  world.refused("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400);
  for (std::string value : {"", "a b", "a,b", "a/b", "user@a", "a?b", "a\\b"})
    world.refused("GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n", 400);
  for (std::string value :
       {"a", "a:80", "[::1]:80", "127.0.0.1", "xn--4dbcagdahymbxekheh6e0a7fei0b.com"}) {
    auto client = world.world.connect();
    client.send("GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n");
    CHECK(client.read_response().value().status == 200);
  }
}

TEST_CASE("chunked bodies are read strictly") {
  counting_world world;
  const std::string head = "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n";
  for (std::string body :
       {"x\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "-5\r\nhello\r\n",
        "0x5\r\nhello\r\n\r\n", " 5\r\nhello\r\n", "5\rhello\r\n", "\r\nhello",
        "11111111111111111\r\nhello\r\n", "5;\x01\r\nhello\r\n0\r\n\r\n",
        "0\r\nbad trailer\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n", "5 5\r\nhello\r\n"}) {
    INFO(body);
    world.refused(head + body, 400);
  }
  world.refused(head + "5;" + std::string(20'000, 'x'), 400);
  world.refused(head + "0\r\n" + std::string(20'000, 'x'), 400);
}

TEST_CASE("the end of a chunked body may come in pieces of any size") {
  const std::string head = "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string last : {"0\r\n\r\n", "0\r\na: b\r\n\r\n", "0;x=y\r\n\r\n"}) {
    request_parser parser(1024);
    std::string waiting;
    auto how = request_parser::progress::needs_more;
    for (const char c : head + "5\r\nhello\r\n" + last) {
      REQUIRE(how != request_parser::progress::complete);
      std::size_t taken = 0;
      waiting += c;
      how = parser.parse(waiting, taken);
      waiting.erase(0, taken);
    }
    CHECK(how == request_parser::progress::complete);
    CHECK(waiting.empty());
    CHECK(parser.request().body == "hello");
  }
}

TEST_CASE("one empty line before a request is passed over, and no second one however it arrives") {
  const std::string get = "GET / HTTP/1.1\r\n" + host + "\r\n";
  for (const bool in_pieces : {false, true}) {
    request_parser one(1024), two(1024);
    const auto feed = [&](request_parser& to, std::string bytes) {
      auto how = request_parser::progress::needs_more;
      std::size_t taken = 0, given = in_pieces ? 1 : bytes.size();
      while (how == request_parser::progress::needs_more && given <= bytes.size()) {
        how = to.parse(std::string_view(bytes).substr(0, given), taken);
        bytes.erase(0, taken);
        given = in_pieces ? given + 1 - taken : bytes.size() + 1;
      }
      return how;
    };
    CHECK(feed(one, "\r\n" + get) == request_parser::progress::has_head);
    CHECK(feed(two, "\r\n\r\n" + get) == request_parser::progress::refused);
  }
}

TEST_CASE("a request behind a refused one is never handled") {
  counting_world world;
  auto client = world.world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\nGET /admin "
              "HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.read_response().value().status == 400);
  client.finish_sending();
  CHECK(client.is_closed());
  CHECK(world.handled == 0);
}

TEST_CASE("too large a header is refused with 431, the largest allowed one is served") {
  server_limits limits;
  limits.header_bytes = 1000;
  counting_world world(limits);
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  world.refused(start + std::string(1000, 'x'), 431);
  world.refused("GET /" + std::string(100'000, 'x'), 431);
  world.refused(start + std::string(1001 - start.size() - 4, 'x') + "\r\n\r\n", 431);
  auto client = world.world.connect();
  client.send(start + std::string(1000 - start.size() - 4, 'x') + "\r\n\r\n");
  CHECK(client.read_response().value().status == 200);
}

TEST_CASE("too many headers are refused with 431") {
  counting_world world;
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 128; ++i)
    many += "x: y\r\n";
  world.refused(many + "\r\n", 431);
}

TEST_CASE("a body over the limit is refused at once, and the client can read the answer") {
  server_limits limits;
  limits.body_bytes = 1 << 20;
  counting_world world(limits);
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ";
  SECTION("told from its length, before any of it") {
    world.refused(head + "1048577\r\n\r\n", 413);
    world.refused(head + "18446744073709551615\r\n\r\n", 413);
    world.refused(head + "1048577\r\nExpect: 100-continue\r\n\r\n", 413);
  }
  SECTION("while the client goes on sending") {
    world.refused(head + "1048577\r\n\r\n" + std::string(1 << 20, 'x'), 413);
  }
  SECTION("chunked") {
    std::string body;
    for (int i = 0; i < 17; ++i)
      body += "10000\r\n" + std::string(65536, 'x') + "\r\n";
    world.refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body, 413);
    world.refused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n",
                  413);
    world.refused(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        413);
  }
}

TEST_CASE("bodies up to the limit are served, chunked or not") {
  server_limits limits;
  limits.body_bytes = 1 << 20;
  counting_world world(limits);
  const std::string body(1 << 20, 'y');
  auto client = world.world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + body);
  CHECK(client.read_response().value().body == "POST / " + body);
  std::string chunks;
  for (int i = 0; i < 16; ++i)
    chunks += "10000\r\n" + body.substr(0, 65536) + "\r\n";
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks +
              "0\r\n\r\n");
  CHECK(client.read_response().value().body == "POST / " + body);
}

TEST_CASE("a path may have a limit of its own") {
  server_limits limits;
  limits.body_limit_of = [](const http_request& head) {
    return head.path() == "/small" && head.header("X-Any") ? std::size_t{4} : std::size_t{100};
  };
  counting_world world(limits);
  auto post = [](const std::string& path, const std::string& body) {
    return "POST " + path +
           " HTTP/1.1\r\nHost: a\r\nX-Any: 1\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  };
  world.refused(post("/small?q", "12345"), 413);
  world.refused(post("/", std::string(101, 'x')), 413);
  auto client = world.world.connect();
  client.send(post("/small", "1234") + post("/", std::string(100, 'x')));
  CHECK(client.read_response().value().status == 200);
  CHECK(client.read_response().value().status == 200);
}

TEST_CASE("bodies on their way take no more memory together than is set aside for them") {
  server_limits limits;
  limits.all_body_bytes = 100'000;
  server_world world(echo, limits);
  const std::string head = "POST / HTTP/1.1\r\n" + host + "Content-Length: 60000\r\n\r\n";
  auto slow = world.connect();
  slow.send(head + std::string(59'999, 'a'));
  // The other one may be read first; then both are served, and it is tried again.
  int status = 200;
  for (int tries = 0; tries < 1000 && status == 200; ++tries) {
    auto client = world.connect();
    client.send(head + std::string(60'000, 'b'));
    status = client.read_response().value().status;
  }
  CHECK(status == 503);
  slow.send("a");
  CHECK(slow.read_response().value().status == 200);
  auto client = world.connect();
  client.send(head + std::string(60'000, 'b'));
  CHECK(client.read_response().value().status == 200);
}

TEST_CASE("a body larger than all that is set aside is taken when it is the only one") {
  server_limits limits;
  limits.all_body_bytes = 1000;
  server_world world(echo, limits);
  for (int i = 0; i < 2; ++i) {
    auto client = world.connect();
    client.send("POST / HTTP/1.1\r\n" + host + "Content-Length: 60000\r\n\r\n" +
                std::string(60'000, 'b'));
    CHECK(client.read_response().value().status == 200);
  }
}

TEST_CASE("large bodies that come slowly leave room for small ones") {
  server_limits limits;
  limits.all_body_bytes = 400'000;
  server_world world(echo, limits);
  const auto head = [](const char* length) {
    return "POST / HTTP/1.1\r\n" + host + "Content-Length: " + length + "\r\n\r\n";
  };
  std::vector<raw_connection> slow;
  for (int i = 0; i < 6; ++i) { // more than there is room for
    slow.push_back(world.connect());
    slow.back().send(head("100000") + std::string(99'999, 'a'));
  }
  // While only a part of one has come, it is a small one itself: wait until three had to go.
  const auto refused = [&] {
    return std::count_if(slow.begin(), slow.end(),
                         [](auto& one) { return one.readable_within(10); });
  };
  for (int tries = 0; tries < 500 && refused() < 3; ++tries) {
  }
  REQUIRE(refused() >= 3);
  world.serves(head("60000") + std::string(60'000, 'b'), 100);
}
