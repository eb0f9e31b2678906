#include "net/http/forwarded.hpp"
#include "tests/http/server_world.hpp"

using namespace ringmaster::net;

namespace {

trusted_proxies trusting(const std::vector<std::string>& networks) {
  trusted_proxies proxies;
  for (const auto& network : networks)
    REQUIRE(proxies.add(network));
  return proxies;
}

header_list forwarded(const std::string& list) {
  return {{"Host", "a"}, {"x-forwarded-for", list}};
}

} // namespace

TEST_CASE("a request comes from its peer, whatever it says, unless the peer is a trusted proxy") {
  const auto proxies = trusting({"10.0.0.0/8", "::1"});
  CHECK(proxies.client_of("192.0.2.1", forwarded("198.51.100.7")) == "192.0.2.1");
  CHECK(proxies.client_of("11.0.0.1", forwarded("198.51.100.7")) == "11.0.0.1");
  CHECK(proxies.client_of("10.1.2.3", forwarded("198.51.100.7")) == "198.51.100.7");
  CHECK(proxies.client_of("::1", forwarded("2001:db8::7")) == "2001:db8::7");
  CHECK(proxies.client_of("::ffff:10.1.2.3", forwarded("198.51.100.7")) == "198.51.100.7");
  CHECK(proxies.client_of("10.1.2.3", {{"Host", "a"}}) == "10.1.2.3");
}

TEST_CASE("the nearest address that is no proxy's counts, not what stands before it") {
  const auto proxies = trusting({"10.0.0.0/8"});
  // The client has begun the list itself; the proxy has added whom it saw.
  CHECK(proxies.client_of("10.0.0.1", forwarded("127.0.0.1, 198.51.100.7")) == "198.51.100.7");
  CHECK(proxies.client_of("10.0.0.1", forwarded("1.1.1.1,198.51.100.7 , 10.0.0.2")) ==
        "198.51.100.7");
  CHECK(proxies.client_of("10.0.0.1", forwarded("10.0.0.3, 10.0.0.2")) == "10.0.0.3");
  const header_list lines{{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "198.51.100.7"}};
  CHECK(proxies.client_of("10.0.0.1", lines) == "198.51.100.7");
}

TEST_CASE("addresses are read as proxies write them, and nothing behind what can't be read") {
  const auto proxies = trusting({"10.0.0.0/8", "fd00::/8"});
  const auto from = [&](const std::string& list) {
    return proxies.client_of("10.0.0.1", forwarded(list));
  };
  CHECK(from("198.51.100.7:4711") == "198.51.100.7");
  CHECK(from("[2001:db8::7]:4711") == "2001:db8::7");
  CHECK(from("2001:DB8:0::7") == "2001:db8::7");
  CHECK(from("::ffff:198.51.100.7") == "198.51.100.7");
  for (const auto* bad : {"", "unknown", "198.51.100.7, _hidden", "198.51.100.7,", "[2001:db8::7",
                          "198.51.100", "fe80::1%eth0", "a:b"})
    CHECK(from(bad) == "10.0.0.1");
  CHECK(from("198.51.100.7, x, fd00::2") == "fd00::2");
}

TEST_CASE("a network is an address, perhaps with how many of its bits count") {
  for (const auto* good : {"127.0.0.1", "::1", "10.0.0.0/8", "0.0.0.0/0", "fd00::/7", "1.2.3.4/32"})
    CHECK(trusted_proxies{}.add(good));
  for (const auto* bad : {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "10.0.0.0/-1",
                          "::/129", "/8", "10.0.0.0/8/8"})
    CHECK_FALSE(trusted_proxies{}.add(bad));
  const auto odd = trusting({"192.0.2.128/25"});
  CHECK(odd.trusts("192.0.2.129"));
  CHECK_FALSE(odd.trusts("192.0.2.127"));
  CHECK_FALSE(odd.trusts("::1"));
  CHECK_FALSE(odd.trusts("no address"));
}

TEST_CASE("a handler hears whom a trusted proxy speaks for, and nobody else is believed") {
  const auto told = [](const std::vector<std::string>& networks) {
    server_limits limits;
    limits.proxies = trusting(networks);
    server_world world(
        [](const http_request& request, const respond_fn& respond) { respond(text(request.peer)); },
        limits);
    auto client = world.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n"
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto first = client.read_response()->body;
    return first + " " + client.read_response()->body;
  };
  CHECK(told({"127.0.0.0/8"}) == "198.51.100.7 127.0.0.1"); // each request by itself
  CHECK(told({"10.0.0.0/8"}) == "127.0.0.1 127.0.0.1");
  CHECK(told({}) == "127.0.0.1 127.0.0.1");
}
