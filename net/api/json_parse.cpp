// The parsing half of the JSON reader: nlohmann's lexer with stricter rules on top.
#include "net/api/json_reader.hpp"

#include "net/api/text.hpp"

namespace ringmaster::net::api {
namespace {

using nlohmann::json;

failure refusal(std::string code, std::string message, std::string field = {}) {
  return {failure_kind::invalid, std::move(code), std::move(message), std::move(field)};
}

std::string position(std::string_view body, std::size_t offset) {
  std::size_t line = 1, line_begin = 0;
  for (std::size_t i = 0; i < offset && i < body.size(); ++i)
    if (body[i] == '\n') {
      ++line;
      line_begin = i + 1;
    }
  return "line " + std::to_string(line) + ", column " + std::to_string(offset - line_begin + 1);
}

/// Builds the document and refuses what nlohmann's own builder lets pass.
class strict_builder : public nlohmann::json_sax<json> {
public:
  explicit strict_builder(std::string_view body) : body_(body) {}

  json document;
  std::optional<failure> problem;

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool binary(binary_t&) override { return false; } // JSON text has none

  bool string(string_t& value) override {
    if (value.find('\0') == std::string::npos) return add(std::move(value));
    return stop("invalid_text", "a text holds the character NUL (\\u0000), which can't be stored");
  }

  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (name.find('\0') != std::string::npos)
      return stop("invalid_text", "the name of a field holds the character NUL");
    auto& object = *open_.back();
    if (object.contains(name))
      return stop("duplicate_field",
                  "the field \"" + shown_name(name) + "\" stands twice in one object",
                  shown_name(name));
    slot_ = &object[name];
    return true;
  }

  bool parse_error(std::size_t offset, const std::string&,
                   const nlohmann::detail::exception&) override {
    return stop("malformed_json",
                "the body is not valid JSON: see " + position(body_, offset == 0 ? 0 : offset - 1));
  }

private:
  bool stop(std::string code, std::string message, std::string field = {}) {
    problem = refusal(std::move(code), std::move(message), std::move(field));
    return false;
  }

  json& place(json value) {
    if (open_.empty()) return document = std::move(value);
    if (open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      return open_.back()->back();
    }
    return *slot_ = std::move(value);
  }
  template <class T>
  bool add(T&& value) {
    place(json(std::forward<T>(value)));
    return true;
  }
  bool open(json container) {
    if (open_.size() >= deepest_json)
      return stop("too_deep",
                  "the JSON is nested more than " + std::to_string(deepest_json) + " levels deep");
    open_.push_back(&place(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view body_;
  // An array's elements move when it grows, but never while one of them is open.
  std::vector<json*> open_;
  json* slot_ = nullptr;
};

} // namespace

result<json> parse_json(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return refusal("malformed_json", "the body is empty; JSON is expected");
  if (const auto bad = first_invalid_utf8(body); bad != std::string_view::npos)
    return refusal("malformed_json", "the body is not valid UTF-8: see " + position(body, bad));
  strict_builder builder(body);
  const bool parsed = json::sax_parse(body, &builder);
  if (builder.problem) return *builder.problem;
  if (!parsed) return refusal("malformed_json", "the body is not valid JSON");
  return std::move(builder.document);
}

} // namespace ringmaster::net::api
