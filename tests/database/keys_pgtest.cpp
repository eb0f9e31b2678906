#include "db/migrations.hpp"
#include "tests/support/database_records.hpp"

using namespace ringmaster;
using namespace ringmaster::test;

namespace {

constexpr seconds day{24 * 3600};

std::string hash_of(char c) {
  return std::string(32, c);
}

struct keyed_world : recorded_world {
  keyed_world() : mine(make_business("+18001").id), other(make_business("+18002").id) {
    api.act_as({"key 1"}, at(5));
  }
  key_record add(business_id owner, char hash, std::optional<time_point> until = {}) {
    const auto made =
        api.create_key(owner, {"Nightly import", key_role::operate, until, hash_of(hash)}, at(10));
    REQUIRE(made);
    return *made;
  }
  std::string audited() {
    return base.text("SELECT coalesce(string_agg(what || ' ' || subject || ' ' ||"
                     " coalesce(business_id, 0), ', ' ORDER BY id), '') FROM audit_log");
  }
  business_id mine, other;
};

std::string id(std::int64_t number) {
  return std::to_string(number);
}

} // namespace

TEST_CASE("a key that was made is found by its hash, with its role and its end") {
  keyed_world x;
  const auto made = x.add(x.mine, 'a', at(1000));
  CHECK(made.name == "Nightly import");
  CHECK(made.created_at == at(10));
  const auto found = x.api.find_key(hash_of('a'));
  REQUIRE(found);
  CHECK(found->id == made.id);
  CHECK(found->business == x.mine);
  CHECK(found->role == key_role::operate);
  CHECK(found->expires_at == at(1000));
  CHECK_FALSE(found->last_used_at);
  CHECK(x.audited() == "key.create " + id(made.id) + " " + id(x.mine.value));
  // The audit tells of the key, never its hash.
  CHECK(x.base.text("SELECT detail::text FROM audit_log").find("Nightly import") !=
        std::string::npos);
  CHECK(x.base.text("SELECT detail::text FROM audit_log").find("6161") == std::string::npos);
}

TEST_CASE("keys are listed, read, changed, rotated and revoked only under their owner") {
  keyed_world x;
  const auto key = x.add(x.mine, 'a');
  const auto server = x.add({}, 'b');
  CHECK(x.api.keys(x.mine, 10, "")->items.size() == 2); // with the first one
  CHECK(x.api.keys({}, 10, "")->items.size() == 1);
  CHECK(x.api.find_key(hash_of('b'))->business == business_id{});
  key_change rename;
  rename.name = "Theirs";
  for (const auto& [owner, one] : {std::pair{x.other, key.id},
                                   {business_id{}, key.id},
                                   {x.mine, server.id},
                                   {x.mine, std::int64_t{999'999}}}) {
    CHECK(x.api.key(owner, one).error().code == "key_not_found");
    CHECK(x.api.change_key(owner, one, rename).error().code == "key_not_found");
    CHECK(x.api.rotate_key(owner, one, {hash_of('c'), at(20), {}}, at(10)).error().code ==
          "key_not_found");
    CHECK(x.api.revoke_key(owner, one, at(10)).error().code == "key_not_found");
  }
  CHECK(x.api.find_key(hash_of('c')).error().code == "key_not_found");
  CHECK(x.api.key(x.mine, key.id)->name == "Nightly import");
  CHECK(x.audited() == "key.create " + id(key.id) + " " + id(x.mine.value) + ", key.create " +
                           id(server.id) + " 0");
}

TEST_CASE("a rotated key goes on beside the new one until its end, which is never put off") {
  keyed_world x;
  const auto old = x.add(x.mine, 'a', at(10) + 30 * day);
  const auto pair = x.api.rotate_key(x.mine, old.id, {hash_of('b'), at(20) + day, {}}, at(20));
  REQUIRE(pair);
  CHECK(pair->old.expires_at == at(20) + day);
  CHECK(pair->old.replaced_by == pair->made.id);
  CHECK(pair->made.name == old.name);
  CHECK(pair->made.role == old.role);
  CHECK(pair->made.expires_at == at(20) + 30 * day); // lives as long as the old one was made to
  CHECK(x.api.find_key(hash_of('a')));
  CHECK(x.api.find_key(hash_of('b')));
  CHECK(x.api.rotate_key(x.mine, old.id, {hash_of('c'), at(30), {}}, at(20)).error().code ==
        "key_replaced");
  const auto next = x.api.rotate_key(x.mine, pair->made.id,
                                     {hash_of('d'), at(20) + 300 * day, at(20) + day}, at(20));
  REQUIRE(next);
  CHECK(next->old.expires_at == at(20) + 30 * day);
  CHECK(next->made.expires_at == at(20) + day);
  const auto open = x.add(x.mine, 'e');
  CHECK_FALSE(
      x.api.rotate_key(x.mine, open.id, {hash_of('f'), at(30), {}}, at(20))->made.expires_at);
}

TEST_CASE("a revoked key opens nothing and stays revoked") {
  keyed_world x;
  const auto key = x.add(x.mine, 'a');
  REQUIRE(x.api.revoke_key(x.mine, key.id, at(50)));
  CHECK(x.api.find_key(hash_of('a')).error().kind == failure_kind::not_found);
  CHECK(x.api.key(x.mine, key.id)->revoked_at == at(50));
  CHECK(x.api.revoke_key(x.mine, key.id, at(60)).error().code == "key_revoked");
  CHECK(x.api.change_key(x.mine, key.id, {"Again", {}}).error().code == "key_revoked");
  CHECK(x.api.rotate_key(x.mine, key.id, {hash_of('b'), at(70), {}}, at(60)).error().code ==
        "key_revoked");
  CHECK(x.api.key(x.mine, key.id)->revoked_at == at(50));
}

TEST_CASE("a change sets a name or an end, and can take the end away") {
  keyed_world x;
  const auto key = x.add(x.mine, 'a', at(1000));
  CHECK(x.api.change_key(x.mine, key.id, {"Other", {}})->expires_at == at(1000));
  CHECK(x.api.change_key(x.mine, key.id, {{}, std::optional{at(2000)}})->expires_at == at(2000));
  const auto open = x.api.change_key(x.mine, key.id, {{}, std::optional<time_point>{}});
  CHECK_FALSE(open->expires_at);
  CHECK(open->name == "Other");
}

TEST_CASE("of many keys those are told that may not be used any more") {
  keyed_world x;
  const auto good = x.add(x.mine, 'a', at(1000)), gone = x.add(x.other, 'b'),
             late = x.add({}, 'c', at(100));
  REQUIRE(x.api.revoke_key(x.other, gone.id, at(50)));
  const std::vector<std::int64_t> all{good.id, gone.id, late.id, 999'999};
  CHECK(*x.api.dead_keys(all, at(99)) == std::vector<std::int64_t>{gone.id});
  CHECK(x.api.dead_keys(all, at(100))->size() == 2);
  CHECK(x.api.dead_keys({}, at(100))->empty());
}

TEST_CASE("the last use only goes forward, and is no change that is audited") {
  keyed_world x;
  const auto key = x.add(x.mine, 'a');
  const auto before = x.audited();
  REQUIRE(x.api.note_key_use(key.id, at(300)));
  REQUIRE(x.api.note_key_use(key.id, at(200)));
  CHECK(x.api.key(x.mine, key.id)->last_used_at == at(300));
  CHECK(x.api.find_key(hash_of('a'))->last_used_at == at(300));
  CHECK(x.audited() == before);
}

TEST_CASE("an owner has at most a hundred keys that are not revoked") {
  keyed_world x;
  x.base.sql("INSERT INTO api_keys (business_id, role, key_sha256, created_at) SELECT " +
             id(x.mine.value) +
             ", 'read', sha256(n::text::bytea), now() FROM generate_series(1, 99) n");
  const auto refused =
      x.api.create_key(x.mine, {"One more", key_role::read, {}, hash_of('a')}, at(10));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "too_many_keys");
  CHECK(x.api.create_key(x.other, {"Theirs", key_role::read, {}, hash_of('b')}, at(10)));
  const auto page = x.api.keys(x.mine, 60, "");
  REQUIRE(page);
  CHECK(page->items.size() == 60);
  CHECK(x.api.keys(x.mine, 60, page->next_cursor)->items.size() == 40);
  REQUIRE(x.api.revoke_key(x.mine, page->items[5].id, at(10)));
  CHECK(x.api.create_key(x.mine, {"One more", key_role::read, {}, hash_of('a')}, at(10)));
}

TEST_CASE("the migration leaves the first keys what they could do, and others as they are") {
  database base;
  const auto business = base.add_business();
  base.sql("INSERT INTO api_keys (business_id, name, role, key_sha256, created_at) VALUES (" +
           id(business.value) + ", 'first', 'operate', '\\x01', now()), (" + id(business.value) +
           ", 'other', 'operate', '\\x02', now()), (NULL, 'first', 'operate', '\\x03', now())");
  std::string step;
  for (const auto& one : db::migrations())
    if (std::string(one.name) == "005_keys") step = one.sql;
  const auto update = step.find("UPDATE api_keys");
  REQUIRE(update != std::string::npos);
  base.sql(step.substr(update));
  CHECK(base.text("SELECT string_agg(role, ' ' ORDER BY key_sha256) FROM api_keys WHERE"
                  " key_sha256 IN ('\\x01', '\\x02', '\\x03')") == "admin operate operate");
}
