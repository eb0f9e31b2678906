// Values as PostgreSQL's text format writes them: arrays, times, and text from outside made safe.
#pragma once

#include "actors/clock.hpp"
#include "actors/ids.hpp"

#include <caf/optional.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringmaster::db {

/// An array literal under construction ("{1,NULL,\"a b\"}"), to be bound as one parameter.
/// Text must hold no NUL (see clean_text): PostgreSQL has no way to store one.
class sql_array {
public:
  sql_array& add(std::int64_t value);
  sql_array& add(bool value);
  sql_array& add(std::string_view text);
  sql_array& add(const char* text) { return add(std::string_view{text}); }
  sql_array& add(const std::string& text) { return add(std::string_view{text}); }
  sql_array& add(time_point at);
  sql_array& add_null();

  template <class Tag>
  sql_array& add(strong_id<Tag> id) {
    return id ? add(id.value) : add_null(); // 0 is "none", in SQL as well
  }
  template <class Tag>
  sql_array& add(const strong_text<Tag>& text) {
    return text ? add(std::string_view{text.value}) : add_null();
  }
  sql_array& add(const dial_token& token) { return token ? add(token.text()) : add_null(); }
  template <class T>
  sql_array& add(const std::optional<T>& value) {
    return value ? add(*value) : add_null();
  }
  template <class T>
  sql_array& add(const caf::optional<T>& value) {
    return value ? add(*value) : add_null();
  }

  std::string str() const;

private:
  void separate();

  std::string text_ = "{";
};

/// "2026-01-02 03:04:05.000006+00"; years outside 1..9999 become the nearest time inside.
std::string to_sql(time_point at);
/// Reads what PostgreSQL writes with DateStyle ISO and TimeZone UTC; 1970 when it is not that.
time_point time_from_sql(std::string_view text);

/// Text that PostgreSQL takes: valid UTF-8 without NUL (what isn't becomes '?'), at most
/// `max_bytes`, cut between characters.
std::string clean_text(std::string_view text, std::size_t max_bytes);

/// `text` as part of a LIKE pattern that matches it literally (escape character: backslash).
std::string like_escaped(std::string_view text);

} // namespace ringmaster::db
