#include "config/server.hpp"

#include "actors/carrier.hpp"
#include "actors/event_feed.hpp"
#include "actors/reconciler.hpp"
#include "actors/switchboard.hpp"
#include "config/call_health.hpp"
#include "config/chance.hpp"
#include "config/file_limit.hpp"
#include "config/surroundings.hpp"
#include "db/bulk_store_actor.hpp"
#include "db/migrations.hpp"
#include "db/ownership.hpp"
#include "db/records_pg.hpp"
#include "db/store_actor.hpp"
#include "net/api/api_front.hpp"
#include "net/api/routes.hpp"
#include "net/dashboard/dashboard.hpp"
#include "net/http/server.hpp"
#include "net/http/url.hpp"
#include "net/simulated_carrier/simulated_carrier.hpp"
#include "net/twilio/twilio_line.hpp"
#include "net/webhooks/urls.hpp"
#include "net/webhooks/webhook_endpoint.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <mutex>

namespace ringmaster::config {

namespace {

constexpr milliseconds drain_patience{5'000};

failure refused(const std::string& sentence) {
  return {failure_kind::invalid, "can_not_start", sentence, {}};
}

struct actor_config : caf::actor_system_config {
  actor_config() {
    add_message_types<caf::id_block::ringmaster>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
  }
};

} // namespace

struct server::parts {
  server_options options;
  std::shared_ptr<spdlog::logger> log;
  std::shared_ptr<counters> count = std::make_shared<counters>();
  std::shared_ptr<carrier_health> health = std::make_shared<carrier_health>();

  std::unique_ptr<net::simulated_carrier> simulated;
  std::unique_ptr<db::ownership> owner;
  std::atomic<bool> owned{false}, draining{false};
  std::string public_base, public_problem, carrier_problem;

  actor_config actor_settings;
  std::unique_ptr<caf::actor_system> actors;
  std::shared_ptr<services> house;
  switchboard_actor board;

  /// Requests find their handler here; before serve() and after drain() there is none.
  std::mutex handlers_lock;
  net::http_handler api_handler, webhook_handler;
  std::unique_ptr<net::api::api_front> api;
  std::unique_ptr<net::http_server> http;

  void handle(net::http_request request, net::respond_fn respond);
  result<done> open_carrier();
  result<done> open_http();
  carrier_config carrier_parts(std::shared_ptr<carrier_line> line);
  reconciler_config reconciler_parts(std::shared_ptr<carrier_line> line);
  result<std::shared_ptr<carrier_line>> make_line();
  void spawn_actors(std::shared_ptr<carrier_line> line);
  void open_doors();
  std::vector<net::api::readiness_check> readiness() const;
  void end_actors();
};

void server::parts::handle(net::http_request request, net::respond_fn respond) {
  // Also while nothing else is served yet: the page says so, and goes on by itself.
  if (auto page = net::serve_dashboard(request)) return respond(std::move(*page));
  net::http_handler handler;
  {
    std::lock_guard<std::mutex> lock(handlers_lock);
    handler = request.path().rfind("/webhook/", 0) == 0 ? webhook_handler : api_handler;
  }
  if (handler) return handler(std::move(request), std::move(respond));
  net::http_response busy;
  busy.status = 503;
  busy.content_type = "application/json";
  busy.body = R"({"error":{"code":"not_ready","message":"The server is starting or stopping. )"
              R"(Try again in a few seconds.","field":null}})";
  busy.headers.emplace_back("Retry-After", "2");
  respond(std::move(busy));
}

result<done> server::parts::open_carrier() {
  auto& account = options.all.carrier;
  if (options.simulated) {
    simulated = std::make_unique<net::simulated_carrier>(*options.simulated);
    auto problem = simulated->start(options.simulated_port);
    if (!problem.empty()) return refused("the simulated carrier can't start: " + problem);
    account.base_url = simulated->base_url();
    account.account_sid = options.simulated->account_sid;
    account.auth_token = options.simulated->auth_token;
    account.api_key_sid.clear();
    // What an earlier process's simulated carrier knew ended with it.
    if (!options.all.looking.gone_after) options.all.looking.gone_after = seconds{10};
  }
  if (account.account_sid.empty() || account.auth_token.empty())
    carrier_problem = "No calls can be placed: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or "
                      "start with --carrier simulated";
  return done{};
}

result<done> server::parts::open_http() {
  net::server_limits limits;
  limits.connections = connections_within(raise_file_limit());
  limits.body_bytes = options.all.http.body_mb * 1024 * 1024;
  limits.body_limit_of = [most = limits.body_bytes](const net::http_request& head) {
    if (head.path().rfind("/webhook/", 0) == 0) return net::webhook_body_limit;
    return std::min(most, net::api::body_limit_of(head));
  };
  http = std::make_unique<net::http_server>(
      "api", limits, [this](net::http_request request, net::respond_fn respond) {
        handle(std::move(request), std::move(respond));
      });
  const auto& where = options.all.http;
  auto problem = http->start(where.address, where.port, where.threads);
  if (!problem.empty()) return refused(problem);

  auto setting = options.all.public_host;
  if (setting.empty() && on_loopback(options.all.carrier.base_url))
    setting = "http://127.0.0.1:" + std::to_string(http->port());
  if (setting.empty()) {
    public_problem = "The carrier can't reach this server: set PUBLIC_HOST to the host name under "
                     "which it is reached by https";
    return done{};
  }
  auto base = net::public_base_url(setting);
  if (!base) return refused(base.error().message);
  public_base = *base;
  return done{};
}

result<std::shared_ptr<carrier_line>> server::parts::make_line() {
  const auto& account = options.all.carrier;
  net::twilio_config config;
  config.base_url = account.base_url;
  config.account_sid = account.account_sid;
  config.auth_token = account.auth_token;
  config.api_key_sid = account.api_key_sid;
  config.api_key_secret = account.api_key_secret;
  config.limits.connections = static_cast<std::size_t>(account.connections);
  config.limits.connect_time = account.connect_time;
  config.limits.answer_time = account.answer_time;
  auto urls = [base = public_base](const attempt_ref& attempt) {
    return net::callback_urls{net::webhook_url(base, net::webhook::answer, attempt),
                              net::webhook_url(base, net::webhook::status, attempt)};
  };
  auto line = net::make_twilio_line(config, urls, wall_clock);
  if (!line) return line.error();
  return std::shared_ptr<carrier_line>(std::move(*line));
}

carrier_config server::parts::carrier_parts(std::shared_ptr<carrier_line> line) {
  const auto& account = options.all.carrier;
  carrier_config config;
  auto usual = on_loopback(account.base_url) ? 0.0 : 1.0;
  config.settings.limits = {account.calls_per_second.value_or(usual), account.burst,
                            account.window};
  config.line = std::move(line);
  config.now = wall_clock;
  config.random = random_bits;
  config.log = log;
  config.count = count;
  config.health = health;
  return config;
}

reconciler_config server::parts::reconciler_parts(std::shared_ptr<carrier_line> line) {
  reconciler_config config;
  config.limits = options.all.look_limits;
  config.line = std::move(line);
  config.now = wall_clock;
  config.random = random_bits;
  config.log = log;
  config.count = count;
  return config;
}

void server::parts::spawn_actors(std::shared_ptr<carrier_line> line) {
  house = std::make_shared<services>();
  house->now = wall_clock;
  house->new_token = random_token;
  house->random = random_bits;
  house->log = log;
  house->count = count;
  house->dialing = options.all.dialing;
  house->looking = options.all.looking;
  const auto& database = options.all.database;
  db::store_options writing;
  writing.url = database.url;
  writing.epochs = owner->epochs();
  writing.log = log;
  writing.count = count;
  for (int i = 0; i < database.stores; ++i)
    house->stores.push_back(db::spawn_store(*actors, writing, true));
  for (int i = 0; i < database.bulk_stores; ++i)
    house->bulk_stores.push_back(
        db::spawn_bulk_store(*actors, {database.url, owner->epochs(), log}, true));
  auto heard = std::make_shared<std::atomic<bool>>(false);
  house->feed_heard = heard;
  house->feed = actors->spawn(event_feed, heard);
  house->reconciler = actors->spawn(reconciler, reconciler_parts(line));
  house->carrier = actors->spawn(carrier, carrier_parts(std::move(line)));
  // Without a way to place calls or to hear of them, no permit is ever given.
  if (!carrier_problem.empty() || !public_problem.empty())
    caf::anon_send(house->carrier, drain_atom::value);
  board = actors->spawn(switchboard, std::shared_ptr<const services>(house));
}

std::vector<net::api::readiness_check> server::parts::readiness() const {
  bool accepted = carrier_problem.empty() && !health->locked_out;
  return {{"ownership", owned && !draining,
           draining ? "the server is stopping"
           : owned  ? ""
                    : "the connection that holds the ownership is lost; taking it again"},
          {"carrier", accepted,
           !carrier_problem.empty() ? carrier_problem
           : accepted               ? ""
                                    : "the carrier refuses the account: check the credentials"},
          {"public_host", public_problem.empty(), public_problem},
          {"calls", true, calls_told(*count)}};
}

void server::parts::open_doors() {
  net::api::api_config config;
  config.admin_key = options.all.admin_key;
  config.public_host_problem = public_problem;
  config.carrier_problem = carrier_problem;
  api = std::make_unique<net::api::api_front>(
      config, *actors, board, house->feed, db::make_records_factory(options.all.database.url), log,
      count.get(), wall_clock, [this] { return readiness(); });
  net::webhook_config hooks;
  hooks.auth_token = options.all.carrier.auth_token;
  hooks.previous_auth_token = options.all.carrier.previous_auth_token;
  hooks.account_sid = options.all.carrier.account_sid;
  hooks.public_base_url = public_base;
  auto webhooks = net::make_webhook_handler(hooks, *actors, board, log, count, wall_clock);
  std::lock_guard<std::mutex> lock(handlers_lock);
  api_handler = api->handler();
  // Without a token nothing could be verified; no call was placed that could be reported on.
  if (carrier_problem.empty() && public_problem.empty()) webhook_handler = std::move(webhooks);
}

/// In a set order, each before those it needs: CAF would wait for ever for actors that hold each
/// other.
void server::parts::end_actors() {
  if (!actors) return;
  {
    caf::scoped_actor self{*actors};
    auto end = [&](auto& handle) {
      if (!handle) return;
      self->send_exit(handle, caf::exit_reason::user_shutdown);
      self->wait_for(handle);
      handle = nullptr;
    };
    end(board);
    if (house) {
      end(house->reconciler);
      end(house->carrier);
      end(house->feed);
      for (auto& store : house->stores)
        end(store);
      for (auto& store : house->bulk_stores)
        end(store);
    }
  }
  house.reset();
  actors->await_all_actors_done();
  actors.reset();
}

server::server(server_options options, std::shared_ptr<spdlog::logger> log)
    : parts_(std::make_unique<parts>()) {
  parts_->options = std::move(options);
  parts_->log = std::move(log);
}

server::~server() {
  drain();
}

result<done> server::open() {
  auto& all = parts_->options.all;
  if (all.database.url.empty())
    return refused("No database: set DATABASE_URL, for example "
                   "postgresql://ringmaster:secret@127.0.0.1:5432/ringmaster");
  db::migrate_options schema{all.database.allow_fsync_off};
  if (auto current = db::schema_is_current(all.database.url, schema); !current)
    return current.error();
  if (auto carrier = parts_->open_carrier(); !carrier) return carrier.error();
  if (auto http = parts_->open_http(); !http) return http.error();
  parts_->owner = std::make_unique<db::ownership>(all.database.url, process_name());
  return done{};
}

result<bool> server::take_ownership() {
  auto taken = parts_->owner->try_take(wall_clock());
  if (taken) parts_->owned = *taken;
  return taken;
}

result<done> server::serve() {
  auto& p = *parts_;
  std::shared_ptr<carrier_line> line;
  if (p.carrier_problem.empty() && p.public_problem.empty()) {
    auto made = p.make_line();
    if (!made) return made.error();
    line = std::move(*made);
  }
  for (const auto& problem : {p.carrier_problem, p.public_problem})
    if (!problem.empty()) p.log->warn("[Start] {}", problem);
  p.actors = std::make_unique<caf::actor_system>(p.actor_settings);
  p.spawn_actors(std::move(line));
  p.open_doors();
  caf::anon_send(p.board, start_work{});
  return done{};
}

std::uint16_t server::port() const {
  return parts_->http->port();
}
std::string server::carrier_url() const {
  return parts_->options.all.carrier.base_url;
}

void server::watch_ownership() {
  auto& p = *parts_;
  if (p.owner->still_mine()) return;
  if (p.owned.exchange(false))
    p.log->error("[Ownership] The connection that holds it is lost: nothing is written until it "
                 "is taken again");
  auto taken = take_ownership();
  if (taken && *taken) p.log->info("[Ownership] Taken again");
}

void server::drain() {
  auto& p = *parts_;
  if (p.draining.exchange(true)) return;
  if (p.actors) {
    caf::scoped_actor self{*p.actors};
    self->request(p.house->carrier, drain_patience, drain_atom::value)
        .receive([](acknowledged) {},
                 [&](const caf::error&) {
                   p.log->warn("[Stop] Some requests to the carrier are unanswered; their calls "
                               "are asked for at the next start");
                 });
  }
  if (p.api) p.api->end_streams();
  if (p.http) p.http->stop();
  if (p.api) p.api->stop();
  {
    std::lock_guard<std::mutex> lock(p.handlers_lock);
    p.api_handler = nullptr;
    p.webhook_handler = nullptr;
  }
  p.api.reset();
  p.end_actors();
  if (p.owner) p.owner->give_back();
  if (p.simulated) p.simulated->stop();
}

} // namespace ringmaster::config
