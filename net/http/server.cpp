#include "net/http/server.hpp"

#include "net/http/listener.hpp"

#include <mutex>

namespace ringmaster::net {

struct http_server::impl {
  std::string name;
  std::shared_ptr<serving> shared;
  std::vector<std::shared_ptr<session_group>> groups;
  std::shared_ptr<listener> listening;
  std::mutex lock; ///< of `begun` and `stopped`
  bool begun = false;
  bool stopped = false;

  std::string start(const std::string& address, std::uint16_t port, int threads);
  void stop(std::chrono::milliseconds grace);
};

std::string http_server::impl::start(const std::string& address, std::uint16_t port, int threads) {
  std::lock_guard guard(lock);
  if (begun || stopped) return "the " + name + " server was started before";
  for (int i = 0; i < std::max(1, threads); ++i)
    groups.push_back(std::make_shared<session_group>(shared));
  listening = std::make_shared<listener>(groups);
  if (auto problem = listening->open(address, port); !problem.empty()) {
    listening.reset();
    groups.clear();
    return problem;
  }
  begun = true;
  for (auto& group : groups)
    group->start(name);
  groups.front()->loop().post([accepting = listening] { accepting->accept(); });
  return "";
}

void http_server::impl::stop(std::chrono::milliseconds grace) {
  bool first = false;
  {
    std::lock_guard guard(lock);
    first = !std::exchange(stopped, true);
    if (!begun) return;
  }
  if (first) {
    auto deadline = std::chrono::steady_clock::now() + grace;
    groups.front()->loop().post([accepting = listening] { accepting->close(); });
    for (auto& group : groups)
      group->loop().post([group, deadline] { group->begin_stop(deadline); });
  }
  for (auto& group : groups)
    group->loop().join();
}

http_server::http_server(std::string name, server_limits limits, http_handler handler)
    : impl_(std::make_shared<impl>()) {
  impl_->name = std::move(name);
  impl_->shared = std::make_shared<serving>(std::move(limits), std::move(handler));
}

http_server::~http_server() {
  stop();
}

void http_server::use_tls(std::shared_ptr<tls_identity> identity) {
  impl_->shared->tls = std::move(identity);
}

std::string http_server::start(const std::string& address, std::uint16_t port, int threads) {
  return impl_->start(address, port, threads);
}

std::uint16_t http_server::port() const {
  std::lock_guard guard(impl_->lock);
  return impl_->listening ? impl_->listening->port() : 0;
}

void http_server::stop(std::chrono::milliseconds grace) {
  impl_->stop(grace);
}

} // namespace ringmaster::net
