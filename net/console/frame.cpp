#include "net/console/frame.hpp"

#include <cstdint>

namespace ringmaster::net::console {

namespace {
constexpr std::size_t header = 4;
}

std::string frame_of(std::string_view payload) {
  const auto size = static_cast<std::uint32_t>(payload.size());
  std::string frame;
  frame.reserve(header + payload.size());
  for (int shift = 24; shift >= 0; shift -= 8)
    frame += static_cast<char>((size >> shift) & 0xff);
  return frame.append(payload);
}

std::optional<std::size_t> frame_reader::announced() const {
  if (bytes_.size() < header) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < header; ++i)
    size = size << 8 | static_cast<unsigned char>(bytes_[i]);
  return size;
}

bool frame_reader::broken() const {
  const auto size = announced();
  return size && (*size == 0 || *size > largest_);
}

std::optional<std::string> frame_reader::next() {
  const auto size = announced();
  if (!size || broken() || bytes_.size() < header + *size) return std::nullopt;
  auto payload = bytes_.substr(header, *size);
  bytes_.erase(0, header + *size);
  return payload;
}

} // namespace ringmaster::net::console
