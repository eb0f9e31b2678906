// Reading the query of a URL strictly: unknown and doubled parameters are refused.
#pragma once

#include "actors/clock.hpp"
#include "actors/failure.hpp"
#include "net/http/url.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace ringmaster::net::api {

struct page_request {
  std::int32_t limit = 50; ///< 1..1000
  std::string cursor;
  std::int64_t skip = 0; ///< of a list that can be opened anywhere
};

/// Like object_reader: keeps the first thing that is wrong, tells it at the end.
class query_reader {
public:
  /// `query` as in the URL, still encoded.
  explicit query_reader(std::string_view query);

  std::string text(const std::string& name, std::size_t most_characters);
  std::optional<std::int64_t> integer(const std::string& name, std::int64_t least,
                                      std::int64_t most);
  std::optional<time_point> time(const std::string& name);
  /// `read` turns the text into a value or nothing; `expected` names what is possible.
  template <class T>
  std::optional<T> choice(const std::string& name, std::optional<T> (*read)(std::string_view),
                          const std::string& expected) {
    const auto* given = find(name);
    if (given == nullptr || given->empty()) return std::nullopt;
    auto value = read(*given);
    if (!value) refuse("out_of_range", name + " must be one of: " + expected, name);
    return value;
  }
  page_request page();
  /// Of a list that takes ?skip= too.
  page_request place();

  std::optional<failure> refusal();

private:
  const std::string* find(const std::string& name);
  void refuse(std::string code, std::string message, const std::string& name);

  field_list fields_;
  std::set<std::string> asked_;
  std::optional<failure> refusal_;
};

} // namespace ringmaster::net::api
