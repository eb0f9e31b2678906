// Stands between a program and PostgreSQL and cuts the connection at the worst moment.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace ringmaster::test {

class database_proxy {
public:
  enum class cut {
    never,
    before_commit, ///< the next COMMIT doesn't reach the server
    after_commit   ///< the next COMMIT is done, its answer is lost
  };

  /// Passes on to the server at `url` from a port of its own on 127.0.0.1.
  explicit database_proxy(const std::string& url);
  ~database_proxy();
  database_proxy(const database_proxy&) = delete;
  database_proxy& operator=(const database_proxy&) = delete;

  /// `url` by way of the proxy.
  const std::string& url() const { return url_; }
  /// Done once, then never again until told.
  void cut_next(cut when) { when_ = when; }
  bool was_cut() const { return when_ == cut::never; }
  /// From now on nothing is passed on, and nobody is told: a server that stands still.
  void stand_still() { still_ = true; }

private:
  void serve();
  void pass(int client, int server);
  int connect_upstream() const;

  std::string url_, upstream_host_, upstream_port_;
  int listener_ = -1;
  std::atomic<cut> when_{cut::never};
  std::atomic<bool> ending_{false}, still_{false};
  std::thread thread_;
};

} // namespace ringmaster::test
