// Everybody who looks on: hears the event feed once for each business that somebody watches, makes
// each text once and only when it is due, and hands it to the open streams, at a pace that a
// thousand of them can't turn into work that dialling would feel. Holds no business's state: the
// present is read anew.
#pragma once

#include "actors/clock.hpp"
#include "actors/failure.hpp"
#include "actors/interfaces.hpp"
#include "actors/records.hpp"
#include "net/api/dialling.hpp"
#include "net/api/event_room.hpp"
#include "net/api/lane.hpp"
#include "net/api/strain.hpp"
#include "net/http/message.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ringmaster::net::api {

struct desk_settings {
  /// Open at a time; beyond: 503. When half of them are taken, one business has at most a
  /// twentieth.
  std::size_t most_streams = 2'000;
  std::size_t most_texts = 256;        ///< kept for each business
  std::size_t most_bytes = 128 * 1024; ///< likewise
  /// Streams are written to at most once in this time for each open one, bounded by the two below:
  /// all of them together ten thousand times a second while the processors are free, and a thousand
  /// times, about a fiftieth of one core, while they are not.
  microseconds pace_of_each{100}, strained_pace_of_each{1'000};
  milliseconds shortest_pace{25}, longest_pace{1'000};
  /// From a supervisor's word to the desk's hearing it: while the processors are free, and when
  /// dialling leaves nothing of them (measured on two: 70 and 800 µs). See strain.
  microseconds unfelt_delay{200}, full_delay{600};
  /// Counts of runs are read anew at most so often; with many watched businesses at most once in
  /// the second time for each: all of them together fifty times a second.
  milliseconds runs_pace{1'000}, runs_pace_of_each{20};
  /// Likewise what looks back over a business's last calls, its pulse and the paces of its runs:
  /// each all of them together ten times a second.
  milliseconds looks_back_pace{5'000}, looks_back_pace_of_each{100};
  milliseconds retry{1'000}; ///< after the present could not be read
  seconds heartbeat{10};
  milliseconds streams_pace{250}; ///< at which it is looked whose time or heartbeat has come
  seconds keys_pace{2}; ///< at which the keys of open streams are checked; a dead one's streams end
  /// A stream ends then, and its client comes back with its Last-Event-ID and its key: so a revoked
  /// key hears nothing for longer, even while the database can't be asked.
  seconds longest_stream{60};
  seconds memory{30}; ///< a business without listeners is forgotten after that
};

class event_desk : public std::enable_shared_from_this<event_desk> {
public:
  event_desk(desk_settings settings, event_feed_actor feed, time_source now);
  ~event_desk();

  /// Before anything is opened.
  /// `dial` lives until stop() has returned.
  void start(caf::actor_system& system, std::shared_ptr<lane> quick, const dialling& dial);
  /// Ends all streams and the listener. May be called twice.
  void stop();

  /// A stream for one listener; `last_event_id` as the client sent it, or empty; `key` as in
  /// caller: while it may be used the stream is open.
  result<std::shared_ptr<chunk_source>> open(business_id business, const std::string& last_event_id,
                                             std::int64_t key);
  std::size_t streams() const;

private:
  friend class event_stream;
  using ready_fn = std::function<void(std::optional<std::string>)>;
  using steady_time = std::chrono::steady_clock::time_point;
  /// One open stream.
  struct stream_state {
    business_id business;
    std::int64_t key = 0;
    std::uint64_t seen = 0;
    bool needs_present = true;
    bool over = false;
    ready_fn ready; ///< set: waits for a text
    time_point opened_at, written_at;
  };
  using stream_ptr = std::shared_ptr<stream_state>;
  struct room {
    room(const desk_settings& s, std::uint64_t last) : ring(s.most_texts, s.most_bytes, last) {}
    event_ring ring;
    latest_changes changes; ///< texts are made of them when they are handed out
    std::unordered_set<stream_ptr> streams;
    bool dirty = false;         ///< something waits to be handed out
    bool reading = false;       ///< a job of the lane reads for it
    bool wants_present = false; ///< for streams that have `needs_present`
    std::set<run_id> changed;   ///< runs whose counts have changed
    bool urgent = false;        ///< a run began or ended
    bool pulse_changed = true;
    bool failing = false; ///< the last read failed: the next waits for `retry`
    /// How fast its running runs go, and when that was read; the reading job's own.
    std::map<run_id, std::pair<run_pace, time_point>> paces;
    time_point read_at{}, runs_at{}, pulse_at{}, empty_since{};
    steady_time flushed_at{};
  };
  /// The present as of the event `upto`, with what the dialling said of its slots then.
  struct present_question {
    std::uint64_t upto = 0;
    result<slots_answer> slots;
  };
  using delivery = std::pair<ready_fn, std::string>;

  void heard(const event& happened);
  milliseconds tick();
  microseconds pace() const;
  void forget_or_serve(steady_time now, std::vector<delivery>& out);
  void look_after_streams(std::vector<delivery>& out, std::vector<ready_fn>& ending);
  void pull(const stream_ptr& stream, ready_fn ready);
  void leave(const stream_ptr& stream);
  void make_texts(room& of) const;
  bool serve(room& from, const stream_ptr& stream, time_point now, std::vector<delivery>& out);
  void flush(room& from, steady_time at, std::vector<delivery>& out);
  static void hand_out(std::vector<delivery>& out);
  void read_for(business_id business, room& one);
  void read_soon(business_id business, std::optional<present_question> present);
  void read(business_id business, worker& mine, const std::optional<present_question>& question);
  void read_failed(business_id business);
  std::string present(business_id business, worker& mine, const present_question& question,
                      bool& whole);
  std::string runs_text(business_id business, worker& mine, const std::set<run_id>& wanted,
                        room& one, milliseconds paces_live);
  /// With the lock held.
  milliseconds runs_pace() const;
  milliseconds looks_back_pace() const;
  void subscribe(business_id business, bool wanted);
  bool has_place_for(business_id business) const;
  void check_keys();
  void end_streams_of(const std::vector<std::int64_t>& dead_keys);

  const desk_settings settings_;
  const time_source now_;
  const std::uint64_t start_; ///< names this start in the ids
  event_feed_actor feed_;
  std::shared_ptr<lane> quick_;
  const dialling* dial_ = nullptr;
  listener_actor listener_;

  mutable std::mutex guard_;
  bool stopping_ = false;
  std::size_t open_ = 0;
  strain strain_;
  steady_time streams_looked_at_{};
  time_point keys_asked_at_{};
  bool keys_asking_ = false;
  std::unordered_map<business_id, std::unique_ptr<room>> rooms_;
  std::uint64_t forgotten_ = 0; ///< above the numbers of all rooms that were forgotten
};

} // namespace ringmaster::net::api
