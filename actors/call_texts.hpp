// The texts of one live call in one piece of memory: its name, the numbers, what happened to it,
// and what a script may speak of. As strings they would take twice as much. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

namespace ringmaster {

class call_texts {
public:
  enum part { sid, phone, from, course, first_name, last_name, external_id, notes };

  /// All are empty.
  call_texts() = default;
  /// Those that are not named are empty.
  explicit call_texts(std::initializer_list<std::pair<part, std::string_view>> texts);

  /// Valid until the next set().
  std::string_view get(part which) const;
  void set(part which, std::string_view text);

private:
  static constexpr std::size_t parts = notes + 1;
  using ends = std::array<std::uint32_t, parts>;

  ends read_ends() const;
  void write(const std::array<std::string_view, parts>& texts);

  std::unique_ptr<char[]> block_; ///< where each text ends, then the texts; none: all are empty
};

} // namespace ringmaster
