// A simulated carrier and a receiver of its webhooks, both on real sockets of this machine.
#pragma once

#include "net/http/client.hpp"
#include "net/http/server.hpp"
#include "net/http/url.hpp"
#include "net/simulated_carrier/simulated_carrier.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

namespace ringmaster::net {

using nlohmann::json;

/// How long a test waits for what must come.
constexpr std::chrono::seconds patience{30};

inline carrier_options quick_options() {
  carrier_options o;
  o.auth_token = "a token for tests";
  o.life.answered = 1;
  o.life.machine = o.life.busy = o.life.no_answer = o.life.failed = 0;
  for (auto* range : {&o.life.setup, &o.life.ring, &o.life.talk})
    *range = {};
  return o;
}

/// Life settings under which a call rings until somebody interferes.
inline carrier_options ringing_options() {
  auto o = quick_options();
  o.life.ring = {std::chrono::minutes{5}, std::chrono::minutes{5}};
  return o;
}

/// Takes webhooks and answers them as it is told.
class receiver {
public:
  using reply_fn = std::function<http_response(const http_request&)>;

  explicit receiver(reply_fn reply = {}, server_limits limits = {})
      : reply_(std::move(reply)),
        server_("receiver", std::move(limits), [this](http_request request, respond_fn respond) {
          auto response = reply_ ? reply_(request) : usual(request);
          {
            std::lock_guard lock(mutex_);
            inbox_.push_back(std::move(request));
          }
          came_.notify_all();
          respond(std::move(response));
        }) {
    auto wrong = server_.start("127.0.0.1", 0);
    INFO(wrong);
    REQUIRE(wrong.empty());
  }

  static http_response usual(const http_request& request) {
    http_response r;
    if (request.path() == "/answer") {
      r.content_type = "text/xml";
      r.body = "<Response><Say>Hello</Say></Response>";
    } else {
      r.status = 204;
    }
    return r;
  }

  std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + target;
  }

  /// Waits until `fits` holds for the requests so far, and returns them.
  std::vector<http_request>
  wait(const std::function<bool(const std::vector<http_request>&)>& fits) {
    std::unique_lock lock(mutex_);
    bool came = came_.wait_for(lock, patience, [&] { return fits(inbox_); });
    INFO("received " << inbox_.size() << " webhooks");
    REQUIRE(came);
    return inbox_;
  }
  std::vector<http_request> wait_for(std::size_t count) {
    return wait([&](const auto& inbox) { return inbox.size() >= count; });
  }
  std::vector<http_request> inbox() {
    std::lock_guard lock(mutex_);
    return inbox_;
  }

private:
  reply_fn reply_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<http_request> inbox_;
  http_server server_;
};

inline std::string form_field(const http_request& request, std::string_view name) {
  auto fields = parse_form(request.body);
  const auto* found = fields ? find_field(*fields, name) : nullptr;
  return found ? *found : std::string{};
}

/// The statuses of the status callbacks in `inbox`.
inline std::vector<std::string> statuses_in(const std::vector<http_request>& inbox) {
  std::vector<std::string> all;
  for (const auto& r : inbox)
    if (r.path() == "/status") all.push_back(form_field(r, "CallStatus"));
  return all;
}

struct api_reply {
  exchange_result result = exchange_result::unknown;
  int status = 0;
  header_list headers;
  std::string text;
  json body() const { return json::parse(text); }
  std::string header(const std::string& name) const {
    for (const auto& [n, v] : headers)
      if (n.size() == name.size() &&
          std::equal(n.begin(), n.end(), name.begin(), [](char a, char b) {
            return std::tolower(static_cast<unsigned char>(a)) ==
                   std::tolower(static_cast<unsigned char>(b));
          }))
        return v;
    return {};
  }
};

class carrier_world {
public:
  explicit carrier_world(carrier_options options = quick_options(), receiver::reply_fn reply = {})
      : receiver_(std::move(reply)), options_(options), carrier_(std::move(options)) {
    auto wrong = carrier_.start(0);
    INFO(wrong);
    REQUIRE(wrong.empty());
    client_limits limits;
    limits.answer_time = std::chrono::milliseconds{5'000};
    client_ = std::make_unique<http_client>(carrier_.base_url(), limits);
  }

  simulated_carrier& carrier() { return carrier_; }
  receiver& hooks() { return receiver_; }
  const carrier_options& options() const { return options_; }
  std::string calls_path() const {
    return "/2010-04-01/Accounts/" + options_.account_sid + "/Calls.json";
  }
  std::string call_path(const std::string& sid) const {
    return "/2010-04-01/Accounts/" + options_.account_sid + "/Calls/" + sid + ".json";
  }

  api_reply ask(const std::string& method, const std::string& target, const field_list& form = {},
                const std::string& authorization = {}) {
    client_request r;
    r.method = method;
    r.target = target;
    r.headers = {{"Authorization", authorization.empty() ? basic() : authorization}};
    if (!form.empty()) {
      r.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
      r.body = encode_form(form);
    }
    return send(std::move(r));
  }
  api_reply send(client_request r) {
    auto promise = std::make_shared<std::promise<exchange>>();
    auto answer = promise->get_future();
    client_->send(std::move(r), [promise](exchange x) { promise->set_value(std::move(x)); });
    REQUIRE(answer.wait_for(patience) == std::future_status::ready);
    auto x = answer.get();
    return {x.result, x.response.status, std::move(x.headers), std::move(x.response.body)};
  }

  field_list form(const std::string& to = "+972541234567",
                  const std::string& from = "+97231234567") const {
    return {{"To", to},
            {"From", from},
            {"Url", receiver_.url("/answer?job=1")},
            {"StatusCallback", receiver_.url("/status?job=1")},
            {"StatusCallbackEvent", "initiated"},
            {"StatusCallbackEvent", "ringing"},
            {"StatusCallbackEvent", "answered"},
            {"StatusCallbackEvent", "completed"}};
  }
  /// Creates a call that must be accepted; its sid.
  std::string create(const field_list& f) {
    auto reply = ask("POST", calls_path(), f);
    INFO(reply.text);
    REQUIRE(reply.status == 201);
    return reply.body()["sid"];
  }
  std::string create() { return create(form()); }

  /// Asks again until `fits` holds.
  json wait_for(const std::string& target, const std::function<bool(const json&)>& fits) {
    auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
      auto body = ask("GET", target).body();
      if (fits(body)) return body;
      INFO(body.dump(2));
      REQUIRE(std::chrono::steady_clock::now() < until);
      std::this_thread::yield();
    }
  }
  json wait_for_status(const std::string& sid, const std::string& status) {
    return wait_for(call_path(sid), [&](const json& c) { return c["status"] == status; });
  }

  std::string basic() const;
  void faults(const std::string& text) {
    auto wrong = carrier_.set_faults(text);
    INFO(wrong);
    REQUIRE(wrong.empty());
  }

private:
  receiver receiver_;
  carrier_options options_;
  simulated_carrier carrier_;
  std::unique_ptr<http_client> client_;
};

inline std::string base64_of(const std::string& text) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k > text.size() ? '=' : letters[group >> (18 - 6 * k) & 63];
  }
  return out;
}

inline std::string carrier_world::basic() const {
  return "Basic " + base64_of(options_.account_sid + ":" + options_.auth_token);
}

} // namespace ringmaster::net
