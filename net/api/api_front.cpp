#include "net/api/api_front.hpp"

#include "net/api/event_desk.hpp"
#include "net/api/idempotency.hpp"
#include "net/api/key_ring.hpp"
#include "net/api/lane.hpp"
#include "net/api/readiness.hpp"
#include "net/api/refusals.hpp"
#include "net/api/request_id.hpp"
#include "net/api/task.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster::net::api {
namespace {

http_response too_fast(microseconds wait) {
  return too_many_response("this key, or this business with all its keys, asks too often", wait);
}

/// What is settled about a request's key before the database is asked.
struct passage {
  bool comes = true;    ///< false: whether the request may come is the question
  bool counted = false; ///< against its key's limit
  bool guessed = false; ///< against its address's
  business_id whose{};  ///< whose place in the lane it takes; none: that is not known yet
};

} // namespace

class api_front::front : public std::enable_shared_from_this<api_front::front> {
public:
  front(api_config config, caf::actor_system& system, switchboard_actor switchboard,
        event_feed_actor feed, records_factory make_records, std::shared_ptr<spdlog::logger> log,
        counters* count, time_source now, readiness_probe ready)
      : config_(std::move(config)), log_(std::move(log)), count_(*count), now_(std::move(now)),
        ready_(std::move(ready)), keys_(config_.admin_key, config_.key_memory),
        limits_(config_.limits),
        dial_(system, std::move(switchboard), config_.dialling_patience, config_.most_dialling),
        watch_(std::make_shared<database_watch>(config_.watch, make_records)),
        desk_(std::make_shared<event_desk>(desk_settings{}, std::move(feed), now_)) {
    config_.admin_key.clear();
    quick_ = std::make_shared<lane>(
        lane_settings{"quick", config_.quick_threads, config_.quick_waiting, config_.bulk_bytes},
        make_records, log_);
    bulk_ = std::make_shared<lane>(
        lane_settings{"bulk", config_.bulk_threads, config_.bulk_waiting, config_.bulk_bytes},
        make_records, log_);
    exports_ = std::make_shared<export_office>(bulk_, config_.most_exports);
    watch_->start();
    desk_->start(system, quick_, dial_);
  }

  /// `known`: who asks, where that needs no key.
  void take(http_request http, respond_fn respond, const std::optional<caller>& known = {}) {
    ++count_.http_requests;
    auto id = request_id_of(http);
    respond = [respond = std::move(respond), id](http_response said) {
      said.headers.emplace_back("X-Request-Id", id);
      respond(std::move(said));
    };
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
    if (which.where == lane_kind::probe) return tell_readiness(respond);
    if (which.where == lane_kind::at_once)
      return send(respond, which.handle_at_once({count_, quick_->waiting(), bulk_->waiting(),
                                                 desk_->streams(), config_.roster.get(),
                                                 &limits_.count(), ready_()}));
    // Without a key nobody takes a place in a lane.
    passage pass;
    if (which.needs != access::anyone && !known)
      if (auto why = refuse_at_the_door(http, pass)) return send(respond, std::move(*why));
    auto& chosen = lane_of(which, http) == lane_kind::bulk ? *bulk_ : *quick_;
    queue(chosen, match, std::move(http), std::move(id), std::move(respond), pass.whose,
          [this, &which, known, pass](api_request& request) -> answer {
            if (!known)
              if (auto why = refuse_caller(request, which, pass)) return *why;
            if (known) request.who = *known;
            if (const auto why = refuse_access(request, which.needs)) return *why;
            request.db.act_as(request.acts(), request.now);
            if (const auto why = refuse_unread(which, request.http)) return *why;
            return answer_once(request, which.handle);
          });
  }

  void admit(const http_request& head, const admitted_fn& then) {
    const auto match = match_route(head.method, head.path());
    if (match.found == nullptr || match.found->needs == access::anyone) return then({});
    const auto whose = std::make_shared<business_id>();
    const respond_fn tell = [then, whose](http_response said) {
      if (said.status == may_come) return then({{}, static_cast<std::uint64_t>(whose->value)});
      then({std::move(said)});
    };
    passage pass;
    pass.comes = false;
    if (auto why = refuse_at_the_door(head, pass)) return send(tell, std::move(*why));
    // As a HEAD request, since it changes nothing, whatever becomes of it.
    queue(*quick_, match, {"HEAD", head.target, head.headers, {}, head.peer}, {}, tell, pass.whose,
          [this, &which = *match.found, pass, whose](api_request& request) -> answer {
            if (auto why = refuse_caller(request, which, pass)) return *why;
            if (const auto why = refuse_access(request, which.needs)) return *why;
            *whose = request.who.business;
            http_response yes;
            yes.status = may_come;
            return yes;
          });
  }

  void end_streams() { desk_->stop(); }

  void stop() {
    desk_->stop();
    watch_->stop();
    quick_->stop();
    bulk_->stop();
    dial_.let_go();
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

  void tell_readiness(const respond_fn& respond) {
    watch_->probe([self = shared_from_this(), respond](const result<done>& database) {
      send(respond, show_readiness(database, self->ready_()));
    });
  }

  /// Answers, unless that was done before.
  void finish(task& one, http_response response) {
    if (one.answered.exchange(true)) return;
    watch_->close(one.watched);
    send(one.respond, std::move(response));
  }

  /// `first`: what is done on the lane's thread.
  void queue(lane& chosen, const route_match& match, http_request http, std::string id,
             respond_fn respond, business_id whose, next_step first) {
    const auto bytes = http.body.size();
    auto self = shared_from_this();
    auto one = std::make_shared<task>();
    one->match = match;
    one->http = std::move(http);
    one->request_id = std::move(id);
    one->respond = std::move(respond);
    one->watched = watch_->open([self, one] { self->give_up(*one); });
    const bool taken =
        chosen.submit({[self, one, first = std::move(first)](worker& mine) {
                         // Nobody waits any more for what the database has kept in the queue.
                         if (one->taken.exchange(true)) return;
                         one->now = self->now_();
                         self->work(one, mine, first);
                       },
                       [self, one](const failure& why) { self->finish(*one, error_response(why)); },
                       bytes, whose});
    if (taken) return;
    ++count_.http_refused;
    finish(*one, error_response(503, "busy", "too many requests wait; ask again in a moment"));
  }

  void give_up(task& one) {
    log_->warn("[Api] {} {} was given up: the database does not answer", one.http.method,
               one.http.path());
    // Only what no thread has taken up, and now none will, is certain.
    const bool untouched = !one.taken.exchange(true);
    const bool reads = one.http.method == "GET" || one.http.method == "HEAD";
    finish(one, error_response(untouched || reads ? nothing_done() : perhaps_done()));
  }

  static failure nothing_done() {
    return {failure_kind::unavailable, "database_unavailable",
            "the database does not answer; nothing was done, ask again in a moment", ""};
  }

  static failure perhaps_done() {
    return {failure_kind::unknown, "outcome_unknown",
            "the database does not answer; what was asked may still be carried out: look before "
            "asking again",
            ""};
  }

  /// One step of a request, on a lane's thread.
  void work(const std::shared_ptr<task>& one, worker& mine, const next_step& step) {
    auto said = step_safely(*one, mine, step);
    if (const auto* question = said.question()) return wait_for(one, *question);
    auto* made = said.response();
    auto response = made ? std::move(*made) : error_response(*said.refusal());
    const bool looks = one->http.method == "GET" || one->http.method == "HEAD";
    if (response.status >= 500 || (!looks && response.status < 400))
      log_->log(response.status >= 500 ? spdlog::level::warn : spdlog::level::info,
                "[Api] {} {} answered {} by=\"{}\" request={}", one->http.method, one->http.path(),
                response.status, one->who.by, one->request_id);
    finish(*one, std::move(response));
    note_use(one->who, one->now, mine);
  }

  /// No thread stands still while the dialling thinks.
  void wait_for(const std::shared_ptr<task>& one, const open_question& question) {
    std::string().swap(one->http.body);
    auto self = shared_from_this();
    question.ask(dial_, [self, one](next_step step) {
      self->quick_->go_on(
          {[self, one, step = std::move(step)](worker& mine) { self->work(one, mine, step); },
           [self, one](const failure&) { self->finish(*one, error_response(stopped())); }, 0,
           one->who.business});
    });
  }

  static failure stopped() {
    return {failure_kind::unknown, "stopping",
            "the server is stopping; what was asked may have been carried out: look before asking "
            "again",
            ""};
  }

  answer step_safely(task& one, worker& mine, const next_step& step) {
    try {
      api_request request{one.http,
                          one.request_id,
                          one.match.ids,
                          one.who,
                          one.now,
                          mine.db,
                          config_,
                          ready_,
                          log_,
                          exports_,
                          count_,
                          *desk_,
                          std::move(one.body_to_keep),
                          {}};
      auto said = step(request);
      one.who = request.who;
      one.body_to_keep = std::move(request.body_to_keep);
      return said;
    } catch (const std::exception& defect) {
      log_->error("[Api] {} {} broke: {}", one.http.method, one.http.path(), defect.what());
      return failure{failure_kind::internal, "internal",
                     "a defect of the server stopped this request; whether it was carried out is "
                     "not known",
                     ""};
    }
  }

  std::optional<microseconds> ask_limit(std::int64_t key, business_id of, time_point now,
                                        bool comes) {
    return comes ? limits_.ask(key, of, now) : limits_.would_ask(key, of, now);
  }

  /// What can be refused without the database: no key, a key that asks too often, an address that
  /// tries keys.
  std::optional<http_response> refuse_at_the_door(const http_request& http, passage& pass) {
    const auto key = bearer_key(http);
    if (!key) return error_response(key.error());
    const auto now = now_();
    const auto standing = keys_.known(*key, now);
    pass.whose = standing.business;
    if (standing.id) {
      pass.counted = true;
      if (const auto wait = ask_limit(*standing.id, standing.business, now, pass.comes))
        return too_fast(*wait);
    } else if (!standing.proven) {
      pass.guessed = true;
      if (const auto wait = limits_.guess(http.peer, now))
        return too_many_response("too many keys that are not known here were tried", *wait);
    }
    return std::nullopt;
  }

  /// Who asks? On a lane's thread.
  std::optional<answer> refuse_caller(api_request& request, const route& found,
                                      const passage& pass) {
    if (found.needs == access::anyone) return std::nullopt;
    const auto key = bearer_key(request.http);
    if (!key) return key.error();
    const auto known = keys_.identify(*key, request.db, request.now);
    if (!known && known.error().kind == failure_kind::unauthorized)
      limits_.was_wrong();
    else if (pass.guessed)
      limits_.was_right(request.http.peer, request.now);
    if (!known) return known.error();
    request.who = *known;
    if (!pass.counted)
      if (const auto wait = ask_limit(known->key, known->business, request.now, pass.comes))
        return too_fast(*wait);
    return std::nullopt;
  }

  /// Behind the answer, on the thread that gave it: takes no place in the lane from a request.
  void note_use(caller& who, time_point now, worker& mine) {
    if (!std::exchange(who.use_unnoted, false)) return;
    if (const auto noted = mine.db.note_key_use(who.key, now); !noted)
      log_->debug("[Api] the use of key={} was not noted: {}", who.key, noted.error().message);
  }

  static constexpr int may_come = 100; ///< the status that admits a body

  api_config config_;
  std::shared_ptr<spdlog::logger> log_;
  counters& count_;
  time_source now_;
  readiness_probe ready_;
  key_ring keys_;
  request_limits limits_;
  dialling dial_;
  std::shared_ptr<export_office> exports_;
  std::shared_ptr<database_watch> watch_;
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

trusted_fn api_front::trusted() {
  return [front = front_](http_request request, std::string by, respond_fn respond) {
    front->take(std::move(request), std::move(respond), caller{key_role::admin, {}, std::move(by)});
  };
}

admission_fn api_front::admission() {
  return [front = front_](const http_request& head, const admitted_fn& then) {
    front->admit(head, then);
  };
}

void api_front::end_streams() {
  front_->end_streams();
}

void api_front::stop() {
  front_->stop();
}

} // namespace ringmaster::net::api
