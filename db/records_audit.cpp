#include "db/fields.hpp"
#include "db/pg_records.hpp"

#include <algorithm>

namespace ringmaster::db {

void pg_records::write_audit(pqxx::work& in, const audit_line& line) {
  in.exec_params("INSERT INTO audit_log (at, who, business_id, what, subject, detail, request_id)"
                 " VALUES ($1::timestamptz, $2, nullif($3::bigint, 0), $4,"
                 " nullif($5::bigint, 0), $6::jsonb, nullif($7, ''))",
                 to_sql(acts_at_), clean_text(acts_.who, 200), line.business.value, line.what,
                 line.subject, line.detail, clean_text(acts_.request, 64));
}

result<done> pg_records::note(business_id id, const std::string& what, const std::string& detail) {
  return in_change<done>([&](pqxx::work& in) -> result<done> {
    write_audit(in, {id, what, 0, detail});
    return done{};
  });
}

result<page<audit_record>> pg_records::audit(business_id id, std::int32_t limit,
                                             const std::string& cursor) {
  const auto start = read_cursor('w', cursor, {INT64_MAX});
  if (!start) return start.error();
  limit = std::clamp(limit, 1, largest_page);
  return in_one<page<audit_record>>([&](pqxx::work& in) -> result<page<audit_record>> {
    const std::string columns = "SELECT id, at, who, business_id, what, subject, detail,"
                                " request_id FROM audit_log WHERE id < $1";
    const auto rows =
        id ? in.exec_params(columns + " AND business_id = $3 ORDER BY id DESC LIMIT $2",
                            start->front(), limit + 1, id.value)
           : in.exec_params(columns + " ORDER BY id DESC LIMIT $2", start->front(), limit + 1);
    page<audit_record> found;
    for (const auto& row : rows) {
      audit_record x;
      x.id = number_of(row[0]);
      x.at = time_of(row[1]);
      x.who = text_of(row[2]);
      x.business = id_of<business_id>(row[3]);
      x.what = text_of(row[4]);
      x.subject = number_of(row[5]);
      x.detail = text_of(row[6]);
      x.request = text_of(row[7]);
      found.items.push_back(std::move(x));
    }
    if (found.items.size() > static_cast<std::size_t>(limit)) {
      found.items.pop_back();
      found.next_cursor = make_cursor('w', {found.items.back().id});
    }
    return found;
  });
}

} // namespace ringmaster::db
