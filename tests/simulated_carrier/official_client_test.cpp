// The carrier's official client library (Node) against the simulated carrier in this process.
#include "tests/simulated_carrier/carrier_world.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sys/wait.h>

using namespace ringmaster;
using namespace ringmaster::net;

namespace {

/// Runs a command; its output and exit code.
std::pair<std::string, int> run(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  std::string output;
  std::array<char, 4096> buffer;
  while (auto n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    output.append(buffer.data(), n);
  int status = ::pclose(pipe);
  return {output, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

void set(const char* name, const std::string& value) {
  REQUIRE(::setenv(name, value.c_str(), 1) == 0);
}

} // namespace

TEST_CASE(
    "the official client library creates, reads, lists and ends calls, and takes our callbacks") {
  auto node = run("node --version");
  INFO("node is missing: install it (scripts/packages --tests)\n" << node.first);
  REQUIRE(node.second == 0);
  const std::string library = RINGMASTER_OFFICIAL_CLIENT "/node_modules";
  auto installed = run("test -d " + library + "/twilio");
  INFO("the official client library is missing in "
       << library << ": ctest installs it first (test official_client_install)");
  REQUIRE(installed.second == 0);

  carrier_world w(ringing_options());
  w.create(w.form("+972549999999"));
  auto callback = w.hooks().wait_for(1).front();
  const auto* signature = callback.header("X-Twilio-Signature");
  REQUIRE(signature);
  set("NODE_PATH", library);
  set("CARRIER_URL", w.carrier().base_url());
  set("ACCOUNT_SID", w.options().account_sid);
  set("AUTH_TOKEN", w.options().auth_token);
  set("ANSWER_URL", w.hooks().url("/answer"));
  set("CALLBACK_URL", w.hooks().url(callback.target));
  set("CALLBACK_BODY", callback.body);
  set("CALLBACK_SIGNATURE", *signature);
  auto check =
      run("node " RINGMASTER_SOURCE_DIR "/tests/simulated_carrier/official_client/check.js");
  INFO(check.first);
  CHECK(check.second == 0);
  CHECK(check.first.find("finds nothing wrong") != std::string::npos);
}
