#include "config/file_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace ringmaster::config {

std::size_t raise_file_limit() {
  constexpr rlim_t enough = 65'536; // a limit of "infinite" costs some libraries their time
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto wanted = std::min(limit.rlim_max, std::max(limit.rlim_cur, enough));
  const auto before = limit.rlim_cur;
  limit.rlim_cur = wanted;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? wanted : before;
}

std::size_t connections_within(std::size_t files) {
  constexpr std::size_t most = 4096, kept = 256;
  if (files < 2 * kept) return std::max<std::size_t>(files / 2, 1);
  return std::min(most, files - kept);
}

} // namespace ringmaster::config
