// The memory set aside for bodies that are being received, and whose they are: large ones leave a
// part to the small, and one asker's large ones a part to others'. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace ringmaster::net {

class body_room {
public:
  /// `most` bytes for all; a body up to `small` is a small one.
  body_room(std::size_t most, std::size_t small) : most_(most), small_(small) {}

  /// More of one body has come: `held` bytes were taken for it before. False: there is no room;
  /// what it took is to be given back all the same. A body alone is always taken. `asker` 0:
  /// nobody's.
  bool take(std::uint64_t asker, std::size_t held, std::size_t more);
  void give(std::uint64_t asker, std::size_t held);

private:
  bool is_large(std::size_t bytes) const { return bytes > small_; }

  const std::size_t most_, small_;
  std::mutex guard_;
  std::size_t taken_ = 0;
  std::unordered_map<std::uint64_t, std::size_t> large_; ///< bytes of each asker's large bodies
};

} // namespace ringmaster::net
