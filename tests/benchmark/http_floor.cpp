// The floor under the network: one request and one answer of the sizes that a call has, over
// keep-alive connections, by the barest loops of Beast: one thread serves, one asks. Prints what
// was reached as JSON.
#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <thread>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using clock_type = std::chrono::steady_clock;

// A status callback as the carrier sends it, and the answer to it.
const std::string form =
    "AccountSid=AC51300000000000000000000000000001&ApiVersion=2010-04-01&CallDuration=7&CallSid="
    "CA0123456789abcdef0123456789abcdef&CallStatus=completed&CallbackSource=call-progress-events&"
    "Called=%2B12025550142&Caller=%2B12025550199&Direction=outbound-api&Duration=1&From="
    "%2B12025550199&SequenceNumber=3&Timestamp=Sun%2C+29+Nov+2026+16%3A51%3A12+%2B0000&To="
    "%2B12025550142";

http::request<http::string_body> make_request() {
  http::request<http::string_body> request{
      http::verb::post, "/webhook/voice/status?business=12&job=123456&token=0123456789abcdef0123",
      11};
  request.set(http::field::host, "127.0.0.1");
  request.set(http::field::content_type, "application/x-www-form-urlencoded");
  request.set("X-Twilio-Signature", "0123456789abcdefghijklmnopqrst=");
  request.body() = form;
  request.prepare_payload();
  return request;
}

class served : public std::enable_shared_from_this<served> {
public:
  explicit served(tcp::socket socket) : socket_(std::move(socket)) {
    answer_.result(http::status::no_content);
    answer_.version(11);
    answer_.set(http::field::server, "floor");
  }

  void read() {
    request_ = {};
    http::async_read(socket_, buffer_, request_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (!error) self->write();
                     });
  }

private:
  void write() {
    http::async_write(socket_, answer_,
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  tcp::socket socket_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::empty_body> answer_;
};

void accept(tcp::acceptor& at) {
  at.async_accept([&at](beast::error_code error, tcp::socket socket) {
    if (error) return;
    socket.set_option(tcp::no_delay(true));
    std::make_shared<served>(std::move(socket))->read();
    accept(at);
  });
}

class asker {
public:
  asker(asio::io_context& loop, const tcp::endpoint& to, clock_type::time_point until)
      : socket_(loop), until_(until) {
    socket_.connect(to);
    socket_.set_option(tcp::no_delay(true));
  }

  void ask() {
    if (clock_type::now() >= until_) return socket_.close();
    http::async_write(socket_, request_, [this](beast::error_code error, std::size_t) {
      if (!error) read();
    });
  }

  std::int64_t answers = 0;

private:
  void read() {
    answer_ = {};
    http::async_read(socket_, buffer_, answer_, [this](beast::error_code error, std::size_t) {
      if (error) return;
      ++answers;
      ask();
    });
  }

  tcp::socket socket_;
  const clock_type::time_point until_;
  beast::flat_buffer buffer_;
  const http::request<http::string_body> request_ = make_request();
  http::response<http::string_body> answer_;
};

void measure(int connections, int seconds) {
  asio::io_context serving, asking;
  tcp::acceptor at(serving, {asio::ip::make_address("127.0.0.1"), 0});
  accept(at);
  std::thread server([&] { serving.run(); });
  const auto begun = clock_type::now();
  std::vector<std::unique_ptr<asker>> askers;
  for (int i = 0; i < connections; ++i)
    askers.push_back(std::make_unique<asker>(asking, at.local_endpoint(),
                                             begun + std::chrono::seconds{seconds}));
  for (auto& one : askers)
    one->ask();
  asking.run();
  const std::chrono::duration<double> took = clock_type::now() - begun;
  serving.stop();
  server.join();
  std::int64_t answers = 0;
  for (const auto& one : askers)
    answers += one->answers;
  const nlohmann::ordered_json told = {
      {"requests_per_second", static_cast<double>(answers) / took.count()},
      {"requests", answers},
      {"seconds", took.count()}};
  std::cout << told.dump() << std::endl;
}

} // namespace

int main(int argc, char** argv) {
  int connections = 64, seconds = 5;
  CLI::App app{"Requests and answers of a call's size by the barest loops."};
  app.add_option("--connections", connections, "open at once")->check(CLI::Range(1, 1000));
  app.add_option("--seconds", seconds, "ends then");
  CLI11_PARSE(app, argc, argv);
  try {
    measure(connections, seconds);
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << "bench_http_floor: " << problem.what() << std::endl;
    return 1;
  }
}
