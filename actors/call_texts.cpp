#include "actors/call_texts.hpp"

#include <algorithm>
#include <cstring>

namespace ringmaster {

call_texts::call_texts(std::initializer_list<std::pair<part, std::string_view>> texts) {
  std::array<std::string_view, parts> all;
  for (const auto& [which, text] : texts)
    all[which] = text;
  write(all);
}

std::string_view call_texts::get(part which) const {
  if (!block_) return {};
  const auto end = read_ends();
  const auto begin = which == 0 ? 0 : end[which - 1];
  return {block_.get() + sizeof(ends) + begin, end[which] - begin};
}

void call_texts::set(part which, std::string_view text) {
  std::array<std::string_view, parts> all;
  for (std::size_t i = 0; i < parts; ++i)
    all[i] = get(static_cast<part>(i));
  all[which] = text;
  write(all);
}

call_texts::ends call_texts::read_ends() const {
  ends all;
  std::memcpy(all.data(), block_.get(), sizeof(ends));
  return all;
}

/// The texts may be those of the block that is here.
void call_texts::write(const std::array<std::string_view, parts>& texts) {
  ends end;
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < parts; ++i)
    end[i] = size += static_cast<std::uint32_t>(texts[i].size());
  std::unique_ptr<char[]> block(new char[sizeof(ends) + size]);
  std::memcpy(block.get(), end.data(), sizeof(ends));
  auto* at = block.get() + sizeof(ends);
  for (const auto& text : texts)
    at = std::copy(text.begin(), text.end(), at);
  block_ = std::move(block);
}

} // namespace ringmaster
