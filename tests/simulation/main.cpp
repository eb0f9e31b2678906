// build/simulate: plays histories and says whether the invariants held.
#include "tests/simulation/history.hpp"
#include "tests/support/database.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace ringmaster;
using namespace ringmaster::simulation;

constexpr const char* usage =
    R"(Usage: simulate [--seed S] [--histories N] [--seconds T] [--share I/N]
                [--trace] [--lines N] [--repeat] [--keep-going] [--digests]

Plays N histories (400, or what RINGMASTER_SIMULATED_HISTORIES says), of the seeds S, S + 1, ... (from 1): the whole actor
tree under simulated time, real SQL, and a carrier, a network and people drawn from the seed. With
--seconds it goes on until that time is over, N histories at least. A history in which an invariant
is broken prints its seed, how to replay it and its last lines (--lines, 100), and ends the program
with 1.

  --share I/N   plays only every N-th of the seeds, from the I-th (0 is the first) on
  --trace       prints every line of every history
  --repeat      plays each history twice and compares
  --keep-going  plays all histories, and says which of them failed
  --digests     prints each history's digest, so that two runs can be compared

RINGMASTER_TEST_DATABASE_URL names a PostgreSQL whose user may create databases, best one of its own
without fsync: scripts/simulate starts such servers and runs this program on all processors.
)";

struct options {
  std::uint64_t seed = 1, histories = 400;
  double seconds = 0;
  std::uint64_t share = 0, shares = 1;
  bool repeat = false, keep_going = false, digests = false;
  history_options each;
};

struct totals {
  std::uint64_t histories = 0, failed = 0, jobs = 0, calls = 0, crashes = 0, cuts = 0, lines = 0;
  std::uint64_t digest = 0; ///< of all stories, whoever plays them in whatever order
};

/// "1/4": the second of four.
void read_share(const char* text, options& into) {
  char* rest = nullptr;
  into.share = std::strtoull(text, &rest, 10);
  into.shares = *rest == '/' ? std::max(1ULL, std::strtoull(rest + 1, nullptr, 10)) : 1;
}

bool read_options(int count, char** words, options& into) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--trace")
      into.each.print = true;
    else if (word == "--repeat")
      into.repeat = true;
    else if (word == "--keep-going")
      into.keep_going = true;
    else if (word == "--digests")
      into.digests = true;
    else if (i + 1 == count)
      return false;
    else if (word == "--seed")
      into.seed = std::strtoull(words[++i], nullptr, 10);
    else if (word == "--histories")
      into.histories = std::strtoull(words[++i], nullptr, 10);
    else if (word == "--seconds")
      into.seconds = std::strtod(words[++i], nullptr);
    else if (word == "--share")
      read_share(words[++i], into);
    else if (word == "--lines")
      into.each.last_lines = std::strtoull(words[++i], nullptr, 10);
    else
      return false;
  }
  return true;
}

void tell_failure(std::uint64_t seed, const history_result& result) {
  std::printf("\nSeed %llu FAILED: %s\nReplay: scripts/simulate --seed %llu --histories 1 --trace\n"
              "Its last lines:\n%s\n",
              static_cast<unsigned long long>(seed), result.violation.c_str(),
              static_cast<unsigned long long>(seed), result.last_lines.c_str());
  std::fflush(stdout);
}

bool play(equipment& with, std::uint64_t seed, const options& how, totals& sum) {
  auto result = history(with, seed, how.each).run();
  if (how.repeat && result.violation.empty()) {
    const auto again = history(with, seed, how.each).run();
    if (again.digest != result.digest) {
      result.violation = "two runs of this seed differ";
      result.last_lines = again.last_lines;
    }
  }
  ++sum.histories;
  sum.jobs += static_cast<std::uint64_t>(result.jobs);
  sum.calls += result.calls;
  sum.crashes += result.crashes;
  sum.cuts += result.cuts;
  sum.lines += result.lines;
  sum.digest ^= result.digest;
  if (how.digests)
    std::printf("%llu %016llx\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(result.digest));
  if (result.violation.empty()) return true;
  ++sum.failed;
  tell_failure(seed, result);
  // The system would wait for it for ever.
  if (with.process.left_over() > 0) std::_Exit(1);
  return false;
}

/// The tables grow from nothing, and nobody else looks after them: without this all sessions would
/// keep to the plans that were good for empty ones. All plan anew then, so it is seldom done.
void renew_statistics(pqxx::connection& session) {
  pqxx::nontransaction in{session};
  in.exec("ANALYZE");
}

/// Nothing is kept of this database, so nothing need be logged of it. A table that is not logged
/// can't be referred to by one that is: who refers goes first.
constexpr const char* without_wal = R"(
DO $$
DECLARE each text;
BEGIN
  LOOP
    SELECT c.oid::regclass INTO each FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
      AND NOT EXISTS (SELECT FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid
                      WHERE k.contype = 'f' AND k.confrelid = c.oid AND r.oid <> c.oid
                        AND r.relpersistence = 'p')
    ORDER BY c.oid LIMIT 1;
    EXIT WHEN each IS NULL;
    EXECUTE format('ALTER TABLE %s SET UNLOGGED', each);
  END LOOP;
  FOR each IN SELECT oid::regclass FROM pg_class
              WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND relpersistence = 'p'
  LOOP
    EXECUTE format('ALTER SEQUENCE %s SET UNLOGGED', each);
  END LOOP;
END $$)";

int play_all(const options& how) {
  test::database base;
  // So that jobs have their ids in order, and a sequence's last value is a thing of the past.
  base.sql("ALTER SEQUENCE job_ids CACHE 1");
  base.sql("SELECT nextval('business_ids'), nextval('lead_ids'), nextval('run_ids'), "
           "nextval('job_ids')");
  base.sql(without_wal);
  equipment with(base.url());
  totals sum;
  std::uint64_t next_statistics = 1;
  const auto begin = std::chrono::steady_clock::now();
  const auto passed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  for (std::uint64_t i = 0; how.share + i * how.shares < how.histories || passed() < how.seconds;
       ++i) {
    if (i == next_statistics) {
      renew_statistics(with.session);
      next_statistics *= 10;
    }
    if (!play(with, how.seed + how.share + i * how.shares, how, sum) && !how.keep_going) break;
  }
  const auto time = passed();
  std::printf(
      "%llu histories in %.1f s (%.1f/s): %llu failed; %llu jobs, %llu calls, %llu crashes, "
      "%llu cut connections; digest %016llx\n",
      static_cast<unsigned long long>(sum.histories), time,
      static_cast<double>(sum.histories) / time, static_cast<unsigned long long>(sum.failed),
      static_cast<unsigned long long>(sum.jobs), static_cast<unsigned long long>(sum.calls),
      static_cast<unsigned long long>(sum.crashes), static_cast<unsigned long long>(sum.cuts),
      static_cast<unsigned long long>(sum.digest));
  return sum.failed == 0 ? 0 : 1;
}

} // namespace

int main(int count, char** words) {
  options how;
  if (const char* many = std::getenv("RINGMASTER_SIMULATED_HISTORIES"))
    how.histories = std::strtoull(many, nullptr, 10);
  if (!read_options(count, words, how)) {
    std::fputs(usage, stderr);
    return 2;
  }
  try {
    return play_all(how);
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "simulate: %s\n", failed.what());
    return 1;
  }
}
