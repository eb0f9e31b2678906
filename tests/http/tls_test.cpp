#include "tests/http/client_world.hpp"
#include "tests/http/test_authority.hpp"

#include <atomic>
#include <csignal>

using namespace ringmaster::net;

namespace {

/// How the server ends after so many answers.
enum class ending { by_client, close_notify, close_without_notify, half_an_answer };

class tls_server {
public:
  explicit tls_server(const credentials& own, ending end = ending::by_client)
      : context_(server_side(own)), end_(end),
        server_([this](raw_connection& connection, int) { serve(connection); }) {
    std::signal(SIGPIPE, SIG_IGN); // OpenSSL's sockets don't spare us
  }

  std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(server_.port());
  }
  int connections() const { return server_.connections(); }

  std::atomic<int> requests{0};
  mailbox<std::string> names_asked_for;

private:
  void serve(raw_connection& connection) {
    tls_ptr tls(SSL_new(context_.get()));
    SSL_set_fd(tls.get(), connection.socket());
    if (SSL_accept(tls.get()) != 1) return;
    auto name = SSL_get_servername(tls.get(), TLSEXT_NAMETYPE_host_name);
    names_asked_for.put(name ? name : "");
    std::string in;
    char buffer[4096];
    for (;;) {
      int size = SSL_read(tls.get(), buffer, sizeof buffer);
      if (size <= 0) return;
      in.append(buffer, static_cast<std::size_t>(size));
      auto end = in.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      in.erase(0, end + 4);
      ++requests;
      std::string answer = end_ == ending::by_client || end_ == ending::half_an_answer
                               ? ok_answer
                               : "HTTP/1.1 200 OK\r\n\r\nto the end";
      if (end_ == ending::half_an_answer) answer.pop_back();
      SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
      if (end_ == ending::by_client) continue;
      if (end_ != ending::close_without_notify) SSL_shutdown(tls.get());
      return connection.close();
    }
  }

  tls_context_ptr context_;
  ending end_;
  raw_server server_;
};

void is_refused(const credentials& own, const std::string& host) {
  tls_server server(own);
  {
    http_client client(server.url(host), {});
    auto result = ask(client, get("/secret"));
    CHECK(result.result == exchange_result::not_sent);
    CHECK(result.reason.find("no TLS: certificate verify failed") == 0);
  }
  CHECK(server.requests == 0);
}

} // namespace

TEST_CASE("a server whose certificate names its host is trusted, and told the host's name") {
  test_authority authority;
  SECTION("by name") {
    tls_server server(authority.sign({"DNS:other.example,DNS:localhost"}));
    http_client client(server.url("localhost"), {});
    for (int i = 0; i < 3; ++i)
      CHECK(ask(client, get("/")).response.body == "ok");
    CHECK(server.names_asked_for.take() == "localhost");
    CHECK(server.connections() <= 2); // tickets after the first handshake may end its use
  }
  SECTION("by address, which is not told") {
    tls_server server(authority.sign({"IP:127.0.0.1"}));
    http_client client(server.url("127.0.0.1"), {});
    CHECK(ask(client, get("/")).response.body == "ok");
    CHECK(server.names_asked_for.take() == "");
  }
}

TEST_CASE("a connection over TLS serves many requests") {
  test_authority authority;
  tls_server server(authority.sign({"DNS:localhost"}));
  {
    http_client client(server.url("localhost"), {});
    for (int i = 0; i < 50; ++i)
      REQUIRE(ask(client, get("/")).result == exchange_result::answered);
  }
  CHECK(server.requests == 50);
  CHECK(server.connections() <= 2);
}

TEST_CASE("a certificate that doesn't prove the host is refused before anything is sent") {
  test_authority authority;
  SECTION("another name") {
    is_refused(authority.sign({"DNS:other.example"}), "localhost");
  }
  SECTION("a name that only begins alike") {
    is_refused(authority.sign({"DNS:localhost.example"}), "localhost");
  }
  SECTION("a name for an address") {
    is_refused(authority.sign({"DNS:127.0.0.1"}), "127.0.0.1");
  }
  SECTION("another address") {
    is_refused(authority.sign({"IP:127.0.0.2"}), "127.0.0.1");
  }
  SECTION("no name") {
    is_refused(authority.sign({}), "localhost");
  }
  SECTION("signed by itself") {
    is_refused(test_authority::self_signed({"DNS:localhost"}), "localhost");
  }
  SECTION("expired") {
    is_refused(authority.sign({"DNS:localhost", -7200, -3600}), "localhost");
  }
  SECTION("not yet valid") {
    is_refused(authority.sign({"DNS:localhost", 3600, 7200}), "localhost");
  }
}

TEST_CASE("an authority that the system doesn't know is refused") {
  credentials own;
  {
    test_authority unknown;
    own = unknown.sign({"DNS:localhost"});
  }
  test_authority known;
  is_refused(own, "localhost");
}

TEST_CASE("a server that speaks no TLS gets nothing of the request") {
  test_authority authority;
  mailbox<std::string> seen;
  raw_server server([&](raw_connection& connection, int) {
    connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    seen.put(connection.read_to_end());
  });
  http_client client("https://localhost:" + std::to_string(server.port()), {});
  auto result = ask(client, get("/secret"));
  CHECK(result.result == exchange_result::not_sent);
  CHECK(result.reason.find("no TLS") == 0);
  CHECK(seen.take().find("secret") == std::string::npos);
}

TEST_CASE("a handshake that never ends is given up on, and nothing was sent") {
  test_authority authority;
  raw_server server([](raw_connection& connection, int) { connection.read_to_end(); });
  client_limits limits;
  limits.connect_time = short_time;
  http_client client("https://localhost:" + std::to_string(server.port()), limits);
  CHECK(ask(client, get("/")).result == exchange_result::not_sent);
}

TEST_CASE("over TLS an answer that ends with the connection has to end with a word") {
  test_authority authority;
  auto own = authority.sign({"DNS:localhost"});
  auto result_of = [&](ending end) {
    tls_server server(own, end);
    http_client client(server.url("localhost"), {});
    return ask(client, get("/"));
  };
  CHECK(result_of(ending::close_notify).response.body == "to the end");
  CHECK(result_of(ending::close_without_notify).result == exchange_result::unknown);
  CHECK(result_of(ending::half_an_answer).result == exchange_result::unknown);
}
