#include "config/logging.hpp"

#include <catch2/catch.hpp>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

using namespace ringmaster;

TEST_CASE("a disk that is stuck stops nobody who logs, and what is lost is counted") {
  char folder[] = "/tmp/ringmaster-log.XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  const auto path = std::string(folder) + "/stuck.log";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  // A pipe that nobody empties takes 64 kB and then holds its writer up.
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  // Standard output would only fill the test's own.
  const int console = ::dup(STDOUT_FILENO);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  ::fflush(stdout);
  ::dup2(nowhere, STDOUT_FILENO);
  config::log_settings settings;
  settings.file = path;
  settings.level = "info";
  {
    auto log = config::open_log(settings);
    REQUIRE(log);
    for (int i = 0; i < 100'000; ++i)
      (*log)->info("a call ended business=7 job={} with a line of the usual length", i);
    CHECK(config::dropped_records() > 0);
  }
  std::thread emptying([reader] {
    ::fcntl(reader, F_SETFL, 0);
    char taken[65536];
    while (::read(reader, taken, sizeof taken) > 0) {
    }
  });
  config::close_log();
  emptying.join();
  ::fflush(stdout);
  ::dup2(console, STDOUT_FILENO);
  ::close(console);
  ::close(nowhere);
  ::close(reader);
  ::unlink(path.c_str());
  ::rmdir(folder);
}
