// The console's commands: one table that parsing, help and completion are made from. Pure.
#pragma once

#include "actors/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringmaster::net::console {

enum class word_kind {
  text,     ///< anything
  business, ///< ids: whole numbers from 1
  run,
  job,
  whole,  ///< a whole number from 0
  number, ///< a number from 0, with a decimal point or without
  choice, ///< one of `choices`
  topic   ///< the rest of the line
};

struct parameter {
  std::string name; ///< "BUSINESS", as help shows it
  word_kind kind = word_kind::text;
  std::vector<std::string> choices;
  bool optional = false;
};

enum class weight {
  looks,      ///< changes nothing
  changes,    ///< done at once, audited
  asks_twice, ///< can't be undone: the server asks for a confirmation first
  here        ///< done by the console itself, never sent
};

struct command {
  std::string name; ///< one or two words: "runs pause"
  std::vector<parameter> takes;
  weight is = weight::looks;
  std::string does;    ///< one line
  std::string teaches; ///< what one should know before using it
};

const std::vector<command>& commands();
const command* find_command(std::string_view name);

/// A line's words: separated by blanks, "double quotes" keep blanks, \ takes the next character as
/// it is. invalid: a quote stays open.
result<std::vector<std::string>> split_words(std::string_view line);

struct parsed_command {
  const command* what = nullptr;
  std::vector<std::string> values; ///< in the order of `takes`; optional ones may be missing

  const std::string& at(std::size_t index) const;
  std::int64_t id(std::size_t index) const; ///< 0 when it is missing
};

/// What these words order. invalid says what is wrong, what would be right, and what was perhaps
/// meant.
result<parsed_command> parse(const std::vector<std::string>& words);

/// "runs pause BUSINESS RUN".
std::string usage_of(const command& which);
/// What may follow: the words that can stand at the end of `before`, beginning with `part`. Ids are
/// not known here: `wanted` says which kind would fit.
struct completion {
  std::vector<std::string> words;
  word_kind wanted = word_kind::text;
  bool wants_value = false;
};
completion complete(const std::vector<std::string>& before, std::string_view part);

/// Help on everything (no topic), a group ("runs") or a command.
std::string help_on(const std::string& topic);

} // namespace ringmaster::net::console
