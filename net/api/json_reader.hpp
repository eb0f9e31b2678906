// Reading JSON strictly: what is malformed, unknown, doubled, of the wrong type or out of range is
// refused with the path of the field ("lead_ids[3]").
#pragma once

#include "actors/failure.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace ringmaster::net::api {

constexpr int deepest_json = 16;

/// Parses a whole body. Refused: malformed text (code "malformed_json", with line and column),
/// invalid UTF-8, a field named twice ("duplicate_field"), nesting over `deepest_json`, NUL in a
/// text.
result<nlohmann::json> parse_json(std::string_view body);

/// What a text may be.
struct text_rule {
  std::size_t most = 200; ///< characters
  std::size_t least = 0;
  bool lines = false; ///< line ends and tabs allowed
};

/// "" or the sentence that says what is wrong with the text; the same for JSON and CSV.
std::string text_problem(std::string_view text, const text_rule& rule);

/// Reads the fields of one object. The first thing that is wrong is kept and everything after it
/// reads as empty, so that a reading function is straight; `refusal()` tells at the end.
/// Optional fields may be null, which is the same as absent, except where said.
class object_reader {
public:
  /// `path` names the object itself: "" for the body, "[3]" or "script" for one inside.
  object_reader(const nlohmann::json& object, std::string path = {});

  std::string required_text(const std::string& name, const text_rule& rule);
  std::optional<std::string> text(const std::string& name, const text_rule& rule);
  /// null reads as "": for changes, where it removes what was there.
  std::optional<std::string> clearable_text(const std::string& name, const text_rule& rule);
  std::optional<std::int64_t> integer(const std::string& name, std::int64_t least,
                                      std::int64_t most);
  std::optional<bool> boolean(const std::string& name);
  /// The field as it stands (null too), nullptr when absent.
  const nlohmann::json* any(const std::string& name);

  /// The first failure, or that of the first field nobody asked for.
  std::optional<failure> refusal();
  /// Keeps a failure of the caller's own, unless there is one already.
  void refuse(std::string code, std::string message, const std::string& name);
  std::string path_of(const std::string& name) const;

private:
  const nlohmann::json* find(const std::string& name);
  std::optional<std::string> read_text(const nlohmann::json& value, const std::string& name,
                                       const text_rule& rule);

  const nlohmann::json& object_;
  std::string path_;
  std::set<std::string> asked_;
  std::optional<failure> refusal_;
};

/// An array of distinct or repeated positive ids; fails with the path of the first wrong element.
result<std::vector<std::int64_t>> read_ids(const nlohmann::json& array, const std::string& path,
                                           std::size_t most);

/// The beginning of a field's name as it came: enough to find it, and never a whole body of it.
std::string shown_name(std::string_view name);

/// "a text", "an object", …: how a message names the type of a value.
std::string type_name(const nlohmann::json& value);

} // namespace ringmaster::net::api
