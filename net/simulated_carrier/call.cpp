#include "net/simulated_carrier/call.hpp"

#include <array>

namespace ringmaster::net::sim {

namespace {

constexpr std::array<std::string_view, 8> statuses{
    "queued", "ringing", "in-progress", "completed", "busy", "no-answer", "failed", "canceled"};
constexpr std::array<std::string_view, 4> events{"initiated", "ringing", "answered", "completed"};

template <class T, std::size_t N>
std::optional<T> look_up(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == text) return static_cast<T>(i);
  return std::nullopt;
}

} // namespace

std::string_view to_string(call_status s) {
  return statuses[static_cast<std::size_t>(s)];
}
std::string_view to_string(callback_event e) {
  return events[static_cast<std::size_t>(e)];
}

std::optional<call_status> call_status_from(std::string_view text) {
  return look_up<call_status>(statuses, text);
}

std::optional<callback_event> callback_event_from(std::string_view text) {
  return look_up<callback_event>(events, text);
}

bool has_ended(call_status s) {
  return s >= call_status::completed;
}

} // namespace ringmaster::net::sim
