// The identities of the domain, each a type of its own, so that no id can stand in for another.
#pragma once

#include "actors/dial_token.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace ringmaster {

/// An integer id from the database; 0 means "none".
template <class Tag>
struct strong_id {
  std::int64_t value = 0;

  constexpr strong_id() = default;
  constexpr explicit strong_id(std::int64_t v) : value(v) {}
  constexpr explicit operator bool() const { return value != 0; }

  friend constexpr bool operator==(strong_id a, strong_id b) { return a.value == b.value; }
  friend constexpr bool operator!=(strong_id a, strong_id b) { return a.value != b.value; }
  friend constexpr bool operator<(strong_id a, strong_id b) { return a.value < b.value; }
};

/// A text that names something at the carrier; empty means "none".
template <class Tag>
struct strong_text {
  std::string value;

  strong_text() = default;
  explicit strong_text(std::string v) : value(std::move(v)) {}
  explicit operator bool() const { return !value.empty(); }

  friend bool operator==(const strong_text& a, const strong_text& b) { return a.value == b.value; }
  friend bool operator!=(const strong_text& a, const strong_text& b) { return a.value != b.value; }
  friend bool operator<(const strong_text& a, const strong_text& b) { return a.value < b.value; }
};

using business_id = strong_id<struct business_tag>;
using run_id = strong_id<struct run_tag>;
using lead_id = strong_id<struct lead_tag>;
using job_id = strong_id<struct job_tag>;
/// 1-based; the slots of a business are 1..max_outbound_calls.
using slot_number = strong_id<struct slot_tag>;

/// The carrier's name of a call; opaque, at most 128 characters, compared exactly.
using call_sid = strong_text<struct call_sid_tag>;
/// A phone number in E.164 ("+" and up to 15 digits).
using phone_number = strong_text<struct phone_tag>;

} // namespace ringmaster

namespace std {
template <class Tag>
struct hash<ringmaster::strong_id<Tag>> {
  size_t operator()(ringmaster::strong_id<Tag> x) const noexcept {
    return hash<int64_t>{}(x.value);
  }
};
template <class Tag>
struct hash<ringmaster::strong_text<Tag>> {
  size_t operator()(const ringmaster::strong_text<Tag>& x) const noexcept {
    return hash<string>{}(x.value);
  }
};
} // namespace std
