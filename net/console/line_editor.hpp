// A line with history and completion, from a terminal (libedit).
#pragma once

#include "net/console/suggestion.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringmaster::net::console {

class line_editor {
public:
  /// What may stand at the end of a line instead of its last word.
  using completer = std::function<std::vector<suggestion>(const std::string& before_cursor)>;

  line_editor(std::string prompt, std::string history_file, completer complete);
  ~line_editor();
  line_editor(const line_editor&) = delete;
  line_editor& operator=(const line_editor&) = delete;

  /// The next line without its end; empty after Ctrl-C; nothing at the end of input.
  std::optional<std::string> next();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace ringmaster::net::console
