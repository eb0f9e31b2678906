#include "tests/http/server_world.hpp"

#include <atomic>
#include <thread>

using namespace ringmaster::net;

namespace {

using ready_fn = std::function<void(std::optional<std::string>)>;

/// Hands each pull to the test, which answers it.
struct hand_driven : chunk_source {
  void pull(ready_fn ready) override { pulls.put(std::move(ready)); }
  void cancel() override { cancelled.put(1); }
  bool broken() const override { return is_broken; }

  mailbox<ready_fn> pulls;
  mailbox<int> cancelled;
  std::atomic<bool> is_broken{false};
};

/// So many chunks, made at once when asked.
struct counted : chunk_source {
  counted(int chunks, std::size_t bytes) : left(chunks), size(bytes) {}
  void pull(ready_fn ready) override {
    if (left == 0) return ready(std::nullopt);
    --left;
    ++pulled;
    ready(std::string(size, 'c'));
  }

  std::atomic<int> left, pulled{0};
  std::size_t size;
};

http_handler streaming(std::shared_ptr<chunk_source> source) {
  return [source](http_request request, respond_fn respond) {
    if (request.target != "/stream") return respond(text("plain"));
    http_response response;
    response.content_type = "text/csv";
    response.stream = source;
    respond(response);
  };
}

const std::string get_stream = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string get_plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

TEST_CASE("a stream is sent chunk by chunk, and the connection goes on after it") {
  auto source = std::make_shared<hand_driven>();
  server_world world(streaming(source));
  auto client = world.connect();
  client.send(get_stream + get_plain);
  source->pulls.take()("one,");
  auto ready = source->pulls.take();
  std::thread([&] { ready("two"); }).join();
  source->pulls.take()(""); // nothing now is not the end
  source->pulls.take()(std::nullopt);
  auto answer = client.read_response();
  REQUIRE(answer);
  CHECK(answer->header("Transfer-Encoding") == "chunked");
  CHECK(answer->header("Content-Length") == "");
  CHECK(answer->body == "one,two");
  CHECK(client.read_response().value().body == "plain");
  CHECK(source->cancelled.empty());
}

TEST_CASE("a chunk reaches the client before the next one is made") {
  auto source = std::make_shared<hand_driven>();
  server_world world(streaming(source));
  auto client = world.connect();
  client.send(get_stream);
  source->pulls.take()("event: 1\n\n");
  std::string seen;
  while (seen.find("event: 1\n\n\r\n") == std::string::npos)
    seen += client.read_some();
  source->pulls.take();
}

TEST_CASE("a slow reader holds back the maker") {
  constexpr int chunks = 4000;
  constexpr std::size_t size = 16384;
  auto source = std::make_shared<counted>(chunks, size);
  server_world world(streaming(source));
  auto client = world.connect(4096);
  client.send(get_stream);
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos)
    head += client.read_some(64);
  // Unread, the pulls stand still as soon as the kernel's buffers are full.
  int before = -1;
  while (before != source->pulled) {
    before = source->pulled;
    std::this_thread::sleep_for(milliseconds(100));
  }
  CHECK(source->pulled < chunks);
  auto rest = head + client.read_some();
  std::size_t total = rest.size();
  while (rest.size() < 7 || rest.compare(rest.size() - 7, 7, "\r\n0\r\n\r\n") != 0) {
    auto more = client.read_some();
    REQUIRE_FALSE(more.empty());
    total += more.size();
    rest = rest.substr(rest.size() - std::min<std::size_t>(rest.size(), 7)) + more;
  }
  CHECK(source->pulled == chunks);
  CHECK(total > chunks * size);
}

TEST_CASE("a stream ends when its client goes, even while nothing is sent") {
  auto source = std::make_shared<hand_driven>();
  server_world world(streaming(source));
  auto client = world.connect();
  client.send(get_stream);
  auto ready = source->pulls.take();
  SECTION("closed") {
    client.close();
  }
  SECTION("reset") {
    client.reset();
  }
  CHECK(source->cancelled.take() == 1);
  ready("nobody hears");
}

TEST_CASE("a broken stream ends without the last chunk") {
  auto source = std::make_shared<hand_driven>();
  source->is_broken = true;
  server_world world(streaming(source));
  auto client = world.connect();
  client.send(get_stream);
  source->pulls.take()("half");
  source->pulls.take()(std::nullopt);
  auto all = client.read_to_end();
  CHECK(all.substr(all.size() - 9) == "4\r\nhalf\r\n");
}

TEST_CASE("an old client gets a stream without chunks, to the end of the connection") {
  server_world world(streaming(std::make_shared<counted>(3, 5)));
  auto client = world.connect();
  client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto answer = client.read_response();
  REQUIRE(answer);
  CHECK(answer->header("Transfer-Encoding") == "");
  CHECK(answer->header("Connection") == "close");
  CHECK(answer->body == "ccccccccccccccc");
}

TEST_CASE("HEAD of a stream makes nothing") {
  auto source = std::make_shared<hand_driven>();
  server_world world(streaming(source));
  auto client = world.connect();
  client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + get_plain);
  CHECK(client.read_response(true).value().header("Transfer-Encoding") == "chunked");
  CHECK(client.read_response().value().body == "plain");
  CHECK(source->pulls.empty());
  CHECK(source->cancelled.take() == 1);
}

TEST_CASE("stop ends a stream after its grace and tells the maker") {
  auto source = std::make_shared<hand_driven>();
  server_world world(streaming(source));
  auto client = world.connect();
  client.send(get_stream);
  auto ready = source->pulls.take();
  world.server.stop(milliseconds(50));
  CHECK(source->cancelled.take() == 1);
  ready("late");
  ready(std::nullopt);
}

TEST_CASE("a stream answered after the server has gone is cancelled") {
  mailbox<respond_fn> waiting;
  auto source = std::make_shared<hand_driven>();
  {
    server_world world([&](http_request, respond_fn respond) { waiting.put(std::move(respond)); });
    auto client = world.connect();
    client.send(get_plain);
    auto respond = waiting.take();
    waiting.put(respond);
    world.server.stop(milliseconds(0));
  }
  http_response response;
  response.stream = source;
  waiting.take()(response);
  CHECK(source->cancelled.take() == 1);
}
