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

namespace {

/// Standard output would only fill the test's own.
class quiet_console {
public:
  quiet_console() : console_(::dup(STDOUT_FILENO)), nowhere_(::open("/dev/null", O_WRONLY)) {
    ::fflush(stdout);
    ::dup2(nowhere_, STDOUT_FILENO);
  }
  ~quiet_console() {
    ::fflush(stdout);
    ::dup2(console_, STDOUT_FILENO);
    ::close(console_);
    ::close(nowhere_);
  }
  quiet_console(const quiet_console&) = delete;
  quiet_console& operator=(const quiet_console&) = delete;

private:
  int console_, nowhere_;
};

} // namespace

TEST_CASE("a disk that is stuck stops nobody who logs, and what is lost is counted") {
  char folder[] = "/tmp/ringmaster-log.XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  const auto path = std::string(folder) + "/stuck.log";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  // A pipe that nobody empties takes 64 kB and then holds its writer up.
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  const quiet_console quiet;
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
  ::close(reader);
  ::unlink(path.c_str());
  ::rmdir(folder);
}

TEST_CASE("what a full disk does not take is counted and told") {
  const quiet_console quiet;
  config::log_settings settings;
  settings.file = "/dev/full";
  auto log = config::open_log(settings);
  REQUIRE(log);
  CHECK(config::dropped_records() == 0);
  (*log)->warn("a line that is flushed at once");
  config::close_log(); // writes what is waiting
  CHECK(config::dropped_records() > 0);
  counters count;
  config::tell_dropped(**log, count);
  CHECK(count.log_dropped > 0);
}
