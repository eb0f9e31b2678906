// Who lives: every actor of a node that is worth a look, with what it has been sent and what it has
// handled. For the console and the metrics; nothing decides by it. May be asked from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace ringmaster {

/// Of one actor; counted by itself (handled) and by whoever sends to it (received).
struct actor_figures {
  std::atomic<std::uint64_t> received{0}, handled{0};
};

struct actor_view {
  std::string kind, key; ///< "run", "business=3 run=7"
  std::uint64_t handled = 0;
  std::uint64_t waiting = 0;  ///< messages in its mailbox, about: read while it works
  std::uint64_t restarts = 0; ///< how often one of this kind and key broke and came again
};

class actor_roster {
public:
  using number = std::uint64_t;

  number enter(std::string kind, std::string key, std::shared_ptr<const actor_figures> figures);
  /// `broke`: it did not end as it should have.
  void leave(number actor, bool broke);

  /// By kind and key; those of one kind when that is not empty.
  std::vector<actor_view> views(const std::string& kind = {}) const;
  /// How many messages wait in all mailboxes of each kind.
  std::map<std::string, std::uint64_t> waiting() const;

private:
  struct entry {
    std::string kind, key;
    std::shared_ptr<const actor_figures> figures;
  };
  using name = std::pair<std::string, std::string>;

  mutable std::mutex guard_;
  number last_ = 0;
  std::map<number, entry> live_;
  std::map<name, std::uint64_t> broken_; ///< bounded: the first so many names
};

} // namespace ringmaster
