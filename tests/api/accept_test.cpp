#include "net/api/accept.hpp"

#include <catch2/catch.hpp>

using ringmaster::net::api::prefers_csv;

TEST_CASE("CSV is given to who would rather have it than JSON") {
  for (const auto* accept :
       {"text/csv", "Text/CSV; charset=utf-8", "text/csv, */*", "application/json;q=0.5, text/csv",
        "text/csv;q=0.2", "text/html, text/csv ; q=0.9 , application/json;q=0.89"})
    CHECK(prefers_csv(accept));
  for (const auto* accept :
       {"", "*/*", "application/json", "application/json, text/csv;q=0.1",
        "application/json, text/csv", "text/csv;q=0", "text/csv;q=0.1, */*;q=0.2", "text/csvx",
        "text/csv;q=2", "text/csv;q=high", "text/csv;q=0.1234"})
    CHECK_FALSE(prefers_csv(accept));
}
