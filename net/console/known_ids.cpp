#include "net/console/known_ids.hpp"

#include <algorithm>
#include <cctype>

namespace ringmaster::net::console {

namespace {

constexpr std::size_t most = 5'000;

/// What "id" means in the answers of a command.
word_kind own_kind(const std::string& command) {
  if (command.rfind("business", 0) == 0) return word_kind::business;
  if (command.rfind("runs", 0) == 0) return word_kind::run;
  if (command.rfind("job", 0) == 0) return word_kind::job;
  return word_kind::text;
}

bool holds(std::string_view name, std::string_view part) {
  const auto same = [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  };
  return std::search(name.begin(), name.end(), part.begin(), part.end(), same) != name.end();
}

} // namespace

void known_ids::note(word_kind kind, const json& id, const known& about) {
  auto& all = ids_[kind];
  if (!id.is_number_integer() || all.size() >= most) return;
  auto& seen = all[id.dump()];
  if (!about.name.empty()) seen.name = about.name;
  if (!about.business.empty()) seen.business = about.business;
}

void known_ids::look_through(word_kind own, const json& value, std::string business) {
  if (value.is_array()) {
    for (const auto& one : value)
      look_through(own, one, business);
    return;
  }
  if (!value.is_object()) return;
  if (const auto named = value.find("business_id"); named != value.end()) {
    note(word_kind::business, *named);
    business = named->dump();
  }
  for (const auto& [key, inner] : value.items()) {
    if (key == "id" && own != word_kind::text) {
      const auto name = value.find("name");
      const bool named = name != value.end() && name->is_string();
      note(own, inner, {named ? name->get<std::string>() : std::string(), business});
    }
    if (key == "run_id") note(word_kind::run, inner, {{}, business});
    if (key == "job_id") note(word_kind::job, inner, {{}, business});
    look_through(own, inner, business);
  }
}

void known_ids::learn(const parsed_command& asked, const json& result) {
  const auto& takes = asked.what->takes;
  const bool of_one = !takes.empty() && takes[0].kind == word_kind::business;
  const auto business = of_one ? asked.at(0) : std::string();
  for (std::size_t i = 0; i < asked.values.size() && i < takes.size(); ++i)
    note(takes[i].kind, json(asked.id(i)), {{}, i > 0 ? business : std::string()});
  look_through(own_kind(asked.what->name), result, business);
}

std::vector<suggestion> known_ids::of(word_kind kind, std::string_view part,
                                      const std::string& business) const {
  std::vector<suggestion> fitting;
  const bool is_id =
      kind == word_kind::business || kind == word_kind::run || kind == word_kind::job;
  const auto all = ids_.find(kind);
  if (!is_id || all == ids_.end()) return fitting;
  for (const auto& [id, seen] : all->second) {
    const bool of_another =
        !business.empty() && !seen.business.empty() && seen.business != business;
    const bool fits = std::string_view(id).substr(0, part.size()) == part || holds(seen.name, part);
    if (fits && !of_another) fitting.push_back({id, seen.name});
  }
  return fitting;
}

} // namespace ringmaster::net::console
