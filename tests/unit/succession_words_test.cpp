#include "db/succession.hpp"

#include <catch2/catch.hpp>

namespace ringmaster::test {

TEST_CASE("where the database stands is not told to who asks whether it may be gone over to") {
  // Nobody listens on port 1; PostgreSQL's client says so with address and port.
  db::connection nowhere("postgresql://secret_user@127.0.0.1:1/secret_name", {}, {});
  db::server_identity server("1/00000001");
  CHECK_FALSE(server.accept("1/00000002"));
  CHECK(db::follow(nowhere, server, true) == "It can't be asked: it can't be reached");
  CHECK(server.problem().find("127.0.0.1") == std::string::npos);
}

} // namespace ringmaster::test
