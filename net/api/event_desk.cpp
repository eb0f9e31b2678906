#include "net/api/event_desk.hpp"

#include "net/api/event_texts.hpp"

#include <algorithm>

namespace ringmaster::net::api {

class event_stream : public chunk_source {
public:
  event_stream(std::shared_ptr<event_desk> desk, event_desk::stream_ptr state)
      : desk_(std::move(desk)), state_(std::move(state)) {}
  ~event_stream() override { desk_->leave(state_); }

  void pull(std::function<void(std::optional<std::string>)> ready) override {
    desk_->pull(state_, std::move(ready));
  }
  void cancel() override { desk_->leave(state_); }

private:
  std::shared_ptr<event_desk> desk_;
  event_desk::stream_ptr state_;
};

namespace {

using desk_listener = listener_actor::extend<caf::reacts_to<tick_atom>>;

desk_listener::behavior_type listen(desk_listener::pointer self,
                                    std::function<void(const event&)> hear,
                                    std::function<milliseconds()> tick) {
  self->send(self, tick_atom::value);
  return {[hear](const event& happened) { hear(happened); },
          [self, tick](tick_atom) { self->delayed_send(self, tick(), tick_atom::value); }};
}

} // namespace

event_desk::event_desk(desk_settings settings, event_feed_actor feed, time_source now)
    : settings_(settings), now_(std::move(now)),
      start_(static_cast<std::uint64_t>(now_().time_since_epoch().count())), feed_(std::move(feed)),
      strain_(settings.unfelt_delay, settings.full_delay) {}

event_desk::~event_desk() = default;

void event_desk::start(caf::actor_system& system, std::shared_ptr<lane> quick,
                       const dialling& dial) {
  quick_ = std::move(quick);
  dial_ = &dial;
  auto weak = weak_from_this();
  auto hear = [weak](const event& happened) {
    if (auto self = weak.lock()) self->heard(happened);
  };
  auto tick = [weak]() -> milliseconds {
    auto self = weak.lock();
    return self ? self->tick() : seconds{1};
  };
  listener_ = system.spawn(listen, hear, tick);
}

void event_desk::stop() {
  std::vector<ready_fn> waiting;
  listener_actor listener;
  {
    std::lock_guard lock(guard_);
    stopping_ = true;
    for (auto& [business, one] : rooms_)
      for (const auto& stream : one->streams) {
        stream->over = true;
        if (stream->ready) waiting.push_back(std::exchange(stream->ready, nullptr));
      }
    listener = std::exchange(listener_, nullptr);
    feed_ = nullptr;
  }
  for (auto& ready : waiting)
    ready(std::nullopt);
  if (listener) caf::anon_send_exit(listener, caf::exit_reason::user_shutdown);
}

std::size_t event_desk::streams() const {
  std::lock_guard lock(guard_);
  return open_;
}

/// With the lock held.
microseconds event_desk::pace() const {
  const auto each = strain_.between(settings_.pace_of_each, settings_.strained_pace_of_each);
  const auto wanted = each * static_cast<std::int64_t>(open_);
  return std::clamp<microseconds>(wanted, settings_.shortest_pace, settings_.longest_pace);
}

void event_desk::subscribe(business_id business, bool wanted) {
  if (!feed_ || !listener_) return;
  if (wanted)
    caf::anon_send(feed_, subscription{business}, listener_);
  else
    caf::anon_send(feed_, unsubscription{business}, listener_);
}

/// With the lock held.
bool event_desk::has_place_for(business_id business) const {
  const auto most = settings_.most_streams;
  if (open_ < most / 2) return true;
  const auto found = rooms_.find(business);
  const auto own = found == rooms_.end() ? 0 : found->second->streams.size();
  return open_ < most && own < std::max<std::size_t>(most / 20, 1);
}

result<std::shared_ptr<chunk_source>>
event_desk::open(business_id business, const std::string& last_event_id, std::int64_t key) {
  std::lock_guard lock(guard_);
  if (stopping_ || !has_place_for(business))
    return failure{failure_kind::unavailable, "too_many_streams",
                   "too many streams of events are open; ask again in a moment", ""};
  auto& one = rooms_[business];
  if (!one) {
    one = std::make_unique<room>(settings_, forgotten_);
    subscribe(business, true);
  }
  auto stream = std::make_shared<stream_state>();
  stream->business = business;
  stream->key = key;
  stream->opened_at = stream->written_at = now_();
  auto number = number_of_event(start_, last_event_id);
  if (number && one->ring.after(*number)) {
    stream->seen = *number;
    stream->needs_present = false;
  }
  one->streams.insert(stream);
  ++open_;
  return std::shared_ptr<chunk_source>(std::make_shared<event_stream>(shared_from_this(), stream));
}

void event_desk::leave(const stream_ptr& stream) {
  ready_fn dropped; // goes after the lock: it may hold the last hand on the stream itself
  std::lock_guard lock(guard_);
  auto found = rooms_.find(stream->business);
  dropped = std::exchange(stream->ready, nullptr);
  if (found == rooms_.end() || found->second->streams.erase(stream) == 0) return;
  --open_;
  found->second->empty_since = now_();
}

void event_desk::pull(const stream_ptr& stream,
                      std::function<void(std::optional<std::string>)> ready) {
  std::vector<delivery> out;
  {
    std::lock_guard lock(guard_);
    auto found = rooms_.find(stream->business);
    if (!stopping_ && !stream->over && found != rooms_.end()) {
      stream->ready = std::move(ready);
      auto& one = *found->second;
      if (stream->needs_present) {
        one.wants_present = true;
        read_for(stream->business, one);
      } else if (stream->seen < one.ring.last()) {
        one.dirty = true; // handed out with the next flush: pulls don't set the pace
      }
      return;
    }
  }
  ready(std::nullopt);
}

/// What this stream is to be given now, if it waits.
bool event_desk::serve(room& from, const stream_ptr& stream, time_point now,
                       std::vector<delivery>& out) {
  if (!stream->ready || stream->needs_present || stream->seen == from.ring.last()) return false;
  auto text = from.ring.after(stream->seen);
  if (!text) { // it has fallen behind: the present, not the backlog
    stream->needs_present = true;
    from.wants_present = true;
    return false;
  }
  stream->seen = from.ring.last();
  stream->written_at = now;
  out.emplace_back(std::exchange(stream->ready, nullptr), std::move(*text));
  return true;
}

void event_desk::make_texts(room& of) const {
  for (const auto& each : of.changes.take())
    of.ring.add(call_texts(each, event_id(start_, of.ring.last() + 1)));
}

void event_desk::flush(room& from, steady_time at, std::vector<delivery>& out) {
  make_texts(from);
  from.dirty = false;
  from.flushed_at = at;
  const auto now = now_();
  for (const auto& stream : from.streams)
    serve(from, stream, now, out);
}

void event_desk::hand_out(std::vector<delivery>& out) {
  for (auto& [ready, text] : out)
    ready(std::move(text));
}

void event_desk::heard(const event& happened) {
  std::vector<delivery> out;
  const auto now = std::chrono::steady_clock::now();
  {
    std::lock_guard lock(guard_);
    auto found = rooms_.find(happened.business);
    if (found == rooms_.end()) return;
    strain_.came_late_by(now_() - happened.at);
    auto& one = *found->second;
    one.pulse_changed = true;
    if (happened.run) one.changed.insert(happened.run);
    if (happened.what == happening::run) one.urgent = true;
    if (happened.what == happening::slot) {
      for (const auto& stream : one.streams)
        stream->needs_present = true;
      one.wants_present = !one.streams.empty();
    }
    if (happened.what == happening::job) {
      one.changes.put(happened);
      one.dirty = true;
      if (one.changes.size() >= settings_.most_texts) make_texts(one);
      // After a quiet moment the first news goes at once.
      if (now - one.flushed_at >= pace()) flush(one, now, out);
    }
  }
  hand_out(out);
}

/// With the lock held. Each room has its own time, so that not all are written to at once.
void event_desk::forget_or_serve(steady_time now, std::vector<delivery>& out) {
  const auto between = pace();
  for (auto it = rooms_.begin(); it != rooms_.end();) {
    auto& one = *it->second;
    if (one.streams.empty() && !one.reading && now_() - one.empty_since >= settings_.memory) {
      subscribe(it->first, false);
      forgotten_ = std::max(forgotten_, one.ring.last() + 1);
      it = rooms_.erase(it);
      continue;
    }
    if (one.dirty && now - one.flushed_at >= between) flush(one, now, out);
    read_for(it->first, one);
    ++it;
  }
}

/// With the lock held.
void event_desk::look_after_streams(std::vector<delivery>& out, std::vector<ready_fn>& ending) {
  const auto now = now_();
  for (auto& [business, one] : rooms_)
    for (const auto& stream : one->streams) {
      if (!stream->ready) continue;
      if (now - stream->opened_at >= settings_.longest_stream) {
        stream->over = true;
        ending.push_back(std::exchange(stream->ready, nullptr));
      } else if (now - stream->written_at >= settings_.heartbeat) {
        stream->written_at = now;
        out.emplace_back(std::exchange(stream->ready, nullptr), ": still here\n\n");
      }
    }
}

milliseconds event_desk::tick() {
  std::vector<delivery> out;
  std::vector<ready_fn> ending;
  const auto now = std::chrono::steady_clock::now();
  {
    std::lock_guard lock(guard_);
    if (stopping_) return settings_.longest_pace;
    strain_.end_of_turn();
    forget_or_serve(now, out);
    if (now - streams_looked_at_ >= settings_.streams_pace) {
      streams_looked_at_ = now;
      look_after_streams(out, ending);
    }
  }
  hand_out(out);
  for (auto& ready : ending)
    ready(std::nullopt);
  check_keys();
  return settings_.shortest_pace;
}

} // namespace ringmaster::net::api
