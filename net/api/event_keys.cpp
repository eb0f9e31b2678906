// The keys of open streams: a stream goes on only as long as its key may be used.
#include "net/api/event_desk.hpp"

#include <algorithm>

namespace ringmaster::net::api {

void event_desk::check_keys() {
  std::set<std::int64_t> keys;
  std::shared_ptr<lane> quick;
  const auto now = now_();
  {
    const std::lock_guard lock(guard_);
    const bool soon = now >= keys_asked_at_ && now - keys_asked_at_ < settings_.keys_pace;
    if (stopping_ || keys_asking_ || soon) return;
    keys_asked_at_ = now;
    for (const auto& [business, one] : rooms_)
      for (const auto& stream : one->streams)
        if (stream->key != 0) keys.insert(stream->key);
    if (keys.empty()) return;
    keys_asking_ = true;
    quick = quick_;
  }
  auto self = shared_from_this();
  const auto asked = [self] {
    const std::lock_guard lock(self->guard_);
    self->keys_asking_ = false;
  };
  const bool taken = quick->submit(
      {[self, asked, now, ids = std::vector<std::int64_t>(keys.begin(), keys.end())](worker& mine) {
         const auto dead = mine.db.dead_keys(ids, now);
         asked();
         if (dead && !dead->empty()) self->end_streams_of(*dead);
       },
       [asked](const failure&) { asked(); }, 0});
  if (!taken) asked();
}

void event_desk::end_streams_of(const std::vector<std::int64_t>& dead_keys) {
  std::vector<ready_fn> ending;
  {
    const std::lock_guard lock(guard_);
    for (const auto& [business, one] : rooms_)
      for (const auto& stream : one->streams) {
        if (std::find(dead_keys.begin(), dead_keys.end(), stream->key) == dead_keys.end()) continue;
        stream->over = true;
        if (stream->ready) ending.push_back(std::exchange(stream->ready, nullptr));
      }
  }
  for (auto& ready : ending)
    ready(std::nullopt);
}

} // namespace ringmaster::net::api
