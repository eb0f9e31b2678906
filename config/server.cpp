#include "config/server_parts.hpp"

#include "actors/node_actors.hpp"
#include "config/account.hpp"
#include "config/call_health.hpp"
#include "config/chance.hpp"
#include "config/logging.hpp"
#include "config/surroundings.hpp"
#include "config/waiting.hpp"
#include "db/bulk_store_actor.hpp"
#include "db/home.hpp"
#include "db/records_pg.hpp"
#include "net/dashboard/dashboard.hpp"
#include "net/webhooks/urls.hpp"
#include "net/webhooks/webhook_endpoint.hpp"

#include <spdlog/spdlog.h>

namespace ringmaster::config {
namespace {

failure refused(const std::string& sentence) {
  return {failure_kind::invalid, "can_not_start", sentence, {}};
}

} // namespace

hindrance server::parts::no_writing() const {
  if (server->closed()) return {"database_changed", server->problem()};
  if (!owner->owned())
    return {"not_owner", "This server can't change anything now: " + owner->problem()};
  return {};
}

hindrance server::parts::no_request() const {
  return draining ? hindrance{"stopping", "The server is stopping. Try again in a few seconds."}
                  : no_writing();
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
  way_in = std::make_unique<entrance>(options.all.http, log, count);
  if (auto opened = way_in->open(); !opened) return opened.error();
  auto limits = way_in->limits();
  limits.admit = [this](const net::http_request& head, auto then) {
    doors->admit(head, std::move(then));
  };
  http = std::make_unique<net::http_server>(
      "api", limits, [this](net::http_request request, net::respond_fn respond) {
        // Also while nothing else is served yet: the page says so, and goes on by itself.
        if (auto page = net::serve_dashboard(request)) return respond(std::move(*page));
        doors->handle(std::move(request), std::move(respond));
      });
  http->use_tls(way_in->identity());
  const auto& where = options.all.http;
  auto problem = http->start(where.address, where.port, where.threads);
  if (!problem.empty()) return refused(problem);

  auto setting = options.all.public_host;
  if (setting.empty() && on_loopback(options.all.carrier.base_url))
    setting = way_in->scheme() + "://127.0.0.1:" + std::to_string(http->port());
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

carrier_config server::parts::carrier_parts(std::shared_ptr<carrier_line> line) {
  carrier_config config;
  config.settings.limits = pace_of(options.all.carrier);
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
  writing.server = server;
  writing.roster = house->roster = std::make_shared<actor_roster>();
  const auto numbered = [](int i) { return "connection=" + std::to_string(i + 1); };
  for (int i = 0; i < store_count(database); ++i) {
    writing.key = numbered(i);
    writing.health = stores_health.emplace_back(std::make_shared<db::write_health>());
    house->stores.push_back(db::spawn_store(*actors, writing, true));
  }
  for (int i = 0; i < database.bulk_stores; ++i)
    house->bulk_stores.push_back(db::spawn_bulk_store(
        *actors, {database.url, owner->epochs(), log, server, house->roster, numbered(i)}, true));
  auto heard = std::make_shared<std::atomic<bool>>(false);
  house->feed_heard = heard;
  house->feed = spawn_event_feed(*actors, house->roster, heard);
  house->reconciler = spawn_reconciler(*actors, house->roster, reconciler_parts(line));
  house->carrier = spawn_carrier(*actors, house->roster, carrier_parts(std::move(line)));
  // Without a way to place calls or to hear of them, no permit is ever given.
  if (!carrier_problem.empty() || !public_problem.empty())
    caf::anon_send(house->carrier, drain_atom::value);
  board = spawn_switchboard(*actors, house);
  office = spawn_admin(*actors, house, board);
  watch_actors();
}

void server::parts::watch_actors() {
  watched = std::make_unique<actor_watch>(log);
  for (const auto& store : house->stores)
    watched->watch(store, "store", *actors);
  for (const auto& store : house->bulk_stores)
    watched->watch(store, "bulk store", *actors);
  watched->watch(house->feed, "event feed", *actors);
  watched->watch(house->reconciler, "reconciler", *actors);
  watched->watch(house->carrier, "carrier", *actors);
  watched->watch(board, "switchboard", *actors);
  watched->watch(office, "console's office", *actors);
}

std::vector<net::api::readiness_check> server::parts::readiness() const {
  auto not_ours = draining ? "the server is stopping" : owner->problem();
  auto unwritten = db::writing_problem(stores_health);
  return {{"ownership", not_ours.empty(), not_ours},
          {"writing", unwritten.empty(), unwritten},
          {"database_server", !server->closed(), server->problem()},
          {"actors", !watched->broken(), watched->broken() ? "a part of the server has ended" : ""},
          carrier_told(carrier_problem, *health, wall_clock()),
          {"public_host", public_problem.empty(), public_problem},
          {"calls", true, calls_told(*count)}};
}

std::vector<net::api::readiness_check> server::parts::unready() const {
  auto not_ours = draining ? "the server is stopping" : owner->problem();
  if (not_ours.empty()) not_ours = "the server is starting";
  return {{"ownership", false, not_ours},
          {"database_server", !server->closed(), server->problem()}};
}

void server::parts::open_doors() {
  net::api::api_config config;
  config.admin_key = options.all.admin_key;
  config.public_host_problem = public_problem;
  config.carrier_problem = carrier_problem;
  config.roster = house->roster;
  config.limits = limits_of(options.all.limits);
  api = std::make_unique<net::api::api_front>(
      config, *actors, board, house->feed,
      db::make_records_factory(options.all.database.url, owner->epochs(), server), log, count.get(),
      wall_clock, [this] { return readiness(); });
  net::webhook_config hooks;
  hooks.auth_token = options.all.carrier.auth_token;
  hooks.previous_auth_token = options.all.carrier.previous_auth_token;
  hooks.account_sid = options.all.carrier.account_sid;
  hooks.public_base_url = public_base;
  auto webhooks = net::make_webhook_handler(hooks, *actors, board, log, count, wall_clock);
  // Without a token nothing could be verified; no call was placed that could be reported on.
  if (!carrier_problem.empty() || !public_problem.empty()) webhooks = nullptr;
  doors->open(api->handler(), api->admission(), std::move(webhooks));
  people = std::make_unique<console>(
      console_parts{options.all, log, count, *actors, office, api->trusted(),
                    db::make_records_factory(options.all.database.url, nullptr, server),
                    [this] { return readiness(); }, [this] { return no_request(); },
                    [this](const std::string& by) { return server->allow(by); }});
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
  auto& p = *parts_;
  auto& all = p.options.all;
  if (all.database.url.empty())
    return refused("No database: set DATABASE_URL (postgresql://user:secret@host:5432/name)");
  auto known = db::may_start_on(all.database.url, {all.database.allow_fsync_off});
  if (!known) return known.error();
  p.server = std::make_shared<db::server_identity>(*known);
  if (auto carrier = p.open_carrier(); !carrier) return carrier.error();
  auto owner = std::make_unique<db::ownership>(all.database.url, process_name(), p.server);
  owner->only_at_home();
  p.owner = std::make_unique<ownership_watch>(std::move(owner), wall_clock, p.log);
  p.doors = std::make_unique<gate>(
      [&p] { return p.no_request(); }, [&p] { return told(p.no_writing(), *p.log, *p.count); },
      [&p](const net::http_request& request, const net::respond_fn& respond) {
        respond(answer_while_waiting(request, *p.count, p.owner->database(), p.unready()));
      });
  if (auto http = p.open_http(); !http) return http.error();
  p.owner->begin();
  return done{};
}

bool server::owns() const {
  return parts_->owner->owned();
}

bool server::broken() const {
  return parts_->watched && parts_->watched->broken();
}

result<done> server::serve() {
  auto& p = *parts_;
  std::shared_ptr<carrier_line> line;
  if (p.carrier_problem.empty() && p.public_problem.empty()) {
    auto made = make_line(p.options.all.carrier, p.public_base, wall_clock);
    if (!made) return made.error();
    line = std::move(*made);
  }
  const auto no_admin =
      admin_key_problem(p.options.all, *db::make_records_factory(p.options.all.database.url)());
  for (const auto& problem : {p.carrier_problem, p.public_problem, no_admin})
    if (!problem.empty()) p.log->warn("[Start] {}", problem);
  p.actors = std::make_unique<caf::actor_system>(p.actor_settings);
  p.spawn_actors(std::move(line));
  p.owner->when_retaken([board = p.board] { caf::anon_send(board, ownership_retaken{}); });
  caf::anon_send(p.board, start_work{});
  p.open_doors();
  return done{};
}

std::string server::url() const {
  const auto& address = parts_->options.all.http.address;
  auto host = address.find(':') == std::string::npos ? address : "[" + address + "]";
  return parts_->way_in->scheme() + "://" + host + ":" + std::to_string(parts_->http->port());
}
std::string server::carrier_url() const {
  return parts_->options.all.carrier.base_url;
}

void server::watch() {
  parts_->way_in->look();
  tell_dropped(*parts_->log, *parts_->count);
}

} // namespace ringmaster::config
