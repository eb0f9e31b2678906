#include "net/http/client.hpp"

#include "net/http/client_pool.hpp"
#include "net/http/url.hpp"

#include <atomic>
#include <stdexcept>

namespace ringmaster::net {

namespace {

url_parts checked_base(const std::string& base_url) {
  auto parts = parse_url(base_url);
  bool right = parts && (parts->scheme == "http" || parts->scheme == "https") &&
               parts->target == "/" && parts->fragment.empty();
  if (!right)
    throw std::invalid_argument("\"" + base_url +
                                "\" is not like https://host or http://host:port");
  return *parts;
}

} // namespace

struct http_client::impl {
  impl(const url_parts& base, client_limits limits)
      : pool(loop, place_of(base), limits, tls_for(base)) {}

  io_loop loop;
  client_pool pool; ///< on the loop's thread only
  std::atomic<ticket> last_ticket{0};
};

http_client::http_client(const std::string& base_url, client_limits limits)
    : impl_(std::make_shared<impl>(checked_base(base_url), limits)) {
  impl_->loop.start("http-client",
                    [this_impl = impl_.get()](steady_time now) { this_impl->pool.tick(now); });
}

http_client::~http_client() {
  impl_->loop.post([this_impl = impl_.get()] {
    this_impl->pool.close();
    this_impl->loop.finish();
  });
  impl_->loop.join();
}

http_client::ticket http_client::send(client_request request, std::function<void(exchange)> done) {
  auto number = ++impl_->last_ticket;
  auto kept = std::make_shared<const client_request>(std::move(request));
  impl_->loop.post(
      [pool = &impl_->pool, number, kept = std::move(kept), done = std::move(done)]() mutable {
        pool->send(number, std::move(kept), std::move(done));
      });
  return number;
}

void http_client::withdraw(std::vector<ticket> tickets, std::function<void()> done) {
  impl_->loop.post([pool = &impl_->pool, tickets = std::move(tickets), done = std::move(done)] {
    pool->withdraw(tickets);
    done();
  });
}

} // namespace ringmaster::net
