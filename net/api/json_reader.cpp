#include "net/api/json_reader.hpp"

#include "net/api/text.hpp"
#include "net/webhooks/utf8.hpp"

#include <cmath>

namespace ringmaster::net::api {

using nlohmann::json;

std::string shown_name(std::string_view name) {
  constexpr std::size_t enough = 60;
  const std::string begin(first_characters(name, enough));
  return begin.size() < name.size() ? begin + "…" : begin;
}

std::string type_name(const json& value) {
  switch (value.type()) {
  case json::value_t::null:
    return "null";
  case json::value_t::boolean:
    return "true or false";
  case json::value_t::string:
    return "a text";
  case json::value_t::array:
    return "an array";
  case json::value_t::object:
    return "an object";
  case json::value_t::number_float: {
    // What fits in no integer is read as a float, too.
    constexpr double beyond_integers = 9.2e18;
    const bool large = std::abs(value.get<double>()) > beyond_integers;
    return large ? "a number that is too large" : "a number with a fraction";
  }
  default:
    return "a number";
  }
}

std::string text_problem(std::string_view text, const text_rule& rule) {
  const auto characters = character_count(text);
  if (characters > rule.most) return "is longer than " + std::to_string(rule.most) + " characters";
  if (characters < rule.least) return rule.least == 1 ? "is empty" : "is too short";
  if (has_control_characters(text, rule.lines))
    return rule.lines ? "holds control characters" : "holds line ends or control characters";
  return {};
}

object_reader::object_reader(const json& object, std::string path)
    : object_(object), path_(std::move(path)) {
  if (!object.is_object())
    refusal_ = failure{failure_kind::invalid, "wrong_type",
                       "an object is expected here, not " + type_name(object), path_};
}

std::string object_reader::path_of(const std::string& name) const {
  return path_.empty() ? name : path_ + "." + name;
}

void object_reader::refuse(std::string code, std::string message, const std::string& name) {
  if (!refusal_)
    refusal_ = failure{failure_kind::invalid, std::move(code), std::move(message), path_of(name)};
}

const json* object_reader::find(const std::string& name) {
  asked_.insert(name);
  if (refusal_) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

const json* object_reader::any(const std::string& name) {
  return find(name);
}

std::optional<std::string> object_reader::read_text(const json& value, const std::string& name,
                                                    const text_rule& rule) {
  if (!value.is_string()) {
    refuse("wrong_type", name + " must be a text, not " + type_name(value), name);
    return std::nullopt;
  }
  const auto& text = value.get_ref<const std::string&>();
  if (const auto problem = text_problem(text, rule); !problem.empty()) {
    refuse(character_count(text) > rule.most ? "too_long" : "invalid_text", name + " " + problem,
           name);
    return std::nullopt;
  }
  return text;
}

std::string object_reader::required_text(const std::string& name, const text_rule& rule) {
  const auto* value = find(name);
  if (value == nullptr || value->is_null()) {
    refuse("missing_field", name + " is missing", name);
    return {};
  }
  return read_text(*value, name, rule).value_or(std::string());
}

std::optional<std::string> object_reader::text(const std::string& name, const text_rule& rule) {
  const auto* value = find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return read_text(*value, name, rule);
}

std::optional<std::string> object_reader::clearable_text(const std::string& name,
                                                         const text_rule& rule) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_null()) return std::string();
  return read_text(*value, name, rule);
}

std::optional<std::int64_t> object_reader::integer(const std::string& name, std::int64_t least,
                                                   std::int64_t most) {
  const auto* value = find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_number_integer()) {
    refuse("wrong_type", name + " must be a whole number, not " + type_name(*value), name);
    return std::nullopt;
  }
  const bool beyond = value->is_number_unsigned() &&
                      value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const auto number = beyond ? 0 : value->get<std::int64_t>();
  if (beyond || number < least || number > most) {
    refuse("out_of_range",
           name + " must be from " + std::to_string(least) + " to " + std::to_string(most), name);
    return std::nullopt;
  }
  return number;
}

std::optional<bool> object_reader::boolean(const std::string& name) {
  const auto* value = find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  refuse("wrong_type", name + " must be true or false, not " + type_name(*value), name);
  return std::nullopt;
}

std::optional<failure> object_reader::refusal() {
  if (refusal_) return refusal_;
  for (const auto& [name, value] : object_.items())
    if (asked_.count(name) == 0) {
      const auto shown = shown_name(name);
      refuse("unknown_field", "the field \"" + shown + "\" is not known here", shown);
      break;
    }
  return refusal_;
}

result<std::vector<std::int64_t>> read_ids(const json& array, const std::string& path,
                                           std::size_t most) {
  const auto refuse = [](std::string code, std::string message, std::string field) {
    return failure{failure_kind::invalid, std::move(code), std::move(message), std::move(field)};
  };
  if (!array.is_array())
    return refuse("wrong_type", path + " must be an array of ids, not " + type_name(array), path);
  if (array.size() > most)
    return refuse("too_many", path + " may hold at most " + std::to_string(most) + " ids", path);
  std::vector<std::int64_t> ids;
  ids.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    const auto& value = array[i];
    const auto here = path + "[" + std::to_string(i) + "]";
    if (!value.is_number_integer())
      return refuse("wrong_type", "an id is a whole number, not " + type_name(value), here);
    // Every JSON integer above INT64_MAX is unsigned, every one below zero is not.
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() == 0 ||
        value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
      return refuse("out_of_range", "an id is a positive whole number", here);
    ids.push_back(value.get<std::int64_t>());
  }
  return ids;
}

} // namespace ringmaster::net::api
