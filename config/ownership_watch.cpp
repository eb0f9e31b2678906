#include "config/ownership_watch.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster::config {

namespace {

constexpr milliseconds look_every{1'000}, try_every{250};
/// A database that has not answered the watch for so long is not one to rely on.
constexpr milliseconds fresh_for{4'000};

} // namespace

ownership_watch::ownership_watch(std::unique_ptr<db::ownership> owner, time_source now,
                                 std::shared_ptr<spdlog::logger> log)
    : owner_(std::move(owner)), now_(std::move(now)), log_(std::move(log)) {}

ownership_watch::~ownership_watch() {
  give_back();
}

void ownership_watch::begin() {
  thread_ = std::thread([this] { run(); });
}

void ownership_watch::when_retaken(std::function<void()> tell) {
  const std::lock_guard lock(guard_);
  tell_ = std::move(tell);
}

std::string ownership_watch::problem() const {
  const std::lock_guard lock(guard_);
  if (problem_.empty() && std::chrono::steady_clock::now() - confirmed_ > fresh_for)
    return "the database does not answer";
  return problem_;
}

result<done> ownership_watch::database() const {
  const std::lock_guard lock(guard_);
  return database_;
}

void ownership_watch::run() {
  std::unique_lock lock(guard_);
  while (!ending_) {
    lock.unlock();
    look();
    lock.lock();
    changed_.wait_for(lock, owned_ ? look_every : try_every, [this] { return ending_; });
  }
}

void ownership_watch::look() {
  if (!owned_) return take();
  if (owner_->still_mine()) return set_problem({});
  owned_ = false;
  set_problem("the connection that holds the ownership was lost; taking it again");
  log_->error("[Ownership] The connection that holds it is lost: nothing is written until it is "
              "taken again");
  take();
}

void ownership_watch::take() {
  const auto got = owner_->try_take(now_());
  if (got && *got) return taken();
  auto why = got ? std::string("Another server works on this database: waiting until it ends")
                 : "The ownership can't be taken: " + got.error().message;
  {
    const std::lock_guard lock(guard_);
    database_ = got ? result<done>(done{}) : got.error();
    if (problem_ == why && words_ == owner_->words()) return;
  }
  words_ = owner_->words();
  log_->warn("[Ownership] {}{}", why, words_.empty() ? "" : " (PostgreSQL: " + words_ + ")");
  set_problem(std::move(why));
}

void ownership_watch::taken() {
  std::function<void()> tell;
  {
    const std::lock_guard lock(guard_);
    tell = tell_;
    database_ = done{};
  }
  const auto server = owner_->server();
  if (!server_.empty() && server != server_)
    log_->warn("[Ownership] Another PostgreSQL server is worked with now: {} instead of {}", server,
               server_);
  server_ = server;
  if (std::exchange(ever_owned_, true)) {
    log_->info("[Ownership] Taken again");
    if (tell) tell();
  }
  set_problem({});
  owned_ = true;
}

void ownership_watch::set_problem(std::string why) {
  const std::lock_guard lock(guard_);
  problem_ = std::move(why);
  confirmed_ = std::chrono::steady_clock::now();
}

void ownership_watch::stop() {
  {
    const std::lock_guard lock(guard_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ownership_watch::give_back() {
  stop();
  owned_ = false;
  owner_->give_back();
}

} // namespace ringmaster::config
