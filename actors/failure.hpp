// Errors as values: what is wrong, where, and what to do about it.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace ringmaster {

/// What kind of "no" it is; the outside maps it to a status (HTTP: in net/api).
enum class failure_kind {
  invalid,      ///< the request can't be understood or breaks a rule (400)
  unauthorized, ///< no key or a wrong one (401)
  forbidden,    ///< the key is known but may not do this (403)
  not_found,    ///< no such thing, or another business's (404)
  conflict,     ///< it clashes with the state as it is now (409)
  too_large,    ///< over a limit of size or count (413)
  unavailable,  ///< the database or the carrier can't serve now; nothing was done (503)
  unknown,      ///< the connection broke while committing: it may or may not be done (503)
  internal      ///< a bug of ours (500)
};

struct failure {
  failure_kind kind = failure_kind::internal;
  std::string code;    ///< for programs: "lead_not_found"
  std::string message; ///< for people: what is wrong and what to do
  std::string field;   ///< where in the request: "lead_ids[3]"; empty when not about one field
};

/// A value or the failure that stands in its way.
template <class T>
class result {
public:
  result(T value) : content_(std::move(value)) {}
  result(failure why) : content_(std::move(why)) {}

  explicit operator bool() const { return content_.index() == 0; }
  T& operator*() { return std::get<0>(content_); }
  const T& operator*() const { return std::get<0>(content_); }
  T* operator->() { return &std::get<0>(content_); }
  const T* operator->() const { return &std::get<0>(content_); }
  failure& error() { return std::get<1>(content_); }
  const failure& error() const { return std::get<1>(content_); }

private:
  std::variant<T, failure> content_;
};

/// For operations that have nothing to tell but success.
struct done {};

} // namespace ringmaster
