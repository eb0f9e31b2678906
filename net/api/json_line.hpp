// One JSON object written straight into a text, for what is written thousands of times a second;
// everything else is built as json_out. Names are not escaped.
#pragma once

#include "actors/clock.hpp"
#include "net/api/responses.hpp"
#include "net/api/rfc3339.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace ringmaster::net::api {

class json_line {
public:
  explicit json_line(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }

  json_line& put(std::string_view name, std::int64_t value) {
    begin(name) += std::to_string(value);
    return *this;
  }
  json_line& put(std::string_view name, std::string_view text) {
    begin(name);
    quote(text);
    return *this;
  }
  json_line& put(std::string_view name, time_point at) { return put(name, format_time(at)); }
  json_line& put_null(std::string_view name) {
    begin(name) += "null";
    return *this;
  }
  /// null for an id that is 0, an empty text, a time that is absent.
  json_line& put_id(std::string_view name, std::int64_t id) {
    return id == 0 ? put_null(name) : put(name, id);
  }
  json_line& put_or_null(std::string_view name, std::string_view text) {
    return text.empty() ? put_null(name) : put(name, text);
  }
  template <class OptionalTime>
  json_line& put_time_or_null(std::string_view name, const OptionalTime& at) {
    return at ? put(name, *at) : put_null(name);
  }

private:
  std::string& begin(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return out_;
  }
  void quote(std::string_view text) {
    const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
    if (!std::all_of(text.begin(), text.end(), is_plain)) {
      out_ += json_out(text).dump(-1, ' ', false, json_out::error_handler_t::replace);
      return;
    }
    out_ += '"';
    out_ += text;
    out_ += '"';
  }

  std::string& out_;
};

} // namespace ringmaster::net::api
