// How the console and a server talk on their socket: frames, each four bytes of length (big endian)
// and so many bytes of JSON. Pure. (What stands in them: README.md.)
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ringmaster::net::console {

constexpr int protocol_version = 1;
constexpr std::size_t largest_request = 64 * 1024;
constexpr std::size_t largest_answer = 4 * 1024 * 1024;

/// `payload` has less than 4 GiB.
std::string frame_of(std::string_view payload);

/// Takes bytes as they come and gives whole payloads.
class frame_reader {
public:
  explicit frame_reader(std::size_t largest) : largest_(largest) {}

  void feed(std::string_view bytes) { bytes_ += bytes; }
  /// The next whole payload; nothing: more bytes are needed, or the stream is broken.
  std::optional<std::string> next();
  /// A frame longer than allowed was announced, or an empty one: nothing behind it can be read.
  bool broken() const;
  /// Whether part of a frame has come.
  bool in_frame() const { return !bytes_.empty(); }

private:
  std::optional<std::size_t> announced() const;

  std::size_t largest_;
  std::string bytes_;
};

} // namespace ringmaster::net::console
