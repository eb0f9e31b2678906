// A database without any table, gone at the end.
#pragma once

#include "tests/support/database.hpp"

#include <unistd.h>

namespace ringmaster::test {

struct empty_database {
  empty_database() : url(create_empty_database(name)) {}
  ~empty_database() { drop_database(name); }

  std::string sql(const std::string& statement) const {
    pqxx::connection session{url};
    pqxx::work in{session};
    const auto rows = in.exec(statement);
    in.commit();
    return rows.empty() ? "" : rows[0][0].as<std::string>("");
  }

  std::string name = "rm_empty_" + std::to_string(::getpid());
  std::string url;
};

} // namespace ringmaster::test
