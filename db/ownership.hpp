// Which process works on this database: the one that holds the advisory lock, on a connection of
// its own, which PostgreSQL takes away the moment the process dies. Not thread-safe.
#pragma once

#include "db/connection.hpp"
#include "db/store_batch.hpp"

#include <memory>
#include <string>

namespace ringmaster::db {

class ownership {
public:
  /// `owner` is written beside the shards, for people: host and process.
  ownership(std::string url, std::string owner,
            std::shared_ptr<server_identity> server = std::make_shared<server_identity>());

  /// Takes the lock and raises every shard's epoch, which waits out what a former owner still has
  /// in flight and fences it. False: another process has it; nothing was changed.
  result<bool> try_take(time_point at);

  /// Whether the lock's connection still lives. Once false it stays false until taken again.
  bool still_mine();

  /// Gives the lock back; the stores are fenced from then on.
  void give_back();

  /// What the stores compare with; all zero while the lock isn't ours.
  std::shared_ptr<const shard_epochs> epochs() const { return epochs_; }

private:
  void lose();

  std::string owner_;
  connection link_;
  std::shared_ptr<shard_epochs> epochs_ = std::make_shared<shard_epochs>();
  bool taken_ = false;
};

} // namespace ringmaster::db
