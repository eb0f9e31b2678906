// The ids that the console has seen in answers, and the names beside them, for completion. Pure.
#pragma once

#include "net/console/commands.hpp"
#include "net/console/layouts.hpp"
#include "net/console/suggestion.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ringmaster::net::console {

class known_ids {
public:
  /// Takes up the ids in a command's answer.
  void learn(const parsed_command& asked, const json& result);
  /// Those of that kind that begin with `part`, or whose name holds it (in either letter case).
  /// Runs and jobs: of that business, and those of which it isn't known.
  std::vector<suggestion> of(word_kind kind, std::string_view part,
                             const std::string& business = {}) const;

private:
  struct known {
    std::string name, business; ///< empty: not seen
  };

  void note(word_kind kind, const json& id, const known& about = {});
  void look_through(word_kind own, const json& value, std::string business);

  std::map<word_kind, std::map<std::string, known>> ids_;
};

} // namespace ringmaster::net::console
