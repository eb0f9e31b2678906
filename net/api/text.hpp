// UTF-8 as the API needs it: whether it is valid, which characters it holds. Pure.
// (One character at a time: net/webhooks/utf8.hpp.)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringmaster::net::api {

/// The offset of the first byte that is not valid UTF-8, npos when all is valid.
std::size_t first_invalid_utf8(std::string_view text);

/// Reads the character at `at` and moves behind it; U+FFFD for what is not UTF-8.
char32_t next_character(std::string_view text, std::size_t& at);

/// Whether there is a control character other than, if allowed, tab and line ends.
bool has_control_characters(std::string_view text, bool lines_allowed);

/// Marks without a shape: byte order mark, directions of writing, joiners. They come along when
/// numbers and names are copied from Hebrew documents.
bool is_invisible_mark(char32_t c);

/// Without white space (no-break spaces too) and invisible marks at both ends.
std::string trimmed(std::string_view text);

std::string ascii_lower(std::string_view text);

} // namespace ringmaster::net::api
