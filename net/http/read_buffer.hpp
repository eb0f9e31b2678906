// What a connection has sent and nobody has taken yet. Most requests are small and most connections
// wait: it begins small, grows for whoever sends much, and is small again for the next request.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace ringmaster::net {

class read_buffer {
public:
  static constexpr std::size_t least = 2 * 1024;

  /// Grows up to `most` bytes.
  explicit read_buffer(std::size_t most);

  /// Where the next bytes go, how many fit; none only when `most` bytes wait to be taken.
  std::pair<char*, std::size_t> room();
  /// So many were put there.
  void put(std::size_t size);

  std::string_view waiting() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void take(std::size_t size) { begin_ += size; }
  /// Gives back what a large request made of it; only when empty.
  void shrink();

private:
  void resize(std::size_t size);

  std::size_t most_, size_;
  std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0, end_ = 0;
  bool filled_ = false; ///< the last bytes took all room: more are on their way, likely
};

} // namespace ringmaster::net
