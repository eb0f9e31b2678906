#include "net/api/api_front.hpp"

#include "net/api/event_desk.hpp"
#include "net/api/idempotency.hpp"
#include "net/api/key_ring.hpp"
#include "net/api/lane.hpp"
#include "net/api/query_reader.hpp"
#include "net/api/routes.hpp"
#include "net/api/text.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster::net::api {
namespace {

/// Whether the caller may use the route on the business of the path. Another's business looks
/// exactly like one that does not exist.
std::optional<failure> refuse_access(api_request& request, access needed) {
  const auto& who = request.who;
  const auto business = request.ids.business;
  const failure unknown{failure_kind::not_found, "business_not_found", "there is no such business",
                        ""};
  if (business && who.business && who.business != business) return unknown;
  if (needed == access::admin && !who.is_admin())
    return failure{failure_kind::forbidden, "admin_only", "this needs an admin's key", ""};
  if (business) {
    const auto found = request.business();
    if (!found) return found.error().kind == failure_kind::not_found ? unknown : found.error();
  }
  if (needed == access::operate && who.role == key_role::read)
    return failure{failure_kind::forbidden, "read_only_key",
                   "this key may only read: changing things needs another", ""};
  return std::nullopt;
}

/// What the route would pass over: a "?dry_run=true" or a body that nobody reads must not look as
/// if it had been obeyed.
std::optional<failure> refuse_unread(const route& which, const http_request& http) {
  if (!which.reads_query)
    if (auto why = query_reader(http.query()).refusal()) return why;
  if (which.body_bytes > 0 || http.body.empty()) return std::nullopt;
  return failure{failure_kind::invalid, "body_not_expected",
                 "this request takes no body: leave it out", ""};
}

bool is_encoded(const http_request& http) {
  const auto* encoding = http.header("Content-Encoding");
  return encoding != nullptr && ascii_lower(*encoding) != "identity";
}

} // namespace

class api_front::front : public std::enable_shared_from_this<api_front::front> {
public:
  front(api_config config, caf::actor_system& system, switchboard_actor switchboard,
        event_feed_actor feed, records_factory make_records, std::shared_ptr<spdlog::logger> log,
        counters* count, time_source now, readiness_probe ready)
      : config_(std::move(config)), log_(std::move(log)), count_(*count), now_(std::move(now)),
        ready_(std::move(ready)), keys_(config_.admin_key, config_.key_memory),
        switchboard_(std::move(switchboard)), exports_(std::make_shared<export_office>()),
        desk_(std::make_shared<event_desk>(desk_settings{}, std::move(feed), now_)) {
    config_.admin_key.clear();
    const auto dial = [this, &system] {
      return std::make_unique<dialling>(system, switchboard_, config_.dialling_patience);
    };
    quick_ = std::make_shared<lane>(
        lane_settings{"quick", config_.quick_threads, config_.quick_waiting, config_.bulk_bytes},
        make_records, dial, log_);
    bulk_ = std::make_shared<lane>(
        lane_settings{"bulk", config_.bulk_threads, config_.bulk_waiting, config_.bulk_bytes},
        make_records, dial, log_);
    exports_->bulk = bulk_;
    exports_->most = config_.most_exports;
    desk_->start(system, quick_);
  }

  void take(http_request http, respond_fn respond) {
    ++count_.http_requests;
    const auto match = match_route(http.method, http.path());
    if (match.found == nullptr) return send(respond, no_route(http, match));
    const auto& which = *match.found;
    if (http.body.size() > body_limit_of(http))
      return send(respond, error_response(413, "body_too_large",
                                          "the body is larger than this path takes (" +
                                              std::to_string(body_limit_of(http)) + " bytes)"));
    if (is_encoded(http))
      return send(respond, error_response(415, "encoding_unsupported",
                                          "a body with Content-Encoding can't be read: send it "
                                          "uncompressed"));
    if (which.where == lane_kind::at_once)
      return send(respond, which.handle_at_once({count_, quick_->waiting(), bulk_->waiting()}));
    // Without a key nobody takes a place in a lane.
    if (which.needs != access::anyone)
      if (const auto key = bearer_key(http); !key)
        return send(respond, error_response(key.error()));
    queue(match, std::move(http), respond);
  }

  void end_streams() { desk_->stop(); }

  void stop() {
    desk_->stop();
    quick_->stop();
    bulk_->stop();
    switchboard_ = nullptr;
  }

private:
  static http_response no_route(const http_request& http, const route_match& match) {
    if (match.allow.empty())
      return error_response(404, "path_unknown",
                            "there is nothing at this path; see "
                            "/api/openapi.json");
    auto response =
        error_response(405, "method_not_allowed",
                       http.method.substr(0, 20) + " is not possible here, only " + match.allow);
    response.headers.emplace_back("Allow", match.allow);
    return response;
  }

  static void send(const respond_fn& respond, http_response response) {
    add_common_headers(response);
    respond(std::move(response));
  }

  void queue(const route_match& match, http_request http, const respond_fn& respond) {
    auto& chosen = lane_of(*match.found, http) == lane_kind::bulk ? *bulk_ : *quick_;
    const auto bytes = http.body.size();
    auto self = shared_from_this();
    // Shared, because a std::function must be copyable and the body should not be.
    auto kept = std::make_shared<const http_request>(std::move(http));
    const bool taken = chosen.submit(
        {[self, match, kept, respond](worker& mine) {
           send(respond, self->serve_safely(match, *kept, mine));
         },
         [respond](const failure& why) { send(respond, error_response(why)); }, bytes});
    if (taken) return;
    ++count_.http_refused;
    send(respond, error_response(503, "busy", "too many requests wait; ask again in a moment"));
  }

  http_response serve_safely(const route_match& match, const http_request& http, worker& mine) {
    try {
      auto response = serve(match, http, mine);
      if (response.status >= 500)
        log_->warn("[Api] {} {} answered {}", http.method, http.path(), response.status);
      return response;
    } catch (const std::exception& defect) {
      log_->error("[Api] {} {} broke: {}", http.method, http.path(), defect.what());
      return error_response(500, "internal",
                            "a defect of the server stopped this request; whether it was carried "
                            "out is not known");
    }
  }

  http_response serve(const route_match& match, const http_request& http, worker& mine) {
    api_request request{http,   match.ids, {},       now_(), mine.db, mine.dial, config_,
                        ready_, log_,      exports_, count_, *desk_,  {},        {}};
    if (match.found->needs != access::anyone) {
      const auto key = bearer_key(http);
      if (!key) return error_response(key.error());
      const auto who = keys_.identify(*key, mine.db, request.now);
      if (!who) return error_response(who.error());
      request.who = *who;
      if (const auto why = refuse_access(request, match.found->needs)) return error_response(*why);
      if (const auto why = refuse_unread(*match.found, http)) return error_response(*why);
    }
    return answer_once(request, match.found->handle);
  }

  api_config config_;
  std::shared_ptr<spdlog::logger> log_;
  counters& count_;
  time_source now_;
  readiness_probe ready_;
  key_ring keys_;
  switchboard_actor switchboard_;
  std::shared_ptr<export_office> exports_;
  std::shared_ptr<lane> quick_, bulk_;
  std::shared_ptr<event_desk> desk_;
};

api_front::api_front(api_config config, caf::actor_system& system, switchboard_actor switchboard,
                     event_feed_actor feed, records_factory make_records,
                     std::shared_ptr<spdlog::logger> log, counters* count, time_source now,
                     readiness_probe ready)
    : front_(std::make_shared<front>(std::move(config), system, std::move(switchboard),
                                     std::move(feed), std::move(make_records), std::move(log),
                                     count, std::move(now), std::move(ready))) {}

api_front::~api_front() {
  stop();
}

http_handler api_front::handler() {
  return [front = front_](http_request request, respond_fn respond) {
    front->take(std::move(request), std::move(respond));
  };
}

void api_front::end_streams() {
  front_->end_streams();
}

void api_front::stop() {
  front_->stop();
}

} // namespace ringmaster::net::api
