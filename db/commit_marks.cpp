#include "db/commit_marks.hpp"

#include <random>

namespace ringmaster::db {

namespace {

std::string new_uuid() {
  static constexpr char digits[] = "0123456789abcdef";
  std::random_device source;
  std::string text = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
  for (char& c : text)
    if (c == 'x') c = digits[source() % 16];
  return text;
}

} // namespace

commit_marks::commit_marks() : process_(new_uuid()) {}

void commit_marks::seen(std::int32_t writer, std::int64_t mark) {
  const std::lock_guard lock(guard_);
  seen_[writer] = mark;
}

void commit_marks::forget(const std::map<std::int32_t, std::int64_t>& seen) {
  const std::lock_guard lock(guard_);
  for (const auto& [writer, mark] : seen)
    if (auto found = seen_.find(writer); found != seen_.end() && found->second == mark)
      seen_.erase(found);
}

std::map<std::int32_t, std::int64_t> commit_marks::all() const {
  const std::lock_guard lock(guard_);
  return seen_;
}

} // namespace ringmaster::db
