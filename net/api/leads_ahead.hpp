// Reads and checks the next rows of an import while the database stores the ones before. A small
// import costs no thread.
#pragma once

#include "actors/records_import.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace ringmaster::net::api {

class leads_ahead final : public lead_source {
public:
  /// `from` is read by another thread until this ends, or has given the last row.
  explicit leads_ahead(lead_source& from) : from_(from) {}
  ~leads_ahead() override { stop(); }
  leads_ahead(const leads_ahead&) = delete;
  leads_ahead& operator=(const leads_ahead&) = delete;

  result<std::vector<lead_row>> next() override;
  void rewind() override;

private:
  using batch = result<std::vector<lead_row>>;

  batch first();
  batch wait();
  void read();
  bool give(batch rows);
  void stop();

  lead_source& from_;
  bool begun_ = false;
  std::thread thread_;

  std::mutex guard_;
  std::condition_variable changed_;
  std::deque<batch> ready_;
  std::exception_ptr broken_;
  bool ended_ = false; ///< the thread reads no more
  bool unwanted_ = false;
};

} // namespace ringmaster::net::api
