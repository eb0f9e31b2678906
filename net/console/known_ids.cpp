#include "net/console/known_ids.hpp"

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

} // namespace

void known_ids::note(word_kind kind, const json& id) {
  auto& all = ids_[kind];
  if (id.is_number_integer() && all.size() < most) all.insert(id.dump());
}

void known_ids::look_through(word_kind own, const json& value) {
  if (value.is_array()) {
    for (const auto& one : value)
      look_through(own, one);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [key, inner] : value.items()) {
    if (key == "id" && own != word_kind::text) note(own, inner);
    if (key == "business_id") note(word_kind::business, inner);
    if (key == "run_id") note(word_kind::run, inner);
    if (key == "job_id") note(word_kind::job, inner);
    look_through(own, inner);
  }
}

void known_ids::learn(const parsed_command& asked, const json& result) {
  for (std::size_t i = 0; i < asked.values.size() && i < asked.what->takes.size(); ++i)
    note(asked.what->takes[i].kind, json(asked.id(i)));
  look_through(own_kind(asked.what->name), result);
}

std::vector<std::string> known_ids::of(word_kind kind, std::string_view part) const {
  std::vector<std::string> fitting;
  const bool is_id =
      kind == word_kind::business || kind == word_kind::run || kind == word_kind::job;
  const auto all = ids_.find(kind);
  if (!is_id || all == ids_.end()) return fitting;
  for (const auto& id : all->second)
    if (std::string_view(id).substr(0, part.size()) == part) fitting.push_back(id);
  return fitting;
}

} // namespace ringmaster::net::console
