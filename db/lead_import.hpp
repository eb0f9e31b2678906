// The rules of an import that need no database: which rows of one import are the same lead.
#pragma once

#include "actors/records.hpp"

#include <vector>

namespace ringmaster::db {

struct folded_rows {
  std::vector<const lead_row*> rows; ///< in their order, each about another lead
  std::vector<row_error> skipped;
};

/// Of rows with the same external_id, or with the same number unless both have an external_id, only
/// the first goes in.
folded_rows fold_rows(const std::vector<lead_row>& rows);

} // namespace ringmaster::db
