// What a script may speak of: a lead's names and texts, in one piece of memory for each live call.
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringmaster {

class lead_words {
public:
  lead_words(std::string_view first_name, std::string_view last_name, std::string_view external_id,
             std::string_view notes) {
    text_.reserve(first_name.size() + last_name.size() + external_id.size() + notes.size());
    std::size_t i = 0;
    for (const auto part : {first_name, last_name, external_id, notes}) {
      begins_[i++] = static_cast<std::uint32_t>(text_.size());
      text_ += part;
    }
  }

  bool empty() const { return text_.empty(); }
  std::string_view first_name() const { return part(0, begins_[1]); }
  std::string_view last_name() const { return part(1, begins_[2]); }
  std::string_view external_id() const { return part(2, begins_[3]); }
  std::string_view notes() const { return part(3, text_.size()); }

private:
  std::string_view part(std::size_t i, std::size_t end) const {
    return std::string_view{text_}.substr(begins_[i], end - begins_[i]);
  }

  std::string text_;
  std::array<std::uint32_t, 4> begins_{};
};

} // namespace ringmaster
