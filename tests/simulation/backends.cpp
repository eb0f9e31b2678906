#include "tests/simulation/backends.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

namespace ringmaster::simulation::backends {

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
constexpr auto ready = "Z\0\0\0\5"sv; ///< and its status behind it
constexpr auto may_enter = "R\0\0\0\x08\0\0\0\0"sv;
constexpr auto is_prepared = "1\0\0\0\4"sv;
constexpr auto own_names = "simulation_"sv;
constexpr auto begin_name = "simulation begin\0"sv;
constexpr auto is_bound = "2\0\0\0\4"sv;
constexpr auto has_begun = "C\0\0\0\nBEGIN\0"sv;
constexpr auto in_transaction = "Z\0\0\0\5T"sv;
constexpr auto end_it = "ROLLBACK"sv;
constexpr auto unlock_it = "SELECT pg_advisory_unlock_all()"sv;

struct kept {
  int fd;
  backend of;
};

std::vector<kept>& all_kept() {
  static std::vector<kept> all;
  return all;
}

/// One end of a connection whose other end is closed.
int dead_end() {
  static const int one = [] {
    std::array<int, 2> ends{-1, -1};
    ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data());
    ::close(ends[1]);
    return ends[0];
  }();
  return one;
}

bool ends_with_ready(std::string_view said) {
  return said.size() > ready.size() &&
         said.compare(said.size() - ready.size() - 1, ready.size(), ready) == 0;
}

/// Until it waits for a request; false when it is gone.
bool hear_out(int fd, backend& one) {
  std::array<char, 8'192> room{};
  while (one.is_busy) {
    pollfd waiting{fd, POLLIN, 0};
    ::syscall(SYS_poll, &waiting, 1, -1);
    const auto got = ::syscall(SYS_recvfrom, fd, room.data(), room.size(), 0, nullptr, nullptr);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return false;
    one.heard({room.data(), static_cast<std::size_t>(got)});
  }
  return true;
}

bool ask(int fd, backend& one, std::string_view sql) {
  const auto request = "Q\0\0\0"s + static_cast<char>(sql.size() + 5) + std::string{sql} + '\0';
  const auto sent =
      ::syscall(SYS_sendto, fd, request.data(), request.size(), MSG_NOSIGNAL, nullptr, 0);
  if (sent != static_cast<ssize_t>(request.size())) return false;
  one.is_busy = true;
  return hear_out(fd, one);
}

std::size_t size_of(std::string_view message) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < 5 && i < message.size(); ++i)
    length = length << 8 | static_cast<unsigned char>(message[i]);
  return 1 + length;
}

std::string message_of(char kind, const std::string& body) {
  std::string message(1, kind);
  for (int shift = 24; shift >= 0; shift -= 8)
    message += static_cast<char>((body.size() + 4) >> shift);
  return message + body;
}

/// Takes the first message off, if it is of that kind and whole.
std::optional<std::string_view> take_message(char kind, std::string_view& from) {
  if (from.size() < 5 || from.front() != kind || size_of(from) > from.size()) return std::nullopt;
  const auto size = size_of(from);
  const auto body = from.substr(5, size - 5);
  from.remove_prefix(size);
  return body;
}

std::string take_text(std::string_view& from) {
  std::string text{from.substr(0, from.find('\0'))};
  from.remove_prefix(std::min(from.size(), text.size() + 1));
  return text;
}

} // namespace

void backend::heard(std::string_view said) {
  if (!is_greeted) greeting.append(said);
  if (!preparing.empty()) {
    if (said.front() == is_prepared.front()) {
      if (preparing.compare(0, own_names.size(), own_names) == 0) given.emplace(text, preparing);
      prepared.emplace(preparing, text);
    }
    preparing.clear();
  }
  if (!ends_with_ready(said)) return;
  status = said.back();
  is_busy = false;
  if (!std::exchange(is_greeted, true)) greeting.erase(0, greeting.find(may_enter));
}

std::string backend::told(std::string_view request) {
  is_busy = true;
  if (!is_greeted) return std::string{request};
  auto rest = request;
  auto parse = take_message('P', rest);
  if (!parse) return std::string{request};
  preparing = take_text(*parse);
  text = *parse;
  const auto bind = take_message('B', rest);
  if (!preparing.empty() || !bind) return std::string{request};
  const auto known = given.find(text);
  const auto name =
      known == given.end() ? std::string{own_names} + std::to_string(given.size()) : known->second;
  auto arguments = *bind;
  const auto portal = take_text(arguments);
  take_text(arguments);
  auto sent = message_of(
      'B', std::string{portal}.append(1, '\0').append(name).append(1, '\0').append(arguments));
  if (known == given.end()) {
    preparing = name;
    sent.insert(0, message_of('P', std::string{name}.append(1, '\0').append(text)));
  }
  return sent.append(rest);
}

/// Without a Sync of its own where that can be: then the server answers both at once.
std::pair<std::string, std::string> backend::begin_before(std::string_view request) {
  const std::string answer{has_begun};
  if (request.front() == 'Q')
    return {message_of('Q', "BEGIN\0"s), answer + std::string{in_transaction}};
  const std::string name{begin_name}, portal(1, '\0');
  auto sent = message_of('B', portal + name + std::string(6, '\0')) +
              message_of('E', portal + std::string(4, '\0'));
  auto answered = std::string{is_bound} + answer;
  if (!std::exchange(knows_begin, true)) {
    sent.insert(0, message_of('P', name + "BEGIN\0\0\0"s));
    answered.insert(0, is_prepared);
  }
  return {sent, answered};
}

std::string backend::answer_prepared(std::string_view request, char status_now) const {
  auto parse = take_message('P', request);
  if (!parse) return {};
  const auto found = prepared.find(take_text(*parse));
  if (found == prepared.end() || found->second != *parse) return {};
  return std::string{is_prepared}.append(ready) + status_now;
}

void keep(int fd, backend of) {
  const int own = ::dup(fd);
  ::dup2(dead_end(), fd);
  const bool good =
      hear_out(own, of) && (of.status == 'I' || ask(own, of, end_it)) && ask(own, of, unlock_it);
  if (good)
    all_kept().push_back({own, std::move(of)});
  else
    ::close(own);
}

bool give(int fd, std::string_view startup, backend& into) {
  auto& all = all_kept();
  for (auto it = all.begin(); it != all.end(); ++it) {
    if (it->of.startup != startup) continue;
    ::dup2(it->fd, fd);
    ::close(it->fd);
    into = std::move(it->of);
    all.erase(it);
    return true;
  }
  return false;
}

} // namespace ringmaster::simulation::backends
