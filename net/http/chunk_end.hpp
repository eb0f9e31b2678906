// What both parsers must wait for at the end of a chunked body.
#pragma once

#include <string_view>

namespace ringmaster::net {

/// Whether it may be the begin of "0\r\n\r\n", the least that ends a chunked body. Of a last chunk
/// Beast believes that it has seen so many bytes, and asserts it.
inline bool too_short_an_end(std::string_view bytes) {
  return bytes.size() < 5 && bytes.substr(0, 1) == "0";
}

} // namespace ringmaster::net
