// Text for XML documents. Pure.
#pragma once

#include <string>
#include <string_view>

namespace ringmaster::net {

/// `text` as it may stand between tags or in a quoted attribute, whatever it holds: the five
/// special characters are escaped, what XML 1.0 can't carry is left out, broken UTF-8 becomes
/// U+FFFD.
std::string xml_text(std::string_view text);

} // namespace ringmaster::net
