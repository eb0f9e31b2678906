// What the fuzz targets share. Each target is one source that defines LLVMFuzzerTestOneInput;
// libFuzzer feeds it, and a crash, a sanitizer's report or a broken promise ends it with the input
// kept in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace ringmaster::fuzz {

/// Ends the program when a promise is broken.
inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes the bytes up to the next NUL off the front: inputs of several parts.
inline std::string_view take_part(std::string_view& from) {
  const auto end = from.find('\0');
  const auto part = from.substr(0, end);
  from.remove_prefix(end == std::string_view::npos ? from.size() : end + 1);
  return part;
}

} // namespace ringmaster::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
