#include "tests/http/server_world.hpp"

#include <atomic>
#include <thread>

using namespace ringmaster::net;

TEST_CASE("a request is handed over as it came and its answer comes back") {
  mailbox<http_request> seen;
  server_world world([&](http_request request, respond_fn respond) {
    seen.put(std::move(request));
    respond(text("hello", 201));
  });
  auto client = world.connect();
  client.send("POST /a%20b?x=%D7%A9&y=+ HTTP/1.1\r\nHost: me:80\r\nX-One:  1 \r\nx-one: 2\r\n"
              "Content-Length: 4\r\n\r\nbody");
  auto answer = client.read_response();
  REQUIRE(answer);
  CHECK(answer->status_line == "HTTP/1.1 201 Created");
  CHECK(answer->body == "hello");
  CHECK(answer->header("Content-Type") == "text/plain");
  CHECK(answer->header("Content-Length") == "5");
  CHECK(answer->header("X-Content-Type-Options") == "nosniff");
  CHECK(answer->header("Connection") == "");
  auto request = seen.take();
  CHECK(request.method == "POST");
  CHECK(request.target == "/a%20b?x=%D7%A9&y=+");
  CHECK(request.body == "body");
  CHECK(request.peer == "127.0.0.1");
  CHECK(request.count_headers("X-One") == 2);
  CHECK(*request.header("X-One") == "1");
}

TEST_CASE("a connection serves one request after another") {
  server_world world(echo);
  auto client = world.connect();
  for (int i = 0; i < 100; ++i) {
    client.send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    auto answer = client.read_response();
    REQUIRE(answer);
    REQUIRE(answer->body == "GET /" + std::to_string(i) + " ");
  }
}

TEST_CASE("pipelined requests are handled one by one and answered in order") {
  mailbox<std::pair<std::string, respond_fn>> waiting;
  server_world world([&](http_request request, respond_fn respond) {
    waiting.put({request.target, std::move(respond)});
  });
  auto client = world.connect();
  std::string all;
  for (int i = 0; i < 50; ++i)
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
  client.send(all);
  for (int i = 0; i < 50; ++i) {
    auto [target, respond] = waiting.take();
    CHECK(target == "/" + std::to_string(i));
    CHECK(waiting.empty());
    respond(text(target));
    auto answer = client.read_response();
    REQUIRE(answer);
    REQUIRE(answer->body == target);
  }
}

TEST_CASE("a thousand pipelined requests larger than any buffer are all answered") {
  server_world world(echo);
  auto client = world.connect();
  std::string body(300, 'b');
  std::thread sender([&] {
    for (int i = 0; i < 1000; ++i)
      client.send("POST /" + std::to_string(i) +
                  " HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n" + body);
  });
  int right = 0;
  for (int i = 0; i < 1000; ++i) {
    auto answer = client.read_response();
    if (answer && answer->body == "POST /" + std::to_string(i) + " " + body) ++right;
  }
  sender.join();
  CHECK(right == 1000);
}

TEST_CASE("a request may come byte by byte") {
  server_world world(echo);
  auto client = world.connect();
  client.send_byte_by_byte("PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                           "\r\nPUT /y HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                           "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: t\r\n\r\n");
  CHECK(client.read_response().value().body == "PUT /x hello");
  CHECK(client.read_response().value().body == "PUT /y abcde");
}

TEST_CASE("HEAD is answered with the header of the answer and without its body") {
  server_world world([](http_request, respond_fn respond) { respond(text("12345")); });
  auto client = world.connect();
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  auto head = client.read_response(true);
  REQUIRE(head);
  CHECK(head->header("Content-Length") == "5");
  CHECK(client.read_response().value().body == "12345");
}

TEST_CASE("204 has neither body nor length") {
  server_world world([](http_request, respond_fn respond) {
    http_response response;
    response.status = 204;
    respond(response);
  });
  auto client = world.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  for (int i = 0; i < 2; ++i) {
    auto answer = client.read_response();
    REQUIRE(answer);
    CHECK(answer->status == 204);
    CHECK(find_header(answer->headers, "Content-Length") == nullptr);
  }
}

TEST_CASE("unknown methods are the handler's to judge") {
  server_world world(echo);
  auto client = world.connect();
  client.send("BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.read_response().value().body == "BREW /pot ");
}

TEST_CASE(
    "the connection ends when the client asks for it, and an old client has to ask to keep it") {
  server_world world(echo);
  SECTION("HTTP/1.1 with close") {
    auto client = world.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(client.read_response().value().header("Connection") == "close");
    CHECK(client.is_closed());
  }
  SECTION("HTTP/1.0") {
    auto client = world.connect();
    client.send("GET / HTTP/1.0\r\n\r\n");
    CHECK(client.read_response().value().header("Connection") == "close");
    CHECK(client.is_closed());
  }
  SECTION("HTTP/1.0 with keep-alive") {
    auto client = world.connect();
    for (int i = 0; i < 2; ++i) {
      client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      CHECK(client.read_response().value().header("Connection") == "keep-alive");
    }
  }
}

TEST_CASE("a client that has finished sending still gets its answer") {
  mailbox<respond_fn> waiting;
  server_world world([&](http_request, respond_fn respond) { waiting.put(std::move(respond)); });
  auto client = world.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.finish_sending();
  waiting.take()(text("late"));
  CHECK(client.read_response().value().body == "late");
  CHECK(client.is_closed());
}

TEST_CASE("100 Continue comes before a body that waits for it, and only then") {
  server_world world(echo);
  auto client = world.connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.read_response().value().status == 100);
  client.send("ok");
  CHECK(client.read_response().value().body == "POST / ok");
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nok");
  CHECK(client.read_response().value().body == "POST / ok");
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.read_response().value().body == "POST / ");
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: a-pony\r\n\r\n");
  CHECK(client.read_response().value().status == 417);
  CHECK(client.is_closed());
}

TEST_CASE("an answer may come from any thread, and the second one is ignored") {
  mailbox<respond_fn> waiting;
  server_world world([&](http_request, respond_fn respond) { waiting.put(std::move(respond)); }, {},
                     2);
  auto client = world.connect();
  for (int i = 0; i < 20; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    auto respond = waiting.take();
    std::thread first([&] { respond(text("one")); });
    first.join();
    respond(text("two"));
    CHECK(client.read_response().value().body == "one");
  }
}

TEST_CASE("an answer after the client has gone, or after the server has, does no harm") {
  mailbox<respond_fn> waiting;
  respond_fn last;
  {
    server_world world([&](http_request, respond_fn respond) { waiting.put(std::move(respond)); });
    {
      auto gone = world.connect();
      gone.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      auto respond = waiting.take();
      gone.reset();
      respond(text(std::string(1 << 20, 'x')));
    }
    auto client = world.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    last = waiting.take();
    world.server.stop(milliseconds(0));
    CHECK(client.is_closed());
  }
  last(text("too late"));
}

TEST_CASE("a handler that throws answers 500 and the server goes on") {
  server_world world([](http_request request, respond_fn respond) {
    if (request.target == "/bad") throw std::runtime_error("secret");
    respond(text("fine"));
  });
  auto client = world.connect();
  client.send("GET /bad HTTP/1.1\r\nHost: a\r\n\r\n");
  auto answer = client.read_response();
  REQUIRE(answer);
  CHECK(answer->status == 500);
  CHECK(answer->body ==
        R"({"error":{"code":"internal","message":"A defect of the server stopped this request; )"
        R"(whether it was carried out is not known.","field":null}})");
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.read_response().value().body == "fine");
}

TEST_CASE("an answer whose headers would split is not written") {
  server_world world([](http_request request, respond_fn respond) {
    auto response = text("x");
    if (request.target == "/value") response.headers = {{"Location", "/a\r\nSet-Cookie: b"}};
    if (request.target == "/name") response.headers = {{"A: b\r\nC", "d"}};
    if (request.target == "/type") response.content_type = "text/plain\r\nX: y";
    if (request.target == "/status") response.status = 99;
    if (request.target == "/good")
      response.headers = {{"Location", "/a"}, {"Content-Length", "77"}, {"Connection", "no"}};
    respond(response);
  });
  auto client = world.connect();
  for (std::string path : {"/value", "/name", "/type", "/status"}) {
    INFO(path);
    client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    auto answer = client.read_response();
    REQUIRE(answer);
    CHECK(answer->status == 500);
    CHECK(answer->header("Set-Cookie") == "");
  }
  client.send("GET /good HTTP/1.1\r\nHost: a\r\n\r\n");
  auto answer = client.read_response();
  REQUIRE(answer);
  CHECK(answer->header("Location") == "/a");
  CHECK(answer->header("Content-Length") == "1");
  CHECK(answer->header("Connection") == "");
}

TEST_CASE("an answer can be told to end its connection badly") {
  server_world world([](http_request request, respond_fn respond) {
    auto response = text("0123456789");
    if (request.target == "/silent") response.end = answer_end::silent;
    if (request.target == "/cut") response.end = answer_end::cut;
    if (request.target == "/dropped") response.end = answer_end::dropped;
    respond(response);
  });
  auto fetch = [&](const std::string& path) {
    auto client = world.connect();
    client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return client.read_to_end();
  };
  auto silent = fetch("/silent");
  CHECK(silent.find("Connection: close") == std::string::npos);
  CHECK(silent.find("\r\n\r\n0123456789") != std::string::npos);
  auto cut = fetch("/cut");
  CHECK(cut.find("Content-Length: 10\r\n") != std::string::npos);
  CHECK(cut.substr(cut.size() - 9) == "\r\n\r\n01234");
  CHECK(fetch("/dropped") == "");
}

TEST_CASE("a target in absolute form is handed over as its path and query") {
  server_world world(echo);
  auto client = world.connect();
  for (const auto& [sent, seen] : std::vector<std::pair<std::string, std::string>>{
           {"http://a.example:80/x?y=1", "/x?y=1"},
           {"HTTPS://a.example/x", "/x"},
           {"http://a.example", "/"},
           {"http://a.example?y=http://b/", "/?y=http://b/"},
           {"/x?u=http://b/c", "/x?u=http://b/c"},
           {"//b/c", "//b/c"}}) {
    client.send("GET " + sent + " HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_response().value().body == "GET " + seen + " ");
  }
}
