// The secret of one attempt, a UUID: a callback must show it to be obeyed. Every message of a call
// carries it and every held call keeps it, so it is its 16 bytes; in URLs, SQL and logs it is text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace ringmaster {

class dial_token {
public:
  /// None.
  constexpr dial_token() = default;
  constexpr dial_token(std::uint64_t high, std::uint64_t low) : high_(high), low_(low) {}
  /// Reads the canonical form in lower case, as text() writes it; any other text is nobody's token.
  static std::optional<dial_token> from(std::string_view text);

  constexpr explicit operator bool() const { return (high_ | low_) != 0; }
  /// "0f8fad5b-d9cb-469f-a165-70867728950e"; none: "".
  std::string text() const;

  friend constexpr bool operator==(const dial_token& a, const dial_token& b) {
    return ((a.high_ ^ b.high_) | (a.low_ ^ b.low_)) == 0; // equally fast however much is right
  }
  friend constexpr bool operator!=(const dial_token& a, const dial_token& b) { return !(a == b); }
  friend bool operator<(const dial_token& a, const dial_token& b) {
    return std::tie(a.high_, a.low_) < std::tie(b.high_, b.low_);
  }

private:
  friend struct std::hash<dial_token>;

  std::uint64_t high_ = 0, low_ = 0;
};

} // namespace ringmaster

template <>
struct std::hash<ringmaster::dial_token> {
  std::size_t operator()(const ringmaster::dial_token& x) const noexcept {
    return static_cast<std::size_t>(x.high_ ^ x.low_); // they are random
  }
};
