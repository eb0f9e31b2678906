// The parts that a call goes through, each by itself. A benchmark's name is "what/size"; its items
// are what is counted: calls, rows, transitions. Those that need PostgreSQL make a database of
// their own on RINGMASTER_TEST_DATABASE_URL.
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
