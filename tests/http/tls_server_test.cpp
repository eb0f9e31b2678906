// The server's own TLS, on real sockets.
#include "net/http/tls_server.hpp"
#include "tests/http/client_world.hpp"
#include "tests/http/server_world.hpp"
#include "tests/http/tls_caller.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include <openssl/pem.h>

using namespace ringmaster::net;

namespace {

struct tls_world {
  explicit tls_world(http_handler handler = echo, server_limits limits = {})
      : files(authority.sign({"DNS:localhost,IP:127.0.0.1"})),
        server("test", std::move(limits), std::move(handler)) {
    const auto problem = identity->load(files.certificate, files.key);
    INFO(problem);
    REQUIRE(problem.empty());
    server.use_tls(identity);
    REQUIRE(server.start("127.0.0.1", 0).empty());
  }

  std::string url() const { return "https://localhost:" + std::to_string(server.port()); }

  test_authority authority;
  credential_files files;
  std::shared_ptr<tls_identity> identity = std::make_shared<tls_identity>();
  http_server server;
};

const std::string simple_get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string last_get = "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Until the server says that so many handshakes have failed.
void wait_for_failures(const tls_identity& identity, std::uint64_t many) {
  for (int i = 0; identity.handshakes_failed < many; ++i) {
    REQUIRE(i < 2'000);
    std::this_thread::sleep_for(milliseconds(10));
  }
}

/// The beginning of what a client says first, and nothing more.
const std::string half_a_hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);

} // namespace

TEST_CASE("over its own TLS the server answers like over plain TCP") {
  tls_world world;
  http_client client(world.url(), {});
  for (int i = 0; i < 20; ++i)
    CHECK(ask(client, get("/x")).response.body == "GET /x ");
  const std::string large(300'000, 'b');
  CHECK(ask(client, post("/x", large)).response.body == "POST /x " + large);
}

TEST_CASE("requests in one record are answered one after the other, and the end is said") {
  tls_world world;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    tls_caller caller(world.server.port(), version, version);
    REQUIRE(caller.shake_hands());
    CHECK(caller.version() == (version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3"));
    REQUIRE(caller.send(simple_get + simple_get + last_get));
    const auto said = caller.read_to_end();
    std::size_t answers = 0;
    for (auto at = said.find("GET /a "); at != std::string::npos; at = said.find("GET /a ", at + 1))
      ++answers;
    CHECK(answers == 3);
    CHECK(caller.was_told_the_end());
  }
}

TEST_CASE("a refused request's answer comes whole, though the client goes on sending") {
  server_limits limits;
  limits.body_bytes = 1'000;
  tls_world world(echo, limits);
  tls_caller caller(world.server.port());
  REQUIRE(caller.shake_hands());
  caller.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n");
  caller.send(std::string(200'000, 'x'));
  CHECK(caller.read_to_end().find("HTTP/1.1 413") == 0);
  CHECK(caller.was_told_the_end());
}

TEST_CASE("a stream of chunks goes over TLS") {
  struct three final : chunk_source {
    int left = 3;
    void pull(std::function<void(std::optional<std::string>)> ready) override {
      left-- > 0 ? ready(std::string(20'000, 'c')) : ready(std::nullopt);
    }
  };
  tls_world world([](const http_request&, const respond_fn& respond) {
    auto answer = text("");
    answer.stream = std::make_shared<three>();
    respond(std::move(answer));
  });
  http_client client(world.url(), {});
  CHECK(ask(client, get("/x")).response.body == std::string(60'000, 'c'));
}

TEST_CASE("TLS before 1.2 and weak ciphers are refused") {
  tls_world world;
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    tls_caller caller(world.server.port(), version, version);
    CHECK_FALSE(caller.shake_hands());
  }
  for (const auto* weak : {"AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "NULL"}) {
    tls_caller caller(world.server.port(), TLS1_2_VERSION, TLS1_2_VERSION);
    INFO(weak);
    REQUIRE(SSL_set_cipher_list(caller.handle(), weak) == 1);
    CHECK_FALSE(caller.shake_hands());
  }
  wait_for_failures(*world.identity, 6);
  tls_caller caller(world.server.port());
  CHECK(caller.shake_hands());
}

TEST_CASE("a client chooses HTTP/1.1, or nothing that the server would have to know") {
  tls_world world;
  const auto chosen = [&](const std::string& offered) {
    tls_caller caller(world.server.port());
    SSL_set_alpn_protos(caller.handle(), reinterpret_cast<const unsigned char*>(offered.data()),
                        static_cast<unsigned>(offered.size()));
    REQUIRE(caller.shake_hands());
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(caller.handle(), &name, &size);
    return std::string(reinterpret_cast<const char*>(name), size);
  };
  CHECK(chosen("\x02h2\x08http/1.1") == "http/1.1");
  CHECK(chosen("\x02h2").empty());
}

TEST_CASE("what is no TLS ends its connection and nothing else") {
  tls_world world;
  std::uint64_t failures = 0;
  for (const auto& garbage :
       {simple_get, std::string("\x80\x2e\x01\x00\x02", 5), std::string(70'000, '\xff'),
        std::string("\x16\x03\x01\xff\xff", 5) + std::string(70'000, 'x'), std::string(5, '\0')}) {
    raw_connection connection(world.server.port());
    connection.send(garbage);
    connection.finish_sending();
    const auto said = connection.read_to_end();
    CHECK(said.find("HTTP/") == std::string::npos);
    wait_for_failures(*world.identity, ++failures);
  }
  tls_caller caller(world.server.port());
  CHECK(caller.shake_hands());
}

TEST_CASE("a handshake that never ends is cut off") {
  server_limits limits;
  limits.handshake_time = short_time;
  tls_world world(echo, limits);
  raw_connection silent(world.server.port()), half(world.server.port());
  half.send(half_a_hello);
  CHECK(silent.is_closed());
  CHECK(half.is_closed());
}

TEST_CASE("more handshakes than may be under way push out the one that has taken longest") {
  server_limits limits;
  limits.handshakes = 2;
  tls_world world(echo, limits);
  tls_caller served(world.server.port());
  REQUIRE(served.shake_hands());
  REQUIRE(served.send(simple_get));
  REQUIRE_FALSE(served.read_some().empty()); // the server's own end of the handshake comes last
  raw_connection first(world.server.port());
  first.send(half_a_hello);
  raw_connection second(world.server.port());
  second.send(half_a_hello);
  tls_caller third(world.server.port());
  CHECK(third.shake_hands());
  CHECK(first.is_closed());
  CHECK_FALSE(second.readable_within(0));
  CHECK(served.send(last_get)); // whoever is through is none of them
  CHECK(served.read_to_end().find("HTTP/1.1 200") != std::string::npos);
}

TEST_CASE("a slow request over TLS is told so") {
  server_limits limits;
  limits.header_time = short_time;
  tls_world world(echo, limits);
  tls_caller caller(world.server.port());
  REQUIRE(caller.shake_hands());
  caller.send("GET /a HTTP/1.1\r\nHo");
  CHECK(caller.read_to_end().find("HTTP/1.1 408") == 0);
}

TEST_CASE("a certificate is exchanged while its connections live; one that is no good changes "
          "nothing") {
  tls_world world;
  tls_caller before(world.server.port());
  REQUIRE(before.shake_hands());
  const auto ends = world.identity->ends();
  world.files.replace(world.authority.sign({"DNS:localhost", -3600, 7 * 86'400}));
  REQUIRE(world.identity->load(world.files.certificate, world.files.key).empty());
  CHECK(world.identity->ends() > ends + std::chrono::hours(100));
  const auto good = world.identity->ends();
  std::ofstream(world.files.key) << "no key";
  CHECK_FALSE(world.identity->load(world.files.certificate, world.files.key).empty());
  CHECK(world.identity->ends() == good);
  http_client client(world.url(), {});
  CHECK(ask(client, get("/x")).response.body == "GET /x ");
  REQUIRE(before.send(last_get));
  CHECK(before.read_to_end().find("HTTP/1.1 200") == 0);
}

TEST_CASE("each thing that can be wrong with a certificate is told by its name") {
  test_authority authority;
  const auto one = authority.sign({"DNS:localhost"});
  const credential_files good(one), other(authority.sign({"DNS:localhost"}));
  tls_identity identity;
  const auto problem = [&](const std::string& certificate, const std::string& key) {
    return identity.load(certificate, key);
  };
  const auto tells = [](const std::string& told, const std::string& what) {
    INFO(told);
    CHECK(told.find(what) != std::string::npos);
  };
  tells(problem("/nowhere/at_all", good.key), "/nowhere/at_all can't be read: No such file");
  tells(problem(good.certificate, "/nowhere"), "/nowhere can't be read: No such file");
  tells(problem(std::filesystem::temp_directory_path().string(), good.key), "Is a directory");
  tells(problem(good.key, good.key), "holds no certificate (PEM)");
  tells(problem(good.certificate, good.certificate), "holds no private key (PEM");
  tells(problem(good.certificate, other.key), "does not belong to the certificate in");
  {
    auto* to = fopen(other.key.c_str(), "w");
    char secret[] = "secret";
    REQUIRE(PEM_write_PrivateKey(to, one.key.get(), EVP_aes_128_cbc(),
                                 reinterpret_cast<unsigned char*>(secret), 6, nullptr, nullptr));
    fclose(to);
  }
  tells(problem(good.certificate, other.key), "without a passphrase");
  key_ptr rsa(EVP_RSA_gen(2048));
  {
    auto* to = fopen(other.key.c_str(), "w");
    REQUIRE(PEM_write_PrivateKey(to, rsa.get(), nullptr, nullptr, 0, nullptr, nullptr));
    fclose(to);
  }
  tells(problem(good.certificate, other.key), "does not belong to the certificate in");
  std::ofstream(other.key).close();
  tells(problem(good.certificate, other.key), "is empty");
  CHECK(problem(good.certificate, good.key).empty());
}
