#include "net/api/lead_rules.hpp"

#include "net/api/phone.hpp"
#include "net/api/text.hpp"
#include "net/api/time_zone.hpp"

namespace ringmaster::net::api {
namespace {

/// "Anna Maria Levi" -> "Anna Maria", "Levi"; a single word is a first name.
void split_name(raw_lead& raw) {
  const auto name = trimmed(*raw.name);
  const auto space = name.find_last_of(' ');
  if (space == std::string::npos) {
    raw.first_name = name;
    return;
  }
  raw.first_name = trimmed(std::string_view(name).substr(0, space));
  raw.last_name = name.substr(space + 1);
}

struct text_field {
  const char* name;
  std::optional<std::string> raw_lead::*value;
  text_rule rule;
};

constexpr text_field text_fields[] = {
    {"name", &raw_lead::name, full_name_rule},
    {"first_name", &raw_lead::first_name, name_rule},
    {"last_name", &raw_lead::last_name, name_rule},
    {"external_id", &raw_lead::external_id, external_id_rule},
    {"notes", &raw_lead::notes, notes_rule},
};

/// Trims and checks the texts; the name of the first bad one and what is wrong with it.
std::optional<row_error> check_texts(raw_lead& raw) {
  for (const auto& field : text_fields) {
    auto& value = raw.*field.value;
    if (!value) continue;
    *value = trimmed(*value);
    if (const auto problem = text_problem(*value, field.rule); !problem.empty())
      return row_error{0, field.name, std::string(field.name) + " " + problem};
  }
  if (raw.time_zone) {
    *raw.time_zone = trimmed(*raw.time_zone);
    if (!raw.time_zone->empty() && !is_time_zone(*raw.time_zone))
      return row_error{0, "time_zone",
                       "time_zone is not an IANA name such as \"Asia/Jerusalem\" or \"UTC\""};
  }
  return std::nullopt;
}

} // namespace

void lead_batch::add_error(std::int64_t row, std::string field, std::string message) {
  ++bad_rows;
  if (errors.size() < most_listed_errors)
    errors.push_back({row, std::move(field), std::move(message)});
}

void add_lead(lead_batch& batch, std::int64_t row, raw_lead raw, const std::string& region) {
  if (auto problem = check_texts(raw))
    return batch.add_error(row, problem->field, problem->message);
  auto phone = normalise_phone(raw.phone, region);
  if (!phone) return batch.add_error(row, "phone", phone.error().message);
  if (raw.name && !raw.first_name && !raw.last_name) split_name(raw);
  lead_row good;
  good.row = row;
  good.phone = std::move(*phone);
  good.first_name = std::move(raw.first_name);
  good.last_name = std::move(raw.last_name);
  good.external_id = std::move(raw.external_id);
  good.time_zone = std::move(raw.time_zone);
  good.notes = std::move(raw.notes);
  batch.rows.push_back(std::move(good));
}

} // namespace ringmaster::net::api
