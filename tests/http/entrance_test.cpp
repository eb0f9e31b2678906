// What the program's settings make of the server's entrance.
#include "config/entrance.hpp"
#include "tests/http/test_authority.hpp"

#include <catch2/catch.hpp>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <sstream>
#include <sys/stat.h>

using namespace ringmaster;

namespace {

struct entrance_world {
  config::http_settings settings;
  std::ostringstream text;
  std::shared_ptr<spdlog::logger> log = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text, true));
  std::shared_ptr<counters> count = std::make_shared<counters>();

  void use(const net::credential_files& files) {
    settings.certificate_file = files.certificate;
    settings.key_file = files.key;
    chmod(files.key.c_str(), 0600);
  }
  config::entrance make() { return {settings, log, count}; }
  std::string logged() {
    auto all = text.str();
    text.str({});
    return all;
  }
};

bool holds(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("without a certificate the entrance is plain, and says so where others can listen") {
  entrance_world world;
  auto local = world.make();
  REQUIRE(local.open());
  CHECK(local.identity() == nullptr);
  CHECK(local.scheme() == "http");
  CHECK(world.logged().empty());
  world.settings.address = "0.0.0.0";
  auto open = world.make();
  REQUIRE(open.open());
  CHECK(holds(world.logged(), "Plain HTTP on 0.0.0.0"));
}

TEST_CASE("a proxy that is no address stops the start by its name") {
  entrance_world world;
  world.settings.trusted_proxies = {"10.0.0.0/8", "proxy.example"};
  auto made = world.make();
  const auto opened = made.open();
  REQUIRE_FALSE(opened);
  CHECK(holds(opened.error().message, "http.trusted_proxies: \"proxy.example\""));
}

TEST_CASE(
    "a replaced certificate is taken up; one that is no good is told once and changes nothing") {
  net::test_authority authority;
  const net::credential_files files(authority.sign({"DNS:a.example"}));
  entrance_world world;
  world.use(files);
  auto made = world.make();
  REQUIRE(made.open());
  CHECK(made.scheme() == "https");
  CHECK(world.logged().empty());
  const auto before = world.count->certificate_ends_s.load();
  CHECK(before > 0);
  made.look();
  CHECK(world.logged().empty());

  files.replace(authority.sign({"DNS:a.example", -3600, 90 * 86'400}));
  made.look();
  CHECK(holds(world.logged(), "[TLS] The certificate was read again: it is valid until"));
  CHECK(world.count->certificate_ends_s > before + 80 * 86'400);
  const auto good = world.count->certificate_ends_s.load();

  std::ofstream(files.key) << "no key at all";
  made.look();
  const auto told = world.logged();
  CHECK(holds(told, "holds no private key"));
  CHECK(holds(told, "the certificate before stays in use"));
  CHECK(world.count->certificates_refused == 1);
  CHECK(world.count->certificate_ends_s == good);
  made.look();
  CHECK(world.logged().empty());
}

TEST_CASE("a certificate that has ended, is not yet valid, or whose key all can read is told") {
  net::test_authority authority;
  const net::credential_files files(authority.sign({"DNS:a.example", -7200, -3600}));
  entrance_world world;
  world.use(files);
  auto made = world.make();
  REQUIRE(made.open());
  CHECK(holds(world.logged(), "[TLS] The certificate ended on "));
  files.replace(authority.sign({"DNS:a.example", 3600, 7200}));
  chmod(files.key.c_str(), 0644); // in the same look
  made.look();
  const auto told = world.logged();
  CHECK(holds(told, "[TLS] The certificate is valid from "));
  CHECK(holds(told, "Everybody on this machine can reach " + files.key));
}

TEST_CASE("a certificate that can't be used stops the start with both settings' names") {
  entrance_world world;
  world.settings.certificate_file = world.settings.key_file = "/nowhere/pem";
  auto made = world.make();
  const auto opened = made.open();
  REQUIRE_FALSE(opened);
  CHECK(holds(opened.error().message,
              "http.certificate_file, http.key_file: /nowhere/pem can't be read: No such file"));
}
