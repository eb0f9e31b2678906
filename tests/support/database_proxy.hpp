// Stands between a program and PostgreSQL: cuts a connection at the worst moment, or lets all hang.
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
  /// Like a server that hangs: connections stay, and nothing comes through any more.
  void freeze(bool frozen) { frozen_ = frozen; }

private:
  struct link {
    int client = -1, server = -1;
    bool drop_answer = false;
  };

  void serve();
  bool pass(link& between, bool from_client, bool from_server);
  static void close(const link& ended);
  int connect_upstream() const;

  std::string url_, upstream_host_, upstream_port_;
  int listener_ = -1;
  std::atomic<cut> when_{cut::never};
  std::atomic<bool> ending_{false}, frozen_{false};
  std::thread thread_;
};

} // namespace ringmaster::test
