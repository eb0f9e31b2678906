#include "db/lead_import.hpp"

#include <unordered_map>

namespace ringmaster::db {

namespace {

struct first_of_number {
  std::int64_t row = 0;
  bool named = false; ///< it has an external_id
};

} // namespace

folded_rows fold_rows(const std::vector<lead_row>& rows) {
  folded_rows folded;
  folded.rows.reserve(rows.size());
  std::unordered_map<std::string, std::int64_t> by_external_id;
  std::unordered_map<std::string, first_of_number> by_number;
  for (const auto& row : rows) {
    const bool named = row.external_id && !row.external_id->empty();
    if (named) {
      const auto [first, fresh] = by_external_id.emplace(*row.external_id, row.row);
      if (!fresh) {
        folded.skipped.push_back({row.row, "external_id",
                                  "the same external_id as row " + std::to_string(first->second)});
        continue;
      }
    }
    const auto [first, fresh] = by_number.emplace(row.phone.value, first_of_number{row.row, named});
    if (!fresh && !(named && first->second.named)) {
      folded.skipped.push_back(
          {row.row, "phone", "the same number as row " + std::to_string(first->second.row)});
      continue;
    }
    folded.rows.push_back(&row);
  }
  return folded;
}

} // namespace ringmaster::db
