#include "net/console/event_texts.hpp"

#include <memory>
#include <mutex>

namespace ringmaster::net::console {

std::optional<sent_event> event_reader::next() {
  const auto end = text_.find("\n\n");
  if (end == std::string::npos) return std::nullopt;
  const auto block = text_.substr(0, end + 1);
  text_.erase(0, end + 2);
  sent_event event;
  std::string data;
  for (std::size_t at = 0; at < block.size();) {
    const auto line_end = block.find('\n', at);
    const auto line = block.substr(at, line_end - at);
    at = line_end + 1;
    const auto colon = line.find(": ");
    if (colon == std::string::npos || colon == 0) continue;
    const auto field = line.substr(0, colon);
    if (field == "event") event.name = line.substr(colon + 2);
    if (field == "id") event.id = line.substr(colon + 2);
    if (field == "data") data += line.substr(colon + 2);
  }
  event.data = json::parse(data, nullptr, false);
  if (event.data.is_discarded()) event.data = nullptr;
  return event;
}

std::optional<std::string> next_chunk(chunk_source& stream,
                                      const std::function<bool(std::chrono::milliseconds)>& over) {
  struct post {
    std::mutex guard;
    bool came = false;
    std::optional<std::string> chunk;
  };
  auto box = std::make_shared<post>();
  stream.pull([box](std::optional<std::string> chunk) {
    const std::lock_guard lock(box->guard);
    box->came = true;
    box->chunk = std::move(chunk);
  });
  for (;;) {
    {
      const std::lock_guard lock(box->guard);
      if (box->came) return std::move(box->chunk);
    }
    // Also the pause between two looks: events come at a pace of tens a second at most.
    if (over(std::chrono::milliseconds{40})) return std::nullopt;
  }
}

} // namespace ringmaster::net::console
