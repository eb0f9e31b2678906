#include "net/api/process_metrics.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace ringmaster::net::api {
namespace {

/// The fields of /proc/self/stat behind the program's name, which may hold blanks.
std::vector<std::string> stat_fields() {
  std::ifstream stat("/proc/self/stat");
  std::string line;
  std::getline(stat, line);
  std::istringstream rest(line.substr(std::min(line.rfind(')') + 2, line.size())));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;)
    fields.push_back(field);
  return fields;
}

double now_by(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void add_files(metric_families& out) {
  std::error_code trouble;
  const std::filesystem::directory_iterator files("/proc/self/fd", trouble);
  if (!trouble)
    out.one_gauge("open_files", "Open files and sockets of the process",
                  static_cast<double>(std::distance(begin(files), end(files))));
  rlimit most{};
  if (getrlimit(RLIMIT_NOFILE, &most) == 0)
    out.one_gauge("open_files_limit", "How many it may have open",
                  static_cast<double>(most.rlim_cur));
}

} // namespace

void add_process(metric_families& out) {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  if (statm >> all >> resident)
    out.one_gauge("resident_memory_bytes", "Resident memory of the process",
                  static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  const auto fields = stat_fields();
  constexpr std::size_t user = 11, system = 12, threads = 17, began = 19;
  if (fields.size() > began) {
    const auto ticks_a_second = static_cast<double>(sysconf(_SC_CLK_TCK));
    out.one_counter("cpu_seconds", "Processor time of the process",
                    (std::stod(fields[user]) + std::stod(fields[system])) / ticks_a_second);
    out.one_gauge("threads", "Threads of the process", std::stod(fields[threads]));
    // Told in ticks since the machine's start.
    const auto age = now_by(CLOCK_BOOTTIME) - std::stod(fields[began]) / ticks_a_second;
    out.one_gauge("start_time_seconds", "When the process was started, in seconds since 1970",
                  now_by(CLOCK_REALTIME) - age);
  }
  add_files(out);
}

} // namespace ringmaster::net::api
