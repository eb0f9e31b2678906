// What the API reads and writes besides the calls themselves, as a plain synchronous interface:
// each API worker thread owns one (with a connection of its own). Implemented in db/records_*.cpp.
// Every call is one transaction, scoped by business, and says why when it can't be done.
#pragma once

#include "actors/clock.hpp"
#include "actors/failure.hpp"
#include "actors/records_audit.hpp"
#include "actors/records_import.hpp"
#include "actors/records_keys.hpp"
#include "actors/records_overview.hpp"
#include "actors/records_story.hpp"
#include "actors/run_forecast.hpp"
#include "actors/store_messages.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringmaster {

// -- businesses --------------------------------------------------------------------------------

struct business_record {
  business_id id;
  std::string name;
  phone_number phone;
  std::int32_t max_outbound_calls = 3;
  std::string time_zone;      ///< IANA name, "UTC" by default
  std::string region;         ///< ISO 3166 alpha-2, the default for numbers without a country code
  std::string default_script; ///< JSON; empty: none
  std::int32_t ring_timeout_s = 60;
  bool redial_in_doubt = true;
  bool suspended = false;
  time_point created_at;
};

/// What is set is changed.
struct business_change {
  std::optional<std::string> name;
  std::optional<phone_number> phone;
  std::optional<std::int32_t> max_outbound_calls;
  std::optional<std::string> time_zone;
  std::optional<std::string> region;
  std::optional<std::string> default_script; ///< set and empty: removes it
  std::optional<std::int32_t> ring_timeout_s;
  std::optional<bool> redial_in_doubt;
  std::optional<bool> suspended;
};

// -- leads -------------------------------------------------------------------------------------

struct lead_record {
  lead_id id;
  phone_number phone;
  std::string first_name, last_name, external_id, time_zone, notes;
  std::string status = "active"; ///< "active" or "do_not_call"
  time_point created_at;
};

struct lead_change {
  std::optional<phone_number> phone;
  std::optional<std::string> first_name, last_name, external_id, time_zone, notes, status;
};

struct lead_filter {
  std::string search; ///< part of a name, number or external id; empty: any
  std::string status; ///< empty: any
};

// -- runs, jobs, calls -------------------------------------------------------------------------

struct run_selection {
  std::vector<lead_id> leads;        ///< in this order; empty with `filter`
  std::optional<lead_filter> filter; ///< an empty filter selects all
};

struct new_run {
  std::string name;
  run_selection selection;
  std::int32_t concurrency = 3;
  std::string script; ///< JSON; empty: the business's default
};

struct skipped_lead {
  lead_id lead;
  std::string reason; ///< "duplicate_number", "duplicate_lead", "do_not_call", …
};

struct created_run {
  run_id run;
  run_status status = run_status::pending;
  std::int64_t total = 0;
  std::int64_t skipped_count = 0;
  std::vector<skipped_lead> skipped; ///< the first 1,000
};

struct run_record {
  run_id id;
  std::string name;
  run_status status = run_status::pending;
  std::int32_t concurrency = 3;
  std::string script;
  run_counts counts;
  std::int64_t skipped_count = 0;
  std::string error;
  time_point created_at;
  std::optional<time_point> started_at, ended_at;
  std::optional<run_forecast> forecast; ///< of a running run that has shown its pace
  std::string request;                  ///< the API's request that ordered it
};

struct job_record {
  job_id id;
  run_id run; ///< none: a direct call
  lead_id lead;
  phone_number phone;
  job_status status = job_status::queued;
  std::int32_t attempts = 0;
  std::optional<call_outcome> outcome;
  call_sid sid;
  std::optional<time_point> dial_started_at, ended_at, next_attempt_at;
  std::optional<std::int32_t> duration_s;
  std::string error;
  bool in_doubt = false;
  std::string first_name, last_name; ///< of the lead, as it is now
};

/// One attempt in the history, ended or live.
struct call_record {
  job_id job;
  std::int32_t attempt = 0;
  run_id run;
  lead_id lead;
  phone_number phone;
  call_sid sid;
  std::string status; ///< "dialing", "calling" or "ended"
  std::optional<call_outcome> outcome;
  time_point started_at;
  std::optional<time_point> answered_at, ended_at;
  std::optional<std::int32_t> duration_s;
  std::string error;
  slot_number slot;
  std::string first_name, last_name; ///< of the lead, as it is now
  std::string cursor;                ///< opaque: where a page ending with this record goes on
};

struct call_filter {
  run_id run;
  lead_id lead;
  std::optional<call_outcome> outcome;
  std::optional<time_point> from, to;
};

/// A page of a list; `cursor` goes on behind it, empty at the end.
template <class T>
struct page {
  std::vector<T> items;
  std::string next_cursor;
};

// -- idempotency -------------------------------------------------------------------------------

struct first_answer {
  std::int32_t status = 0;
  std::string body;
};

/// What became of asking for an Idempotency-Key.
struct idempotency_state {
  enum class kind {
    fresh,      ///< reserved for us: do the work, then keep the answer
    answered,   ///< done before with the same body: give `answer` again
    other_body, ///< the key was used with another body
    unfinished  ///< reserved before, never answered: its outcome is not known
  };
  kind what = kind::fresh;
  first_answer answer;
};

class records {
public:
  virtual ~records() = default;

  /// Who wants the changes that follow, and when: written to the audit in each change's own
  /// transaction. Nobody is named: nothing is written.
  virtual void act_as(const doer& by, time_point at) = 0;
  /// What was done besides the database, by whoever acts.
  virtual result<done> note(business_id id, const std::string& what, const std::string& detail) = 0;
  /// Newest first; of one business, or (none) of all.
  virtual result<page<audit_record>> audit(business_id id, std::int32_t limit,
                                           const std::string& cursor) = 0;

  /// Finds a key by the SHA-256 of its text (32 bytes, raw). not_found when unknown or revoked;
  /// whether it has expired is for the caller to see.
  virtual result<key_info> find_key(const std::string& sha256) = 0;
  /// Those of `ids` that may not be used at `at`: revoked or expired.
  virtual result<std::vector<std::int64_t>> dead_keys(const std::vector<std::int64_t>& ids,
                                                      time_point at) = 0;
  virtual result<done> note_key_use(std::int64_t key, time_point at) = 0;
  /// `owner`: a business, or none: the whole server. Revoked and expired keys stay in the list.
  virtual result<page<key_record>> keys(business_id owner, std::int32_t limit,
                                        const std::string& cursor) = 0;
  virtual result<key_record> key(business_id owner, std::int64_t key) = 0;
  virtual result<key_record> create_key(business_id owner, const new_key& wanted,
                                        time_point at) = 0;
  virtual result<key_record> change_key(business_id owner, std::int64_t key,
                                        const key_change& change) = 0;
  /// A new key of the same name and role; the old one gets an end.
  virtual result<rotated_key> rotate_key(business_id owner, std::int64_t key,
                                         const key_rotation& wanted, time_point at) = 0;
  virtual result<done> revoke_key(business_id owner, std::int64_t key, time_point at) = 0;

  virtual result<business_record> create_business(const business_record& wanted,
                                                  const std::string& key_sha256, time_point at) = 0;
  virtual result<business_record> business(business_id id) = 0;
  virtual result<business_record> change_business(business_id id,
                                                  const business_change& change) = 0;
  virtual result<page<business_record>> businesses(const std::string& search, std::int32_t limit,
                                                   const std::string& cursor) = 0;
  virtual result<page<busy_business>> overview_page(const std::string& search,
                                                    overview_choice choice, std::int32_t limit,
                                                    const std::string& cursor) = 0;
  virtual result<overview> whole_overview() = 0;
  /// How one business's lines were used in the minutes before `now`.
  virtual result<pulse> pulse_of(business_id id, time_point now) = 0;

  /// Inserts new leads, updates known ones (same external_id, else same number); rows of one number
  /// without an external_id of their own are skipped and told. All rows or none.
  virtual result<import_summary> import_leads(business_id id, lead_source& rows, time_point at) = 0;
  /// What import_leads would do; nothing is kept.
  virtual result<import_summary> preview_import(business_id id, lead_source& rows,
                                                time_point at) = 0;
  result<import_summary> import_leads(business_id id, const std::vector<lead_row>& rows,
                                      time_point at) {
    listed_leads all{rows};
    return import_leads(id, all, at);
  }
  result<import_summary> preview_import(business_id id, const std::vector<lead_row>& rows,
                                        time_point at) {
    listed_leads all{rows};
    return preview_import(id, all, at);
  }
  virtual result<std::int64_t> count_leads(business_id id, const lead_filter& filter) = 0;
  /// `skip`: how many to pass over behind the cursor, so that a list can be opened anywhere.
  virtual result<page<lead_record>> leads(business_id id, const lead_filter& filter,
                                          std::int32_t limit, const std::string& cursor,
                                          std::int64_t skip = 0) = 0;
  virtual result<lead_record> lead(business_id id, lead_id lead) = 0;
  virtual result<lead_record> change_lead(business_id id, lead_id lead, const lead_change& change,
                                          time_point at) = 0;
  virtual result<done> delete_lead(business_id id, lead_id lead, time_point at) = 0;

  /// Commits the run and its selection; jobs follow (materialise_page). Small selections have
  /// their jobs at once. Nothing left to call is invalid ("empty_run").
  virtual result<created_run> create_run(business_id id, const new_run& run, time_point at) = 0;
  virtual result<page<run_record>> runs(business_id id, std::int32_t limit,
                                        const std::string& cursor) = 0;
  virtual result<run_record> run(business_id id, run_id run) = 0;
  virtual result<page<job_record>> jobs(business_id id, run_id run,
                                        std::optional<job_status> status, std::int32_t limit,
                                        const std::string& cursor, std::int64_t skip = 0) = 0;
  /// What came of a run's calls so far.
  virtual result<std::vector<outcome_count>> outcomes(business_id id, run_id run) = 0;
  virtual result<job_record> job(business_id id, job_id job) = 0;
  /// How the run's latest calls went, for a forecast.
  virtual result<run_pace> pace_of(business_id id, run_id run) = 0;
  /// What the database knows of the gates between a job and its call.
  virtual result<job_gates> gates_of(business_id id, job_id job) = 0;
  virtual result<call_story> story_of(business_id id, job_id job) = 0;
  /// failed -> queued, once more, on a person's word; its run is open again (running) if it ended.
  virtual result<job_record> requeue_job(business_id id, job_id job, time_point at) = 0;
  virtual result<page<call_record>> calls(business_id id, const call_filter& filter,
                                          std::int32_t limit, const std::string& cursor) = 0;

  /// `scope` is a business or none (admin); `fingerprint` stands for method, path and body.
  virtual result<idempotency_state> reserve_idempotency(business_id scope, const std::string& key,
                                                        const std::string& fingerprint,
                                                        time_point at) = 0;
  virtual result<done> keep_answer(business_id scope, const std::string& key,
                                   const first_answer& answer) = 0;
  /// Gives a reserved key free again (the work was refused and nothing was done).
  virtual result<done> drop_idempotency(business_id scope, const std::string& key) = 0;

  /// Answers whether the database can be reached and written.
  virtual result<done> ping() = 0;
};

/// Makes one `records` with a connection of its own; called once by each thread that needs one.
using records_factory = std::function<std::unique_ptr<records>()>;

} // namespace ringmaster
