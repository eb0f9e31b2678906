// The faults of the API itself, as a client sees them.
#include "tests/simulated_carrier/carrier_world.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <set>
#include <sys/socket.h>
#include <unistd.h>

using namespace ringmaster;
using namespace ringmaster::net;

namespace {

/// Creates a call and tells how the answer looks: "500", "truncated", "no answer".
std::string look_of(const api_reply& reply) {
  if (reply.result != exchange_result::answered) return "no answer";
  if (reply.status == 201 && json::accept(reply.text)) return "201";
  return reply.status == 201 ? "truncated" : std::to_string(reply.status);
}

/// A connection of a client that knows nothing of HTTP.
class plain_connection {
public:
  explicit plain_connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    REQUIRE(socket_ >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval limit{static_cast<time_t>(patience.count()), 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~plain_connection() { ::close(socket_); }
  void write(const std::string& text) {
    REQUIRE(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  /// All that comes until the other side closes.
  std::string read_to_end() {
    std::string all;
    char buffer[4096];
    for (;;) {
      auto n = ::recv(socket_, buffer, sizeof buffer, 0);
      if (n == 0) return all;
      REQUIRE((n > 0 || errno == ECONNRESET));
      if (n < 0) return all;
      all.append(buffer, static_cast<std::size_t>(n));
    }
  }

private:
  int socket_;
};

} // namespace

TEST_CASE("a broken answer looks the same whether the call was made or not") {
  auto [kind, look] = GENERATE(table<std::string, std::string>({{"500", "500"},
                                                                {"503", "503"},
                                                                {"hold", "no answer"},
                                                                {"reset", "no answer"},
                                                                {"truncated", "truncated"},
                                                                {"dropped", "no answer"}}));
  CAPTURE(kind);
  for (std::string when : {"after", "before"}) {
    CAPTURE(when);
    carrier_world w(ringing_options());
    w.faults(json{{"create_error_" + when, 1}, {"create_error", kind}, {"hold_ms", 100}}.dump());
    CHECK(look_of(w.ask("POST", w.calls_path(), w.form())) == look);
    CHECK(w.carrier().figures().calls == (when == "after" ? 1 : 0));
  }
}

TEST_CASE("without a kind, broken answers are of all kinds") {
  carrier_world w(ringing_options());
  w.faults(R"({"create_error_after":1,"hold_ms":10})");
  std::set<std::string> looks;
  for (int i = 0; i < 40; ++i)
    looks.insert(
        look_of(w.ask("POST", w.calls_path(), w.form("+97254" + std::to_string(1'000'000 + i)))));
  CHECK(looks == std::set<std::string>{"500", "503", "no answer", "truncated"});
  CHECK(w.carrier().figures().calls == 40);
}

TEST_CASE("a burst of 429 with or without Retry-After makes no call, and ends") {
  auto says = GENERATE(false, true);
  carrier_world w(ringing_options());
  std::string name = says ? "create_429_retry_after" : "create_429";
  w.faults(json{{name, 1}, {"burst", 3}}.dump());
  auto refused = w.ask("POST", w.calls_path(), w.form());
  CHECK(refused.status == 429);
  CHECK(refused.body()["code"] == 20429);
  CHECK(refused.header("Retry-After") == (says ? "1" : ""));
  w.faults(json{{name, 0}}.dump());
  CHECK(w.ask("POST", w.calls_path(), w.form()).status == 429);
  CHECK(w.ask("GET", w.calls_path()).status == 200);
  CHECK(w.ask("POST", w.calls_path(), w.form()).status == 429);
  CHECK(w.carrier().figures().calls == 0);
  CHECK(w.ask("POST", w.calls_path(), w.form()).status == 201);
  CHECK(w.ask("GET", "/_sim/refusals").body()["refused_us"].size() == 3);
}

TEST_CASE("a burst of 401 is over after a while") {
  carrier_world w(ringing_options());
  w.faults(R"({"auth_401":1,"burst":2})");
  CHECK(w.ask("GET", w.calls_path()).body()["code"] == 20003);
  w.faults(R"({"auth_401":0})");
  CHECK(w.ask("POST", w.calls_path(), w.form()).status == 401);
  CHECK(w.ask("POST", w.calls_path(), w.form()).status == 201);
}

TEST_CASE("10004 as the answer makes no call") {
  carrier_world w(ringing_options());
  w.faults(R"({"concurrency_rejected":1})");
  auto reply = w.ask("POST", w.calls_path(), w.form());
  CHECK(reply.status == 400);
  CHECK(reply.body()["code"] == 10004);
  CHECK(w.carrier().figures().calls == 0);
}

TEST_CASE("callbacks, at times all of them, come before the 201") {
  carrier_world w;
  w.faults(R"({"callback_before_answer":1})");
  for (int i = 0; i < 8; ++i) {
    auto sid = w.create(w.form("+97254" + std::to_string(1'000'000 + i)));
    auto inbox = w.hooks().inbox();
    bool told = std::any_of(inbox.begin(), inbox.end(), [&](const auto& r) {
      return r.path() == "/status" && form_field(r, "CallSid") == sid;
    });
    CHECK(told);
  }
}

TEST_CASE("GET and list lag behind the answer of the create") {
  carrier_world w(ringing_options());
  w.faults(R"({"get_lag":1,"list_lag":1,"lag_ms":604800000})");
  auto hidden = w.create();
  CHECK(w.ask("GET", w.call_path(hidden)).status == 404);
  CHECK(w.ask("GET", w.calls_path()).body()["calls"].empty());
  w.faults(R"({"clear":true,"get_lag":1,"list_lag":1,"lag_ms":1})");
  auto shown = w.create(w.form("+972541111111"));
  w.wait_for(w.call_path(shown), [](const json& c) { return c.contains("sid"); });
  CHECK(w.ask("GET", w.calls_path()).body()["calls"].size() == 1);
}

TEST_CASE("GET and list tell a former status for a while") {
  carrier_world w(ringing_options());
  w.faults(R"({"stale_get":1,"stale_ms":604800000})");
  auto sid = w.create();
  w.wait_for_status(sid, "queued");
  w.wait_for("/_sim/calls/" + sid, [](const json& c) { return c["status"] == "ringing"; });
  CHECK(w.ask("GET", w.call_path(sid)).body()["status"] == "queued");
  w.ask("POST", w.call_path(sid), {{"Status", "canceled"}});
  auto stale = w.ask("GET", w.call_path(sid)).body();
  CHECK(stale["status"] == "ringing");
  CHECK(stale["end_time"].is_null());
  auto page = w.ask("GET", w.calls_path()).body();
  CHECK(page["calls"][0]["status"] == "ringing");
  w.faults(R"({"stale_ms":0})");
  CHECK(w.ask("GET", w.call_path(sid)).body()["status"] == "canceled");
}

TEST_CASE("pages shift when calls are added while they are followed") {
  carrier_world w(ringing_options());
  w.faults(R"({"page_shift":1})");
  for (int i = 0; i < 6; ++i)
    w.create(w.form("+97254" + std::to_string(1'000'000 + i)));
  auto first = w.ask("GET", w.calls_path() + "?PageSize=3").body();
  w.create(w.form("+972551111111"));
  auto second = w.ask("GET", first["next_page_uri"]).body();
  CHECK(second["calls"][0]["sid"] == first["calls"][2]["sid"]);
}

TEST_CASE("cancels that are refused or not found leave the call alive") {
  carrier_world w(ringing_options());
  auto sid = w.create();
  w.faults(R"({"cancel_21220":1})");
  auto refused = w.ask("POST", w.call_path(sid), {{"Status", "canceled"}});
  CHECK(refused.status == 400);
  CHECK(refused.body()["code"] == 21220);
  w.faults(R"({"clear":true,"cancel_404":1})");
  CHECK(w.ask("POST", w.call_path(sid), {{"Status", "completed"}}).status == 404);
  CHECK(w.carrier().figures().live == 1);
}

TEST_CASE("a kept connection is closed without a word after an answer") {
  carrier_world w(ringing_options());
  w.faults(R"({"closed_keep_alive":1})");
  plain_connection c(w.carrier().port());
  c.write("GET " + w.calls_path() + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + w.basic() +
          "\r\n\r\n");
  auto answer = c.read_to_end();
  CHECK(answer.find("HTTP/1.1 200") == 0);
  CHECK(answer.find("\"calls\":[]") != std::string::npos);
  auto head = answer.substr(0, answer.find("\r\n\r\n"));
  for (auto& letter : head)
    letter = static_cast<char>(std::tolower(letter));
  CHECK(head.find("connection: close") == std::string::npos);
}

TEST_CASE("a reset comes in the middle of the body that was promised") {
  carrier_world w(ringing_options());
  w.faults(R"({"create_error_after":1,"create_error":"reset"})");
  auto body = encode_form(w.form());
  plain_connection c(w.carrier().port());
  c.write("POST " + w.calls_path() + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + w.basic() +
          "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  auto answer = c.read_to_end();
  CHECK(answer.find("HTTP/1.1 201") == 0);
  CHECK(answer.find("\"sid\":\"CA") != std::string::npos);
  auto end = answer.find("\r\n\r\n");
  REQUIRE(end != std::string::npos);
  CHECK(!json::accept(answer.substr(end + 4)));
}

TEST_CASE("the carrier stops while it holds an answer back") {
  carrier_world w(ringing_options());
  w.faults(R"({"create_error_after":1,"create_error":"hold"})");
  auto body = encode_form(w.form());
  plain_connection c(w.carrier().port());
  c.write("POST " + w.calls_path() + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + w.basic() +
          "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  w.wait_for("/_sim/observer", [](const json& o) { return o["calls"] == 1; });
  w.carrier().stop();
  CHECK(c.read_to_end().empty());
}
