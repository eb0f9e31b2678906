#include "db/lead_import.hpp"

#include <functional>
#include <limits>
#include <stdexcept>

namespace ringmaster::db {

std::string_view numbered_texts::text_of(std::uint32_t place) const {
  const std::size_t begin = entries_[place].begin;
  const std::size_t end = place + 1 < entries_.size() ? entries_[place + 1].begin : texts_.size();
  return std::string_view(texts_).substr(begin, end - begin);
}

std::size_t numbered_texts::home_of(std::string_view text) const {
  return std::hash<std::string_view>{}(text) & (slots_.size() - 1);
}

void numbered_texts::grow() {
  slots_.assign(slots_.empty() ? 1024 : slots_.size() * 2, 0);
  for (std::uint32_t place = 0; place < entries_.size(); ++place) {
    auto at = home_of(text_of(place));
    while (slots_[at] != 0)
      at = (at + 1) & (slots_.size() - 1);
    slots_[at] = place + 1;
  }
}

std::optional<std::uint32_t> numbered_texts::earlier(std::string_view text, std::uint32_t number) {
  if (entries_.size() * 2 >= slots_.size()) grow();
  auto at = home_of(text);
  for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1))
    if (text_of(slots_[at] - 1) == text) return entries_[slots_[at] - 1].number;
  if (texts_.size() + text.size() > std::numeric_limits<std::uint32_t>::max())
    throw std::length_error("an import of more than 4 GB of texts");
  entries_.push_back({static_cast<std::uint32_t>(texts_.size()), number});
  texts_ += text;
  slots_[at] = static_cast<std::uint32_t>(entries_.size());
  return std::nullopt;
}

std::optional<row_error> lead_folder::refuse(const lead_row& row) {
  const auto number = static_cast<std::uint32_t>(row.row);
  const bool named = row.external_id && !row.external_id->empty();
  if (named)
    if (const auto first = external_ids_.earlier(*row.external_id, number))
      return row_error{row.row, "external_id",
                       "the same external_id as row " + std::to_string(*first)};
  const auto first = phones_.earlier(row.phone.value, number * 2 + (named ? 1 : 0));
  if (first && !(named && *first % 2 == 1))
    return row_error{row.row, "phone", "the same number as row " + std::to_string(*first / 2)};
  return std::nullopt;
}

} // namespace ringmaster::db
