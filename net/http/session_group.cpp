#include "net/http/session_group.hpp"

#include "net/http/session.hpp"

namespace ringmaster::net {

session_group::session_group(std::shared_ptr<serving> shared) : shared_(std::move(shared)) {}

session_group::~session_group() = default;

void session_group::start(const std::string& thread_name) {
  loop_.start(thread_name, [this](steady_time now) { tick(now); });
}

void session_group::add(tcp_socket socket) {
  if (stopping_) return;
  if (shared_->connections.fetch_add(1) >= shared_->limits.connections && !make_room()) {
    shared_->connections.fetch_sub(1);
    return;
  }
  if (shared_->tls && shared_->handshakes >= shared_->limits.handshakes && !make_room(true)) {
    shared_->connections.fetch_sub(1); // another loop has them all
    return;
  }
  auto added = std::make_shared<session>(std::move(socket), shared_from_this());
  added->index = sessions_.size();
  sessions_.push_back(added);
  added->start();
}

bool session_group::make_room(bool shaking) {
  std::shared_ptr<session> longest;
  auto since = steady_time::max();
  for (const auto& each : sessions_)
    if (each->waiting_since() < since && (!shaking || each->is_shaking_hands())) {
      longest = each;
      since = each->waiting_since();
    }
  if (longest) longest->close();
  return longest != nullptr;
}

void session_group::remove(session& gone) {
  shared_->connections.fetch_sub(1);
  auto index = gone.index;
  auto removed = std::move(sessions_[index]); // lives until the swap is done
  if (index + 1 != sessions_.size()) {
    sessions_[index] = std::move(sessions_.back());
    sessions_[index]->index = index;
  }
  sessions_.pop_back();
  finish_when_empty();
}

void session_group::begin_stop(steady_time deadline) {
  if (stopping_) return;
  stopping_ = true;
  stop_deadline_ = deadline;
  auto all = sessions_;
  for (auto& each : all)
    each->begin_stop();
  if (std::chrono::steady_clock::now() >= deadline) close_all();
  if (all.empty()) finish_when_empty();
}

void session_group::tick(steady_time now) {
  // A session that closes leaves the list while we go through it.
  auto all = sessions_;
  for (auto& each : all)
    each->check(now);
  if (now >= stop_deadline_) close_all();
}

void session_group::close_all() {
  auto all = sessions_;
  for (auto& each : all)
    each->close();
}

void session_group::finish_when_empty() {
  if (stopping_ && sessions_.empty()) loop_.finish();
}

} // namespace ringmaster::net
