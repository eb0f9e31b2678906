// The form of an attempt's token.
#pragma once

#include <string_view>

namespace ringmaster {

/// A UUID in its canonical form, lower case: what a dial_token must be, in a URL and in SQL.
bool is_uuid(std::string_view text);

} // namespace ringmaster
