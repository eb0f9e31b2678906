#include "db/audit_statements.hpp"

#include "db/fields.hpp"

namespace ringmaster::db {

namespace {

const char* const audit_sql = R"(
INSERT INTO audit_log (at, who, business_id, what, subject, request_id)
SELECT w.at, w.who, w.business_id, w.what, w.subject, w.request_id
FROM unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[])
     AS w (at, who, business_id, what, subject, request_id))";

class audit_rows {
public:
  void add(time_point at, const doer& by, business_id business, const char* what,
           std::int64_t subject) {
    at_.add(at);
    who_.add(clean_text(by.who, 200));
    businesses_.add(business);
    what_.add(what);
    subjects_.add(subject);
    by.request.empty() ? requests_.add_null() : requests_.add(clean_text(by.request, 64));
    ++count_;
  }
  void write(pqxx::transaction_base& in) const {
    if (count_ == 0) return;
    in.exec_prepared("audit", at_.str(), who_.str(), businesses_.str(), what_.str(),
                     subjects_.str(), requests_.str());
  }

private:
  sql_array at_, who_, businesses_, what_, subjects_, requests_;
  int count_ = 0;
};

const char* words_of(run_verb verb) {
  switch (verb) {
  case run_verb::pause:
    return "run.pause";
  case run_verb::resume:
    return "run.resume";
  case run_verb::stop:
    return "run.stop";
  case run_verb::start:
  case run_verb::complete:
  case run_verb::fail:
  case run_verb::close:
    break;
  }
  return "run.change";
}

/// Who wants it, if it was done; empty: nobody, or it was not.
template <class Entry>
const doer& by(const Entry& each) {
  static const doer nobody;
  return each.answer.result == write_result::applied ? each.request.by : nobody;
}

} // namespace

const std::vector<statement>& audit_statements() {
  static const std::vector<statement> all = {{"audit", audit_sql}};
  return all;
}

void run_audits(pqxx::transaction_base& in, const store_batch& batch) {
  audit_rows rows;
  for (const auto& each : batch.controls)
    if (const auto& who = by(each); !who.who.empty())
      rows.add(each.request.at, who, each.request.business, words_of(each.request.verb),
               each.request.run.value);
  for (const auto& each : batch.callings)
    if (const auto& who = by(each); !who.who.empty())
      rows.add(each.request.at, who, each.request.attempt.business, "doubt.adopt",
               each.request.attempt.job.value);
  for (const auto& each : batch.requeues)
    if (const auto& who = by(each); !who.who.empty())
      rows.add(each.request.at, who, each.request.attempt.business, "doubt.never_placed",
               each.request.attempt.job.value);
  for (const auto& each : batch.finishes)
    if (const auto& who = by(each); !who.who.empty())
      rows.add(each.request.ended_at, who, each.request.attempt.business, "doubt.never_placed",
               each.request.attempt.job.value);
  for (const auto& each : batch.directs)
    if (const auto& who = by(each); !who.who.empty())
      for (const auto& call : each.answer.calls)
        rows.add(each.request.at, who, each.request.business, "call.start", call.job.value);
  rows.write(in);
}

} // namespace ringmaster::db
