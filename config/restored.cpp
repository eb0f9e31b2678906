#include "config/restored.hpp"

#include "config/account.hpp"
#include "config/commands.hpp"
#include "config/end_signals.hpp"
#include "config/surroundings.hpp"
#include "db/migrations.hpp"
#include "db/ownership.hpp"
#include "db/stock_taking.hpp"
#include "net/twilio/account_calls.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <sstream>

namespace ringmaster::config {
namespace {

result<std::vector<carrier_call>> ask_carrier(const settings& all, db::connection& to) {
  const auto& account = all.carrier;
  if (account.account_sid.empty() || account.auth_token.empty())
    return failure{
        failure_kind::invalid,
        "no_account",
        "the carrier has to be asked which calls were made after the backup: set "
        "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or say --without-carrier if certainly "
        "nobody was called since",
        {}};
  const auto since = db::news_since(to);
  if (!since) return since.error();
  const auto grace = all.looking.grace;
  std::printf("waiting %lld s, after which the carrier lists the last calls too ...\n",
              static_cast<long long>(grace.count()));
  std::fflush(stdout);
  {
    end_signals signals;
    if (signals.wait(grace))
      return failure{failure_kind::conflict, "interrupted", "interrupted: run it again", {}};
    signals.end_at_once();
  }
  return net::calls_since(line_config(account), *since);
}

std::string utc(std::optional<time_point> at) {
  if (!at) return "";
  const auto when = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(*at));
  std::tm parts{};
  gmtime_r(&when, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// What read_call_page lets through as a number may be anything: only what numbers are made of.
std::string number_only(const phone_number& phone) {
  std::string kept;
  std::copy_if(phone.value.begin(), phone.value.end(), std::back_inserter(kept),
               [](char c) { return (c >= '0' && c <= '9') || c == '+'; });
  return kept;
}

std::string report_of(const std::vector<carrier_call>& calls,
                      const std::vector<call_sid>& strange) {
  std::ostringstream out;
  out << "call_sid,from,to,created_at,status,duration_s\n";
  for (const auto& call : calls)
    if (std::find(strange.begin(), strange.end(), call.sid) != strange.end())
      out << call.sid.value << ',' << number_only(call.from) << ',' << number_only(call.to) << ','
          << utc(call.created_at) << ',' << to_string(call.status) << ',' << call.duration_s
          << '\n';
  return out.str();
}

/// Whole phone numbers: for the owner alone, also where the file was there before, and never
/// through a link that somebody has laid.
bool write_report(const std::string& file, const std::string& text) {
  const int out = open(file.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (out < 0) return false;
  bool good = fchmod(out, 0600) == 0 && ftruncate(out, 0) == 0;
  for (std::size_t at = 0; good && at < text.size();) {
    const auto written = write(out, text.data() + at, text.size() - at);
    good = written > 0;
    at += good ? static_cast<std::size_t>(written) : 0;
  }
  return close(out) == 0 && good;
}

void tell(const db::stock& found) {
  const auto line = [](const char* text, std::int64_t count) {
    std::printf("%8lld %s\n", static_cast<long long>(count), text);
  };
  line("calls at the carrier that this database did not know", found.unknown);
  line("of them belong to jobs that were being dialled", found.adopted);
  line("queued jobs were called: written down with their outcome", found.settled);
  line("queued jobs' numbers were called: failed as in doubt, for a person to requeue",
       found.unclear);
  line("unknown calls are live: the server hangs them up when it starts", found.live);
  line("direct calls that waited: withdrawn", found.withdrawn);
  line("runs are paused until somebody has looked and resumes them", found.paused_runs);
}

result<db::stock> take_stock(const restored_command& command, const settings& all) {
  auto to = db::stock_session(all.database.url);
  if (auto made = db::make_missing_jobs(to, wall_clock()); !made) return made.error();
  std::vector<carrier_call> calls;
  if (!command.without_carrier) {
    auto told = ask_carrier(all, to);
    if (!told) return told.error();
    calls = std::move(*told);
  }
  auto found = db::take_stock(to, calls, wall_clock());
  if (found && !command.report.empty() &&
      !write_report(command.report, report_of(calls, found->strange)))
    std::fprintf(stderr, "ringmaster: %s could not be written: %s\n", command.report.c_str(),
                 std::strerror(errno));
  return found;
}

} // namespace

int restored(const restored_command& command) {
  auto all = settings_for_database(command.file);
  if (!all) return failed(all.error().message);
  const auto& url = all->database.url;
  if (auto done = db::migrate(url, {all->database.allow_fsync_off}); !done)
    return failed(done.error().message);
  db::ownership owner(url, process_name());
  const auto ours = owner.try_take(wall_clock());
  if (!ours) return failed(ours.error().message);
  if (!*ours) return failed("a server works on this database: stop it first");
  const auto found = take_stock(command, *all);
  owner.give_back();
  if (!found) return failed(found.error().message);
  tell(*found);
  return 0;
}

} // namespace ringmaster::config
