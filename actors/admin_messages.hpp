// What the console asks the admin actor about the node's actors.
#pragma once

#include "actors/roster.hpp"

#include <string>
#include <vector>

namespace ringmaster {

struct actors_query {
  std::string kind; ///< empty: all
};

struct actors_answer {
  std::vector<actor_view> actors;
};

} // namespace ringmaster
