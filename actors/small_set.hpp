// A set of a few, in no order: half the memory of a std::set where it is empty, and where it is not
// a search through a few neighbours. When it is emptied it gives its memory back. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace ringmaster {

template <class T>
class small_set {
public:
  void insert(T value) {
    if (count(value) == 0) all_.push_back(std::move(value));
  }
  /// How many were there: 1 or 0.
  std::size_t erase(const T& value) {
    const auto found = std::find(all_.begin(), all_.end(), value);
    if (found == all_.end()) return 0;
    std::swap(*found, all_.back());
    all_.pop_back();
    if (all_.empty()) all_.shrink_to_fit();
    return 1;
  }
  std::size_t count(const T& value) const {
    return std::find(all_.begin(), all_.end(), value) == all_.end() ? 0 : 1;
  }
  bool empty() const { return all_.empty(); }
  std::size_t size() const { return all_.size(); }
  void clear() { all_.clear(); }

  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

private:
  std::vector<T> all_;
};

} // namespace ringmaster
