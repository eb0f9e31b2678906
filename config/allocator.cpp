// How many arenas jemalloc deals its memory out of. By itself it makes four for each processor,
// each with room of its own that is not in use: with 10,000 busy businesses that took 7 MB more on
// two processors, and threads that keep a store of small pieces themselves seldom wait for an
// arena. MALLOC_CONF in the environment wins over it.
#include <sched.h>

extern "C" {
// The allocator reads it at the first allocation; the name is jemalloc's.
extern const char* malloc_conf;
const char* malloc_conf = nullptr;
}

namespace {

char chosen[] = "narenas:00";

/// Nothing here may allocate.
void choose_arenas() {
  cpu_set_t processors;
  if (sched_getaffinity(0, sizeof processors, &processors) != 0) return; // as jemalloc has it
  int count = CPU_COUNT(&processors);
  if (count < 2) count = 2;
  if (count > 99) count = 99;
  chosen[sizeof chosen - 3] = static_cast<char>('0' + count / 10);
  chosen[sizeof chosen - 2] = static_cast<char>('0' + count % 10);
  malloc_conf = chosen;
}

/// Before the libraries begin, which allocate.
[[gnu::used, gnu::section(".preinit_array")]] void (*const before_libraries)() = choose_arenas;

} // namespace
