// What the console asks the admin actor about the node's actors.
#pragma once

#include "actors/roster.hpp"

#include <caf/meta/type_name.hpp>

#include <string>
#include <vector>

namespace ringmaster {

struct actors_query {
  std::string kind; ///< empty: all
};

struct actors_answer {
  std::vector<actor_view> actors;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, actors_query& x) {
  return f(caf::meta::type_name("actors_query"), x.kind);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, actor_view& x) {
  return f(caf::meta::type_name("actor_view"), x.kind, x.key, x.handled, x.waiting, x.restarts);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, actors_answer& x) {
  return f(caf::meta::type_name("actors_answer"), x.actors);
}

} // namespace ringmaster
