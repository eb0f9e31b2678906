// Inside of db/records_*.cpp: the class that they share.
#pragma once

#include "actors/records.hpp"
#include "db/connection.hpp"

#include <string>

namespace ringmaster::db {

struct shard_epochs;

class pg_records final : public records {
public:
  pg_records(std::string url, std::shared_ptr<const shard_epochs> epochs,
             std::shared_ptr<server_identity> server);

  void act_as(const doer& by, time_point at) override {
    acts_ = by;
    acts_at_ = at;
  }
  result<done> note(business_id id, const std::string& what, const std::string& detail) override;
  result<page<audit_record>> audit(business_id id, std::int32_t limit,
                                   const std::string& cursor) override;

  result<key_info> find_key(const std::string& sha256) override;
  result<std::vector<std::int64_t>> dead_keys(const std::vector<std::int64_t>& ids,
                                              time_point at) override;
  result<done> note_key_use(std::int64_t key, time_point at) override;
  result<page<key_record>> keys(business_id owner, std::int32_t limit,
                                const std::string& cursor) override;
  result<key_record> key(business_id owner, std::int64_t key) override;
  result<key_record> create_key(business_id owner, const new_key& wanted, time_point at) override;
  result<key_record> change_key(business_id owner, std::int64_t key,
                                const key_change& change) override;
  result<rotated_key> rotate_key(business_id owner, std::int64_t key, const key_rotation& wanted,
                                 time_point at) override;
  result<done> revoke_key(business_id owner, std::int64_t key, time_point at) override;

  result<business_record> create_business(const business_record& wanted,
                                          const std::string& key_sha256, time_point at) override;
  result<business_record> business(business_id id) override;
  result<business_record> change_business(business_id id, const business_change& change) override;
  result<page<business_record>> businesses(const std::string& search, std::int32_t limit,
                                           const std::string& cursor) override;
  result<page<busy_business>> overview_page(const std::string& search, overview_choice choice,
                                            std::int32_t limit, const std::string& cursor) override;
  result<overview> whole_overview() override;
  result<pulse> pulse_of(business_id id, time_point now) override;

  using records::import_leads, records::preview_import;
  result<import_summary> import_leads(business_id id, lead_source& rows, time_point at) override;
  result<import_summary> preview_import(business_id id, lead_source& rows, time_point at) override;
  result<std::int64_t> count_leads(business_id id, const lead_filter& filter) override;
  result<page<lead_record>> leads(business_id id, const lead_filter& filter, std::int32_t limit,
                                  const std::string& cursor, std::int64_t skip = 0) override;
  result<lead_record> lead(business_id id, lead_id lead) override;
  result<lead_record> change_lead(business_id id, lead_id lead, const lead_change& change,
                                  time_point at) override;
  result<done> delete_lead(business_id id, lead_id lead, time_point at) override;

  result<created_run> create_run(business_id id, const new_run& run, time_point at) override;
  result<page<run_record>> runs(business_id id, std::int32_t limit,
                                const std::string& cursor) override;
  result<run_record> run(business_id id, run_id run) override;
  result<page<job_record>> jobs(business_id id, run_id run, std::optional<job_status> status,
                                std::int32_t limit, const std::string& cursor,
                                std::int64_t skip = 0) override;
  result<std::vector<outcome_count>> outcomes(business_id id, run_id run) override;
  result<job_record> job(business_id id, job_id job) override;
  result<run_pace> pace_of(business_id id, run_id run) override;
  result<job_gates> gates_of(business_id id, job_id job) override;
  result<call_story> story_of(business_id id, job_id job) override;
  result<job_record> requeue_job(business_id id, job_id job, time_point at) override;
  result<page<call_record>> calls(business_id id, const call_filter& filter, std::int32_t limit,
                                  const std::string& cursor) override;

  result<idempotency_state> reserve_idempotency(business_id scope, const std::string& key,
                                                const std::string& fingerprint,
                                                time_point at) override;
  result<done> keep_answer(business_id scope, const std::string& key,
                           const first_answer& answer) override;
  result<done> drop_idempotency(business_id scope, const std::string& key) override;

  result<done> ping() override;

private:
  /// One transaction: `work(transaction)` answers a result<T>; a failure rolls back. Tried a second
  /// time when the connection proved dead before anything ran, or when it clashed with another
  /// transaction.
  template <class T, class Work>
  result<T> in_one(Work work);

  /// The same for what changes something: only at the known server.
  template <class T, class Work>
  result<T> in_change(Work work);

  /// The work of a change that the business's supervisor hears of.
  template <class T, class Work>
  auto ours(business_id id, Work work) {
    return [this, id, work](pqxx::work& in) -> result<T> {
      if (auto why = not_ours(in, id)) return *why;
      return work(in);
    };
  }
  std::optional<failure> not_ours(pqxx::work& in, business_id id);

  struct audit_line {
    business_id business;
    std::string what;
    std::int64_t subject = 0;
    std::string detail = "{}"; ///< JSON
  };
  /// in_change, and: `tell(what it made)` answers the line that is written beside it when
  /// somebody acts.
  template <class T, class Work, class Tell>
  result<T> in_audited(Work work, Tell tell) {
    return in_change<T>([&](pqxx::work& in) -> result<T> {
      auto made = work(in);
      if (made && !acts_.who.empty()) write_audit(in, tell(*made));
      return made;
    });
  }
  void write_audit(pqxx::work& in, const audit_line& line);

  /// Waits until no claim that began before now is still in flight: what the last transaction
  /// barred can't be dialled any more.
  std::optional<failure> wait_for_claims(business_id id);

  std::shared_ptr<const shard_epochs> epochs_;
  std::shared_ptr<server_identity> server_;
  connection link_;
  doer acts_;
  time_point acts_at_{};
};

template <class T, class Work>
result<T> pg_records::in_one(Work work) {
  for (bool again = true;; again = false) {
    bool began = false;
    std::optional<result<T>> answer;
    const auto failed = in_transaction(link_, [&](pqxx::work& in) -> bool {
      began = true;
      answer.emplace(work(in));
      return static_cast<bool>(*answer);
    });
    if (!failed) return std::move(*answer);
    const bool harmless = (failed->what == sql_trouble::lost && !began) ||
                          failed->what == sql_trouble::contention ||
                          failed->what == sql_trouble::violation;
    if (!again || !harmless) return to_failure(*failed);
  }
}

template <class T, class Work>
result<T> pg_records::in_change(Work work) {
  const server_identity::change change{server_.get()};
  return in_one<T>([&](pqxx::work& in) -> result<T> {
    if (link_.at_standby()) return to_failure({sql_trouble::lost, {}, "25006"});
    if (change.refused() || link_.elsewhere())
      return to_failure({sql_trouble::foreign, server_->problem(), {}});
    auto made = work(in);
    if (made) link_.mark(in);
    return made;
  });
}

/// What is read again and again for those who look on.
std::vector<statement> watching_statements();
std::string run_by_id_sql();

/// Jobs that wait for these leads (`ids`: an array literal) get the leads' present number. One
/// whose run has that number already, for another lead, is cancelled: nobody is called twice. To be
/// done last in a transaction: dialling waits for the rows that it locks.
void follow_numbers(pqxx::work& in, business_id business, const std::string& ids, time_point at);

// -- for the lists -------------------------------------------------------------------------------

constexpr std::int32_t largest_page = 1'000;

/// A keyset cursor: "a12.34" for the list named 'a' and the numbers 12 and 34.
std::string make_cursor(char list, std::initializer_list<std::int64_t> position);
/// The numbers of a cursor of that list; all `start` when it is empty; invalid "bad_cursor" when it
/// is not one of ours.
result<std::vector<std::int64_t>> read_cursor(char list, const std::string& cursor,
                                              std::vector<std::int64_t> start);

/// For cut_page: where a list that is ordered by id goes on.
inline auto behind_id(char list) {
  return [list](const auto& last) { return make_cursor(list, {last.id.value}); };
}

/// A page of rows that were asked for with one more than `limit`: that one only tells that more
/// follow. `read(row)` makes an item, `cursor_behind(item)` the cursor when it is the last.
template <class Read, class Cursor>
auto cut_page(const pqxx::result& rows, std::int32_t limit, Read read, Cursor cursor_behind) {
  page<decltype(read(rows[0]))> found;
  for (const auto& row : rows)
    found.items.push_back(read(row));
  if (found.items.size() > static_cast<std::size_t>(limit)) {
    found.items.pop_back();
    found.next_cursor = cursor_behind(found.items.back());
  }
  return found;
}

failure no_such(const std::string& what);

} // namespace ringmaster::db
