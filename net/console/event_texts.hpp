// Reads the API's stream of server-sent events for the console.
#pragma once

#include "net/console/layouts.hpp"
#include "net/http/message.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ringmaster::net::console {

struct sent_event {
  std::string name, id;
  json data; ///< null: it holds none that can be read
};

/// Takes text as it comes and gives whole events; comments are passed over. Pure.
class event_reader {
public:
  void feed(std::string_view text) { text_ += text; }
  std::optional<sent_event> next();

private:
  std::string text_;
};

/// The next part of a stream; nothing at its end, or when `over` says that nobody waits.
std::optional<std::string> next_chunk(chunk_source& stream,
                                      const std::function<bool(std::chrono::milliseconds)>& over);

} // namespace ringmaster::net::console
