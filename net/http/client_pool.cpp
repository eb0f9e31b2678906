#include "net/http/client_pool.hpp"

#include "net/http/request_text.hpp"

#include <algorithm>

namespace ringmaster::net {

using std::chrono::steady_clock;

namespace {

exchange not_sent(const std::string& reason) {
  exchange out;
  out.result = exchange_result::not_sent;
  out.reason = reason;
  return out;
}

bool is_too_late(const client_request& request, steady_time now) {
  return request.send_before != steady_time{} && now >= request.send_before;
}

} // namespace

client_place place_of(const url_parts& parts) {
  client_place out;
  out.host = parts.host;
  out.port = parts.port;
  bool ipv6 = parts.host.find(':') != std::string::npos;
  out.host_header = ipv6 ? "[" + parts.host + "]" : parts.host;
  if (parts.port != (parts.scheme == "https" ? 443 : 80))
    out.host_header += ":" + std::to_string(parts.port);
  return out;
}

std::unique_ptr<tls_client> tls_for(const url_parts& base) {
  return base.scheme == "https" ? std::make_unique<tls_client>(base.host) : nullptr;
}

client_pool::client_pool(io_loop& loop, client_place place, client_limits limits,
                         std::unique_ptr<tls_client> tls)
    : loop_(loop), place_(std::move(place)), limits_(limits), tls_(std::move(tls)) {}

void client_pool::send(ticket number, std::shared_ptr<const client_request> request, done_fn done) {
  if (closed_) return done(not_sent("the client is closing"));
  if (auto why = why_not_sendable(*request); !why.empty()) return done(not_sent(why));
  if (queue_.size() >= limits_.waiting) return done(not_sent("too many requests are waiting"));
  if (request->send_before != steady_time{})
    none_late_before_ = std::min(none_late_before_, request->send_before);
  queue_.emplace(number, waiting{std::move(request), std::move(done)});
  newest_ = std::max(newest_, number);
  pump();
}

void client_pool::withdraw(const std::vector<ticket>& tickets) {
  for (auto number : tickets)
    if (auto found = queue_.find(number); found != queue_.end())
      answer_not_sent(found, "withdrawn");
}

void client_pool::answer_not_sent(std::map<ticket, waiting>::iterator which,
                                  const std::string& reason) {
  auto done = std::move(which->second.done);
  queue_.erase(which);
  done(not_sent(reason));
}

void client_pool::pump() {
  while (!queue_.empty()) {
    auto free = take_idle();
    if (!free) break;
    use(free);
  }
  while (opening_ < queue_.size() && all_.size() < limits_.connections)
    open_one();
}

client_pool::connection client_pool::take_idle() {
  while (!idle_.empty()) {
    auto last = std::move(idle_.back());
    idle_.pop_back();
    if (last->is_fresh()) return last;
    drop(last, "closed by the other side");
  }
  return nullptr;
}

void client_pool::open_one() {
  auto& context = loop_.context();
  auto added = std::make_shared<client_connection>(
      tls_ ? tls_->make_stream(context) : make_plain_stream(context), limits_);
  all_.insert(added);
  ++opening_;
  added->open(place_,
              [this, weak = std::weak_ptr(added), newest = newest_](const std::string& why_not) {
                if (auto opened = weak.lock()) on_opened(opened, newest, why_not);
              });
}

void client_pool::on_opened(const connection& opened, ticket newest_then,
                            const std::string& why_not) {
  --opening_;
  if (why_not.empty()) return use(opened);
  all_.erase(opened);
  // Open connections will serve what waits. Without any, the attempt was made for the oldest
  // request; and the last attempt to fail speaks for all who waited while it lasted.
  if (all_.size() > opening_) return;
  while (!queue_.empty() && queue_.begin()->first <= newest_then) {
    answer_not_sent(queue_.begin(), why_not);
    if (opening_ > 0) break;
  }
  if (!closed_) pump();
}

void client_pool::use(const connection& free) {
  auto now = steady_clock::now();
  while (!queue_.empty() && is_too_late(*queue_.begin()->second.request, now))
    answer_not_sent(queue_.begin(), "not sent before its deadline");
  if (closed_) return drop(free, "the client is closing");
  if (queue_.empty()) return idle_.push_back(free);
  auto next = std::move(queue_.begin()->second);
  queue_.erase(queue_.begin());
  auto text = request_text(*next.request, place_.host_header);
  free->run(std::move(text), next.request->method == "HEAD",
            [this, weak = std::weak_ptr(free), done = std::move(next.done)](exchange result,
                                                                            bool reusable) {
              if (auto used = weak.lock()) {
                if (reusable && !closed_)
                  idle_.push_back(used);
                else
                  drop(used, "not reusable");
              }
              if (!closed_) pump();
              done(std::move(result));
            });
}

void client_pool::drop(const connection& gone, const std::string& reason) {
  auto kept = gone; // the set may hold the last reference
  all_.erase(kept);
  kept->close(reason);
}

void client_pool::drop_idle(steady_time now) {
  auto kept = std::move(idle_);
  idle_.clear();
  for (auto& each : kept) {
    if (each->is_unused_since(now - limits_.idle_time) || !each->is_fresh())
      drop(each, "unused");
    else
      idle_.push_back(each);
  }
}

void client_pool::answer_late(steady_time now) {
  std::vector<ticket> late;
  none_late_before_ = steady_time::max();
  for (auto& [number, each] : queue_) {
    const auto before = each.request->send_before;
    if (is_too_late(*each.request, now))
      late.push_back(number);
    else if (before != steady_time{})
      none_late_before_ = std::min(none_late_before_, before);
  }
  for (auto number : late)
    if (auto found = queue_.find(number); found != queue_.end())
      answer_not_sent(found, "not sent before its deadline");
}

void client_pool::tick(steady_time now) {
  if (now >= none_late_before_) answer_late(now);
  drop_idle(now);
  auto all = all_; // a connection that ends leaves the set
  for (auto& each : all)
    each->check(now);
  if (!closed_) pump();
}

void client_pool::close() {
  closed_ = true;
  while (!queue_.empty())
    answer_not_sent(queue_.begin(), "the client is closing");
  idle_.clear();
  auto all = std::exchange(all_, {});
  for (auto& each : all)
    each->close("the client is closing");
}

} // namespace ringmaster::net
