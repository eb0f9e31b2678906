// Another PostgreSQL server answers than before. (With a real promoted standby:
// end_to_end/standby_test.py.)
#include "db/home.hpp"
#include "db/ownership.hpp"
#include "db/records_pg.hpp"
#include "db/succession.hpp"
#include "tests/support/database_actors.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

/// The database's server, as one timeline later than the process knows it.
struct failover {
  failover() {
    const auto now = base.text(db::server_identity_sql);
    present = now;
    former = now.substr(0, now.find('/')) + "/00000000";
    base.sql("UPDATE database_home SET home = found_at()");
  }

  /// What the process did at the former server is there: a standby had it all.
  std::shared_ptr<db::server_identity> works_on() {
    auto server = std::make_shared<db::server_identity>();
    db::ownership first{base.url(), "one", server};
    REQUIRE(*first.try_take(at(0)));
    base.sql("UPDATE database_home SET server = '" + former + "'");
    return server;
  }
  /// As a connection finds it that is made anew.
  void meet(db::server_identity& server) const {
    server.go_over(former);
    CHECK_FALSE(server.accept(present));
    CHECK(server.problem().find(present) != std::string::npos);
  }

  database base;
  std::string former, present;
};

std::string follow(failover& f, db::server_identity& server, bool was_owner = true) {
  db::connection to{f.base.url(), {}, {}};
  return db::follow(to, server, was_owner);
}

} // namespace

TEST_CASE("a server that has all that was seen committed is gone over to") {
  failover f;
  const auto server = f.works_on();
  f.meet(*server);
  CHECK(follow(f, *server).empty());
  CHECK(server->problem().empty());
  CHECK(server->known() == f.present);
}

TEST_CASE("a server that lacks one commit waits for a person") {
  failover f;
  const auto server = f.works_on();
  server->marks.seen(77, 1); // of a connection whose last change did not get there
  f.meet(*server);
  CHECK(follow(f, *server).find("lacks changes that were committed") != std::string::npos);
  CHECK(server->problem().find("database accept") != std::string::npos);
  CHECK(server->allow("console uid=0").empty());
  CHECK(follow(f, *server).empty());
  CHECK(server->word_of() == "console uid=0");
  CHECK(server->allow("console uid=0") != ""); // nothing to allow any more
}

TEST_CASE("a mark that is older than what was seen committed is not enough") {
  failover f;
  const auto server = f.works_on();
  f.base.sql("UPDATE commit_marks SET mark = mark - 1");
  f.meet(*server);
  CHECK_FALSE(follow(f, *server).empty());
}

TEST_CASE("who did not own the database last proves nothing, but goes where its owner has gone") {
  failover f;
  const auto server = f.works_on();
  f.meet(*server);
  CHECK_FALSE(follow(f, *server, false).empty());
  f.base.sql("UPDATE database_home SET server = '" + f.present + "'");
  CHECK(follow(f, *server, false).empty());
}

TEST_CASE("nobody goes over to another system, an earlier timeline or a copy unasked") {
  failover f;
  const auto server = f.works_on();
  SECTION("another system") {
    server->go_over("1/00000000");
    CHECK_FALSE(server->accept(f.present));
  }
  SECTION("an earlier timeline") {
    server->go_over(f.present.substr(0, f.present.find('/')) + "/0000FFFF");
    CHECK_FALSE(server->accept(f.present));
  }
  CHECK(follow(f, *server).find("not one that came after") != std::string::npos);
  f.base.sql("UPDATE database_home SET home = ''");
  CHECK(server->allow("console uid=0").empty());
  CHECK(follow(f, *server).find("ringmaster restored") != std::string::npos); // nor when asked
}

TEST_CASE("when the known server answers again, all goes on") {
  failover f;
  const auto server = f.works_on();
  CHECK_FALSE(server->accept("another/00000002"));
  CHECK(follow(f, *server).empty());
  CHECK(server->known() == f.present);
}

TEST_CASE("nobody goes over while a change is on its way") {
  failover f;
  const auto server = f.works_on();
  auto change = std::make_unique<db::server_identity::change>(server.get());
  CHECK_FALSE(change->refused());
  f.meet(*server);
  CHECK(db::server_identity::change{server.get()}.refused());
  CHECK(follow(f, *server).find("not over yet") != std::string::npos);
  change.reset();
  CHECK(follow(f, *server).empty());
}

TEST_CASE("when one of them meets another server, nobody writes until it is gone over to") {
  failover f;
  store_world world;
  auto server = std::make_shared<db::server_identity>();
  world.options.server = server;
  db::ownership owner{f.base.url(), "one", server};
  REQUIRE(*owner.try_take(at(0)));
  const auto business = f.base.add_business();
  const auto store = world.spawn(f.base, f.base.url());
  const auto records = db::make_records_factory(f.base.url(), nullptr, server)();
  records->act_as({"key 1", {}}, at(0));
  CHECK(world.ask<write_answer>(store, close_slots{business}).result == write_result::applied);
  CHECK(records->note(business, "test", "{}"));
  CHECK(f.base.number("SELECT count(*) FROM commit_marks") == 3);

  server->marks.seen(99, 99);
  CHECK_FALSE(server->accept("another/00000002")); // as a connection finds it that is made anew
  CHECK(server->problem().find("another/00000002") != std::string::npos);
  CHECK(world.ask<write_answer>(store, close_slots{business}).result == write_result::fenced);
  CHECK_FALSE(world.ask<work_answer>(store, find_work{}).ok);
  CHECK(records->note(business, "test", "{}").error().code == "database_changed");
  CHECK(records->business(business)); // reading goes on
  CHECK_FALSE(owner.still_mine());
  const auto taken = owner.try_take(at(1)); // the known one answers
  REQUIRE(taken);
  CHECK(*taken);
  CHECK(records->note(business, "test", "{}"));
}

TEST_CASE("a server that was promoted since the last start is met with suspicion") {
  failover f;
  f.base.sql("UPDATE database_home SET server = '" + f.former + "'");
  const auto known = db::may_start_on(f.base.url(), {true});
  REQUIRE(known);
  CHECK(*known == f.former);
  auto server = std::make_shared<db::server_identity>(*known);
  db::ownership owner{f.base.url(), "one", server};
  CHECK_FALSE(owner.try_take(at(0)));             // meets it
  const auto why = owner.try_take(at(0)).error(); // looks at it
  CHECK(why.code == "database_changed");
  CHECK(server->allow("console uid=0").empty());
  CHECK(*owner.try_take(at(1)));
  CHECK(f.base.text("SELECT server FROM database_home") == f.present);
  CHECK(f.base.text("SELECT who || ' ' || what || ' ' || (detail ->> 'was') FROM audit_log") ==
        "console uid=0 database.server " + f.former);
}
