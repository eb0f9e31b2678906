// The ids that the console has seen in answers, for completion. Pure.
#pragma once

#include "net/console/commands.hpp"
#include "net/console/layouts.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace ringmaster::net::console {

class known_ids {
public:
  /// Takes up the ids in a command's answer.
  void learn(const parsed_command& asked, const json& result);
  /// Those of that kind that begin with `part`.
  std::vector<std::string> of(word_kind kind, std::string_view part) const;

private:
  void note(word_kind kind, const json& id);
  void look_through(word_kind own, const json& value);

  std::map<word_kind, std::set<std::string>> ids_;
};

} // namespace ringmaster::net::console
