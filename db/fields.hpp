// Reads result fields (libpqxx's, or those of db/statement_pipeline.hpp) as our types. NULL becomes
// the type's "none".
#pragma once

#include "actors/clock.hpp"
#include "actors/states.hpp"
#include "db/sql_text.hpp"

#include <pqxx/pqxx>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace ringmaster::db {

template <class Field>
std::string text_of(const Field& x) {
  return x.is_null() ? "" : x.c_str();
}

template <class Field>
std::int64_t number_of(const Field& x) {
  return x.is_null() ? 0 : x.template as<std::int64_t>();
}

/// Of an array of numbers without NULLs.
template <class Field>
std::vector<std::int64_t> numbers_of(const Field& x) {
  std::vector<std::int64_t> numbers;
  if (x.is_null()) return numbers;
  const char* at = x.c_str();
  while (*at == '{' || *at == ',') {
    char* behind = nullptr;
    const auto number = std::strtoll(++at, &behind, 10);
    if (behind == at) break; // an empty array
    numbers.push_back(number);
    at = behind;
  }
  return numbers;
}

template <class Field>
std::int32_t small_number_of(const Field& x) {
  return x.is_null() ? 0 : x.template as<std::int32_t>();
}

template <class Field>
bool truth_of(const Field& x) {
  return !x.is_null() && x.c_str()[0] == 't';
}

template <class Id, class Field>
Id id_of(const Field& x) {
  return Id{number_of(x)};
}

/// For the strong texts: phone_number, call_sid.
template <class Text, class Field>
Text named(const Field& x) {
  return Text{text_of(x)};
}

/// The columns are of type uuid.
template <class Field>
dial_token token_of(const Field& x) {
  return x.is_null() ? dial_token{} : dial_token::from(x.c_str()).value_or(dial_token{});
}

template <class Field>
time_point time_of(const Field& x) {
  return x.is_null() ? time_point{} : time_from_sql(x.c_str());
}

template <class Field>
std::optional<time_point> maybe_time(const Field& x) {
  return x.is_null() ? std::nullopt : std::optional{time_from_sql(x.c_str())};
}

template <class Field>
std::optional<std::int32_t> maybe_number(const Field& x) {
  return x.is_null() ? std::nullopt : std::optional{x.template as<std::int32_t>()};
}

/// The CHECK constraints allow no other words than ours.
template <class Field>
job_status job_status_of(const Field& x) {
  return job_status_from(x.c_str()).value_or(job_status::failed);
}

template <class Field>
run_status run_status_of(const Field& x) {
  return run_status_from(x.c_str()).value_or(run_status::failed);
}

template <class Field>
std::optional<call_outcome> outcome_of(const Field& x) {
  return x.is_null() ? std::nullopt : call_outcome_from(x.c_str());
}

} // namespace ringmaster::db
