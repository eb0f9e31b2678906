#include "net/simulated_carrier/webhook.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::net::sim;

TEST_CASE("retries are as the fragment asks; without one, once and on a failed connection only") {
  auto plain = policy_of("");
  CHECK(plain.retries == 1);
  CHECK(plain.on_connect);
  CHECK(!plain.on_read);
  CHECK(!plain.on_4xx);
  CHECK(!plain.on_5xx);
  CHECK(plain.connect == milliseconds{5'000});
  CHECK(plain.read == milliseconds{15'000});

  auto all = policy_of("rc=5&rp=all&ct=500&rt=2000&tt=9000");
  CHECK(all.retries == 5);
  CHECK((all.on_connect && all.on_read && all.on_4xx && all.on_5xx));
  CHECK(all.connect == milliseconds{500});
  CHECK(all.read == milliseconds{2'000});
  CHECK(all.total == milliseconds{9'000});

  auto some = policy_of("rp=rt,5xx");
  CHECK(!some.on_connect);
  CHECK(some.on_read);
  CHECK(!some.on_4xx);
  CHECK(some.on_5xx);

  auto wrong = policy_of("rc=6&rt=99999&ct=x&bogus=1");
  CHECK(wrong.retries == 1);
  CHECK(wrong.read == milliseconds{15'000});
  CHECK(wrong.connect == milliseconds{5'000});
}

TEST_CASE("a URL is split at its fragment") {
  CHECK(without_fragment("http://a/b?c#rc=1") == "http://a/b?c");
  CHECK(fragment_of("http://a/b?c#rc=1") == "rc=1");
  CHECK(fragment_of("http://a/b").empty());
}

TEST_CASE("only web addresses on this machine are called") {
  CHECK(!why_not_callable("http://127.0.0.1:8080/a"));
  CHECK(!why_not_callable("http://localhost/a?b#rc=1"));
  CHECK(!why_not_callable("https://[::1]:1/"));
  for (auto url : {"http://example.com/", "http://10.0.0.1/", "http://127.0.0.1.example.com/",
                   "ws://127.0.0.1/", "ftp://127.0.0.1/", "127.0.0.1", "", "http://my_host/"}) {
    CAPTURE(url);
    CHECK(why_not_callable(url));
  }
}
