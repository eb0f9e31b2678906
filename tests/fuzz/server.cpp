// The server's connections: raw bytes on a real socket to the real server, and answers that the
// real client understands. (A NUL ends what is written at once: the rest comes later.)
#include "net/http/server.hpp"
#include "net/http/response_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace ringmaster::net;
using namespace ringmaster::fuzz;

namespace {

http_server& the_server() {
  static http_server* const server = [] {
    server_limits limits;
    limits.header_bytes = 2048;
    limits.body_bytes = 8192;
    limits.unasked_body_bytes = 1024;
    limits.admit = [](const http_request& head, auto then) {
      if (head.path() == "/closed")
        return then({http_response{403, "text/plain", "no", {}, {}, {}}});
      then({});
    };
    auto* made = new http_server("fuzz", limits, [](http_request request, respond_fn respond) {
      respond({200, "text/plain", request.method + request.target + request.body, {}, {}, {}});
    });
    promise(made->start("127.0.0.1", 0).empty(), "the server starts");
    return made;
  }();
  return *server;
}

/// From one loopback address after the other: a single one has some 28,000 ports, and each rests
/// for a while behind its connection.
void come_from_somewhere(int link) {
  static std::uint32_t count = 0;
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + ++count % 200);
  const int later = 1;
  setsockopt(link, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &later, sizeof later);
  promise(bind(link, reinterpret_cast<sockaddr*>(&from), sizeof from) == 0, "an address is free");
}

std::string talk(std::string_view bytes) {
  const int link = socket(AF_INET, SOCK_STREAM, 0);
  come_from_somewhere(link);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(the_server().port());
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  promise(connect(link, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0, "it accepts");
  const timeval patience{20, 0};
  setsockopt(link, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  // At once when closed, so that ports don't run out.
  const linger none{1, 0};
  setsockopt(link, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  while (!bytes.empty()) {
    const auto part = take_part(bytes);
    if (!part.empty() && send(link, part.data(), part.size(), MSG_NOSIGNAL) < 0) break;
  }
  shutdown(link, SHUT_WR);
  std::string answer;
  char room[4096];
  ssize_t got = 0;
  while ((got = recv(link, room, sizeof room, 0)) > 0)
    answer.append(room, static_cast<std::size_t>(got));
  promise(got == 0 || errno != EAGAIN, "a connection whose client has ended is ended");
  close(link);
  return answer;
}

/// All that a client is answered which asked whether to go on, was told to, and broke off then.
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto answer = talk(text_of(data, size));
  while (!answer.empty() && answer != go_on) {
    response_parser parser(64 * 1024);
    // An answer to HEAD has no body, whatever length it tells.
    parser.reset(false);
    std::size_t taken = 0;
    auto how = parser.parse(answer, taken);
    if (how == response_parser::progress::needs_more) how = parser.end_of_stream();
    if (text_of(data, size).find("HEAD") != std::string_view::npos) break;
    promise(how != response_parser::progress::refused, "the client understands the server");
    answer.erase(0, taken);
    if (how != response_parser::progress::complete) break; // reset by us in the middle
  }
  return 0;
}
