// What is empty in nearly every actor of thousands, nearly all the time: until something is put in
// it takes the room of one pointer.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace ringmaster {

/// T has empty(), and a default T is empty.
template <class T>
class rare {
public:
  const T& operator*() const { return held_ ? *held_ : none(); }
  const T* operator->() const { return &**this; }
  bool empty() const { return !held_ || held_->empty(); }

  /// To put something in, to change or to take out.
  T& own() {
    if (!held_) held_ = std::make_unique<T>();
    return *held_;
  }
  /// Of a set or a map. How many were there.
  template <class Key>
  std::size_t erase(const Key& key) {
    return empty() ? 0 : held_->erase(key);
  }
  /// All that it holds; it is empty from then on.
  T take() {
    const auto held = std::move(held_);
    return held ? std::move(*held) : T{};
  }
  void clear() { held_.reset(); }

private:
  static const T& none() {
    static const T empty{};
    return empty;
  }

  std::unique_ptr<T> held_;
};

} // namespace ringmaster
