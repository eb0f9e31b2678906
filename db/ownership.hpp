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

  /// From now on a copy of the database is never taken (db/home.hpp).
  void only_at_home() { only_at_home_ = true; }

  /// Takes the lock and raises every shard's epoch, which waits out what a former owner still has
  /// in flight and fences it. False: another process has it; nothing was changed.
  /// Where another PostgreSQL server answers than before, it has to be one to go over to.
  result<bool> try_take(time_point at);

  /// PostgreSQL's own words for why try_take() failed, for the log alone; empty: it has said
  /// nothing.
  const std::string& words() const { return words_; }

  /// Whether the lock's connection still lives. Once false it stays false until taken again.
  bool still_mine();

  /// Gives the lock back; the stores are fenced from then on.
  void give_back();

  /// What the stores compare with; all zero while the lock isn't ours.
  std::shared_ptr<const shard_epochs> epochs() const { return epochs_; }

  /// Of the server that this is taken on.
  std::string server() const { return server_->known(); }

private:
  void lose();

  std::string owner_;
  std::shared_ptr<server_identity> server_;
  connection link_;
  connection question_; ///< to a server that is not known yet
  std::shared_ptr<shard_epochs> epochs_ = std::make_shared<shard_epochs>();
  bool only_at_home_ = false;
  bool taken_ = false;
  bool was_owner_ = false; ///< nobody else has been since
  std::string words_;
};

} // namespace ringmaster::db
