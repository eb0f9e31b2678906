// UTF-8, read one character at a time. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringmaster::net {

struct utf8_character {
  std::uint32_t code = 0; ///< U+FFFD for bytes that are not UTF-8
  std::size_t bytes = 0;  ///< how many it takes, at least one
  bool valid = false;
};

/// The first character of `text`, which is not empty. Overlong forms and surrogates are not valid.
utf8_character first_character(std::string_view text);

/// How many characters `text` has; each byte that fits into none counts as one.
std::size_t character_count(std::string_view text);

/// The first `most` characters.
std::string_view first_characters(std::string_view text, std::size_t most);

} // namespace ringmaster::net
