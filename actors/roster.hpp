// Who lives: every actor of a node that is worth a look, with what it has been sent and what it has
// handled. For the console and the metrics; nothing decides by it. May be asked from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace ringmaster {

class actor_roster;

/// One actor: stands in the roster from its making on until it leaves.
class listed_actor {
public:
  /// `kind` must outlive it ("run"); `key`: "business=3 run=7". No roster: nobody looks.
  listed_actor(std::shared_ptr<actor_roster> roster, const char* kind, std::string key);
  ~listed_actor() { leave(false); }
  listed_actor(const listed_actor&) = delete;
  listed_actor& operator=(const listed_actor&) = delete;

  /// `broke`: it did not end as it should have. Once is enough.
  void leave(bool broke);

  /// Counted by itself (handled) and by whoever sends to it (received).
  std::atomic<std::uint64_t> received{0}, handled{0};

private:
  friend class actor_roster;

  /// Messages in its mailbox, about: the two are counted apart.
  std::uint64_t waiting() const;

  std::shared_ptr<actor_roster> roster_; ///< none: it has left
  const char* kind_;
  const std::string key_;
  std::size_t place_ = 0;
};

struct actor_view {
  std::string kind, key; ///< "run", "business=3 run=7"
  std::uint64_t handled = 0;
  std::uint64_t waiting = 0;  ///< messages in its mailbox, about: read while it works
  std::uint64_t restarts = 0; ///< how often one of this kind and key broke and came again
};

class actor_roster {
public:
  /// By kind and key; those of one kind when that is not empty.
  std::vector<actor_view> views(const std::string& kind = {}) const;
  /// How many messages wait in all mailboxes of each kind.
  std::map<std::string, std::uint64_t> waiting() const;

private:
  friend class listed_actor;
  using name = std::pair<std::string, std::string>;

  void enter(listed_actor& one);
  void leave(const listed_actor& one, bool broke);

  mutable std::mutex guard_;
  std::vector<listed_actor*> live_;      ///< each at its place
  std::map<name, std::uint64_t> broken_; ///< bounded: the first so many names
};

} // namespace ringmaster
