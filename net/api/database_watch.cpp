#include "net/api/database_watch.hpp"

#include <utility>

namespace ringmaster::net::api {
namespace {

/// How exactly the times are kept.
constexpr std::chrono::milliseconds tick{50};

failure no_answer() {
  return {failure_kind::unavailable, "database_unavailable",
          "the database does not answer; ask again in a moment", ""};
}

} // namespace

database_watch::database_watch(watch_settings settings, records_factory make_records)
    : settings_(settings), make_records_(std::move(make_records)) {}

void database_watch::start() {
  asker_ = std::thread([self = shared_from_this()] { self->ask_loop(); });
  keeper_ = std::thread([this] { keep_loop(); });
}

void database_watch::stop() {
  std::unique_lock lock(guard_);
  stopping_ = true;
  auto unanswered = std::exchange(questions_, {});
  requests_.clear();
  asked_.notify_all();
  opened_.notify_all();
  const bool over =
      asker_ended_.wait_for(lock, settings_.probe_patience, [this] { return asker_over_; });
  auto asker = std::move(asker_), keeper = std::move(keeper_);
  lock.unlock();
  tell(unanswered, no_answer());
  if (keeper.joinable()) keeper.join();
  if (!asker.joinable()) return;
  if (over)
    asker.join();
  else
    asker.detach();
}

void database_watch::probe(verdict_fn then) {
  {
    const std::lock_guard lock(guard_);
    if (!stopping_) {
      questions_[++last_] = {clock::now() + settings_.probe_patience, std::move(then)};
      asked_.notify_one();
      opened_.notify_one();
      return;
    }
  }
  then(no_answer());
}

std::uint64_t database_watch::open(std::function<void()> give_up) {
  const std::lock_guard lock(guard_);
  if (requests_.empty()) opened_.notify_one();
  requests_[++last_] = {clock::now() + settings_.request_patience, std::move(give_up)};
  return last_;
}

void database_watch::close(std::uint64_t request) {
  const std::lock_guard lock(guard_);
  requests_.erase(request);
}

void database_watch::tell(questions& some, const result<done>& verdict) {
  for (const auto& [number, one] : some)
    one.then(verdict);
}

result<done> database_watch::ask_once(std::unique_ptr<records>& db) {
  try {
    if (!db) db = make_records_();
    return db->ping();
  } catch (const std::exception&) {
    db.reset();
    return no_answer();
  }
}

void database_watch::ask_loop() {
  std::unique_ptr<records> db;
  std::unique_lock lock(guard_);
  while (true) {
    asked_.wait(lock, [this] { return stopping_ || !questions_.empty(); });
    if (stopping_) break;
    // What is asked from now on wants an answer that is younger than this one.
    const auto last = last_;
    lock.unlock();
    const auto verdict = ask_once(db);
    lock.lock();
    questions answered;
    while (!questions_.empty() && questions_.begin()->first <= last)
      answered.insert(questions_.extract(questions_.begin()));
    lock.unlock();
    tell(answered, verdict);
    lock.lock();
  }
  asker_over_ = true;
  asker_ended_.notify_all();
}

void database_watch::keep_loop() {
  std::unique_lock lock(guard_);
  while (true) {
    opened_.wait(lock, [this] { return stopping_ || !questions_.empty() || !requests_.empty(); });
    opened_.wait_for(lock, tick, [this] { return stopping_; });
    if (stopping_) return;
    const auto now = clock::now();
    questions overdue;
    while (!questions_.empty() && questions_.begin()->second.until <= now)
      overdue.insert(questions_.extract(questions_.begin()));
    std::vector<std::uint64_t> late;
    for (auto& [number, one] : requests_) {
      if (one.look_at > now) continue;
      one.look_at = now + settings_.request_patience;
      late.push_back(number);
    }
    lock.unlock();
    tell(overdue, no_answer());
    if (!late.empty())
      probe([this, late](const result<done>& verdict) {
        if (!verdict) give_up(late);
      });
    lock.lock();
  }
}

void database_watch::give_up(const std::vector<std::uint64_t>& late) {
  std::vector<std::function<void()>> given_up;
  {
    const std::lock_guard lock(guard_);
    for (const auto number : late) {
      const auto found = requests_.find(number);
      if (found == requests_.end()) continue;
      given_up.push_back(std::move(found->second.give_up));
      requests_.erase(found);
    }
  }
  for (const auto& one : given_up)
    one();
}

} // namespace ringmaster::net::api
