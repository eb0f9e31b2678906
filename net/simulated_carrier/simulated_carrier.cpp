#include "net/simulated_carrier/simulated_carrier.hpp"

#include "net/http/server.hpp"
#include "net/simulated_carrier/carrier_api.hpp"
#include "net/simulated_carrier/control_api.hpp"
#include "net/simulated_carrier/webhook_sender.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <random>

namespace ringmaster::net {

namespace {

using steady = std::chrono::steady_clock;
constexpr std::size_t longest_request = 64 * 1024;
// Longer than any answer that a fault holds back.
constexpr std::chrono::hours longest_answer_time{24 * 8};

sim::engine_settings engine_settings_of(const carrier_options& o) {
  sim::engine_settings s;
  s.account_sid = o.account_sid;
  s.seed = o.seed;
  std::random_device device;
  s.sid_salt = static_cast<std::uint64_t>(device()) << 32 | device();
  s.kept_calls = std::max<std::size_t>(o.kept_calls, 1);
  s.watched_limit = o.watched_limit;
  s.calls_per_second = o.calls_per_second;
  s.life = o.life;
  s.faults = o.faults;
  return s;
}

server_limits limits_of_server() {
  server_limits limits;
  limits.body_bytes = longest_request;
  limits.answer_time = longest_answer_time;
  return limits;
}

} // namespace

/// The loop's thread moves the calls on, sends webhooks and takes their answers; the server's
/// thread answers requests. The engine is guarded by one mutex, which nobody holds while sending.
struct simulated_carrier::impl {
  explicit impl(carrier_options o);

  time_point now() const {
    return started_at + std::chrono::duration_cast<microseconds>(steady::now() - started);
  }
  void handle(http_request request, respond_fn respond);
  void later(milliseconds pause, std::function<void()> job);
  void settled(const sim::webhook& w, const sim::webhook_outcome& outcome);
  [[nodiscard]] bool is_sooner(std::optional<time_point> due);
  void wake();
  void work();
  void work_off(std::unique_lock<std::mutex>& lock);
  void set_alarm(time_point due);
  void end();

  const carrier_options options;
  // The wall clock is read once: a step of it moves no call.
  const time_point started_at =
      std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
  const steady::time_point started = steady::now();

  mutable std::mutex mutex; ///< guards all down to `sleeping_until`
  sim::call_engine engine;
  sim::carrier_api api;
  sim::control_api control;
  std::multimap<time_point, std::function<void()>> jobs;
  time_point sleeping_until = time_point::max();

  io_loop loop;
  boost::asio::basic_waitable_timer<steady, boost::asio::wait_traits<steady>, io_executor> alarm{
      loop.context()};
  // On the loop's thread only:
  time_point alarm_at = time_point::max(); ///< what it is set to
  bool stopping = false;
  sim::webhook_sender sender;
  http_server server;
};

simulated_carrier::impl::impl(carrier_options o)
    : options(std::move(o)), engine(engine_settings_of(options)), api(options, engine),
      control(engine, api),
      sender(
          loop, options.auth_token,
          [this](milliseconds pause, std::function<void()> job) { later(pause, std::move(job)); },
          [this](const sim::webhook& w, const sim::webhook_outcome& o) { settled(w, o); }),
      server("simulated carrier", limits_of_server(),
             [this](http_request request, respond_fn respond) {
               handle(std::move(request), std::move(respond));
             }) {}

void simulated_carrier::impl::handle(http_request request, respond_fn respond) {
  constexpr std::string_view control_path = "/_sim/";
  sim::api_answer a;
  bool sooner = false;
  {
    std::lock_guard lock(mutex);
    if (request.path().substr(0, control_path.size()) == control_path) {
      a.response = control.answer(request);
    } else {
      a = api.answer(request, now());
      a.delay += options.answer_delay;
    }
    sooner = is_sooner(engine.next_due());
  }
  if (sooner) wake();
  if (a.delay.count() == 0) return respond(std::move(a.response));
  later(a.delay, [respond = std::move(respond), response = std::move(a.response)]() mutable {
    respond(std::move(response));
  });
}

void simulated_carrier::impl::later(milliseconds pause, std::function<void()> job) {
  bool sooner = false;
  {
    std::lock_guard lock(mutex);
    auto at = now() + pause;
    jobs.emplace(at, std::move(job));
    sooner = is_sooner(at);
  }
  if (sooner) wake();
}

void simulated_carrier::impl::settled(const sim::webhook& w, const sim::webhook_outcome& outcome) {
  bool sooner = false;
  {
    std::lock_guard lock(mutex);
    engine.settled(w, outcome, now());
    sooner = is_sooner(engine.next_due());
  }
  if (sooner) wake();
}

/// With the mutex held; true once, until the loop has looked.
bool simulated_carrier::impl::is_sooner(std::optional<time_point> due) {
  if (!due || *due >= sleeping_until) return false;
  sleeping_until = time_point::min();
  return true;
}

/// Without the mutex, which the loop's thread would only wait for.
void simulated_carrier::impl::wake() {
  loop.post([this] { work(); });
}

void simulated_carrier::impl::work() {
  if (stopping) return;
  std::unique_lock lock(mutex);
  sleeping_until = time_point::min(); // what comes due meanwhile is seen below
  work_off(lock);
  auto due = engine.next_due().value_or(time_point::max());
  if (!jobs.empty()) due = std::min(due, jobs.begin()->first);
  if (due <= now()) return wake();
  set_alarm(due);
}

void simulated_carrier::impl::set_alarm(time_point due) {
  sleeping_until = due;
  if (due == time_point::max() || due == alarm_at) return;
  alarm_at = due;
  alarm.expires_at(started + (due - started_at));
  alarm.async_wait([this](const boost::system::error_code& error) {
    if (error) return; // set anew
    alarm_at = time_point::max();
    work();
  });
}

void simulated_carrier::impl::work_off(std::unique_lock<std::mutex>& lock) {
  engine.advance(now());
  auto webhooks = engine.take_webhooks();
  std::vector<std::function<void()>> ready;
  while (!jobs.empty() && jobs.begin()->first <= now()) {
    ready.push_back(std::move(jobs.begin()->second));
    jobs.erase(jobs.begin());
  }
  lock.unlock();
  for (auto& w : webhooks)
    sender.send(std::move(w));
  for (auto& job : ready)
    job();
  lock.lock();
}

/// On the loop's thread, which ends when its last connection has.
void simulated_carrier::impl::end() {
  stopping = true;
  sender.stop();
  alarm.cancel();
  loop.finish();
}

simulated_carrier::simulated_carrier(carrier_options options)
    : impl_(std::make_unique<impl>(std::move(options))) {}

simulated_carrier::~simulated_carrier() {
  stop();
}

std::string simulated_carrier::start(std::uint16_t port) {
  const auto& o = impl_->options;
  if (!is_loopback_host(o.address))
    return "the simulated carrier listens on this machine only: set its address to 127.0.0.1, "
           "not " +
           o.address;
  if (o.account_sid.empty() || o.auth_token.empty())
    return "the simulated carrier needs an account SID and an auth token";
  auto wrong = impl_->server.start(o.address, port, std::max(o.threads, 1));
  if (wrong.empty())
    impl_->loop.start("carrier-calls", [i = impl_.get()](steady_time now) { i->sender.tick(now); });
  return wrong;
}

std::uint16_t simulated_carrier::port() const {
  return impl_->server.port();
}

std::string simulated_carrier::base_url() const {
  const auto& host = impl_->options.address;
  bool v6 = host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port());
}

void simulated_carrier::stop() {
  impl_->loop.post([i = impl_.get()] { i->end(); });
  impl_->loop.join();
  impl_->server.stop(milliseconds{100});
}

carrier_figures simulated_carrier::figures(std::int32_t limit) const {
  std::lock_guard lock(impl_->mutex);
  const auto& o = impl_->engine.book().observer();
  const auto& hooks = impl_->engine.figures();
  const auto& status = hooks.by_kind[static_cast<std::size_t>(sim::webhook_kind::status)];
  carrier_figures f;
  f.calls = o.created_total();
  f.live = o.live_total();
  f.highest_live = o.highest_total();
  f.repeated_numbers = o.repeated().size();
  f.overlapping_calls = o.overlaps();
  f.callbacks = status.sent;
  f.callbacks_ok = status.ok;
  f.forged = hooks.forged.sent;
  f.forged_accepted = hooks.forged.ok;
  f.gap_p50_us = o.gaps().percentile(0.50);
  f.gap_p99_us = o.gaps().percentile(0.99);
  for (const auto& [from, c] : o.callers()) {
    f.callers.push_back({from, c.live, c.highest, c.calls, c.above(limit)});
    f.violations += c.above(limit);
  }
  std::sort(f.callers.begin(), f.callers.end(),
            [](const auto& a, const auto& b) { return a.from < b.from; });
  return f;
}

std::vector<std::string> simulated_carrier::said_in(const std::string& call_sid) const {
  std::lock_guard lock(impl_->mutex);
  auto* c = impl_->engine.book().find(call_sid);
  return c ? c->documents_said : std::vector<std::string>{};
}

std::string simulated_carrier::set_faults(const std::string& json) {
  std::lock_guard lock(impl_->mutex);
  return apply_faults_json(impl_->engine.settings().faults, json);
}

std::string simulated_carrier::set_life(const std::string& json) {
  std::lock_guard lock(impl_->mutex);
  return apply_life_json(impl_->engine.settings().life, json);
}

} // namespace ringmaster::net
