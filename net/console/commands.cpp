#include "net/console/commands.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

namespace ringmaster::net::console {

namespace {

failure wrong(std::string message, std::string field = {}) {
  return {failure_kind::invalid, "wrong_usage", std::move(message), std::move(field)};
}

bool begins_with(std::string_view text, std::string_view part) {
  return text.substr(0, part.size()) == part;
}

/// How many characters must be changed, added or left out to come from one to the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

std::string perhaps(const std::string& typed) {
  std::string best;
  std::size_t least = 3;
  for (const auto& one : commands())
    if (const auto d = distance(typed, one.name); d < least) {
      least = d;
      best = one.name;
    }
  return best.empty() ? "; 'help' lists all commands" : "; do you mean '" + best + "'?";
}

bool is_id(const std::string& word) {
  std::int64_t id = 0;
  const auto* end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, id);
  return read.ec == std::errc() && read.ptr == end && id > 0;
}

bool is_number(const std::string& word) {
  const auto digits =
      std::count_if(word.begin(), word.end(), [](unsigned char c) { return c >= '0' && c <= '9'; });
  const auto points = std::count(word.begin(), word.end(), '.');
  return digits > 0 && points <= 1 && word.size() <= 15 &&
         static_cast<std::size_t>(digits + points) == word.size();
}

std::string listed(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::optional<failure> misfit(const parameter& wanted, const std::string& word) {
  switch (wanted.kind) {
  case word_kind::business:
  case word_kind::run:
  case word_kind::job:
    if (!is_id(word)) return wrong(wanted.name + " is a number such as 12", wanted.name);
    break;
  case word_kind::whole:
    if (!is_number(word) || word.find('.') != std::string::npos)
      return wrong(wanted.name + " is a whole number from 0", wanted.name);
    break;
  case word_kind::number:
    if (!is_number(word)) return wrong(wanted.name + " is a number from 0", wanted.name);
    break;
  case word_kind::choice:
    if (std::find(wanted.choices.begin(), wanted.choices.end(), word) == wanted.choices.end())
      return wrong(wanted.name + " is one of: " + listed(wanted.choices), wanted.name);
    break;
  case word_kind::text:
  case word_kind::topic:
    break;
  }
  return std::nullopt;
}

/// The longest name that these words begin with.
std::size_t words_in(const std::string& name) {
  return 1 + static_cast<std::size_t>(std::count(name.begin(), name.end(), ' '));
}

const command* named_by(const std::vector<std::string>& words) {
  if (words.size() >= 2)
    if (const auto* two = find_command(words[0] + " " + words[1])) return two;
  // In quotes a name of two words is one word, and no name.
  const auto* one = words.empty() ? nullptr : find_command(words[0]);
  return one != nullptr && words_in(one->name) == 1 ? one : nullptr;
}

std::string first_word(const std::string& name) {
  return name.substr(0, name.find(' '));
}

} // namespace

const std::string& parsed_command::at(std::size_t index) const {
  static const std::string none;
  return index < values.size() ? values[index] : none;
}

std::int64_t parsed_command::id(std::size_t index) const {
  std::int64_t value = 0;
  const auto& word = at(index);
  std::from_chars(word.data(), word.data() + word.size(), value);
  return value;
}

const command* find_command(std::string_view name) {
  const auto& all = commands();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const command& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false, begun = false, taken = false;
  for (const char c : line) {
    const bool blank = c == ' ' || c == '\t';
    if (taken) {
      word += c;
      taken = false;
    } else if (c == '\\') {
      taken = begun = true;
    } else if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if (blank && !quoted) {
      if (begun) words.push_back(std::move(word));
      word.clear();
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (quoted || taken) return wrong("the line ends inside of quotes, or behind a \\");
  if (begun) words.push_back(std::move(word));
  return words;
}

result<parsed_command> parse(const std::vector<std::string>& words) {
  if (words.empty()) return wrong("what shall be done? 'help' lists all commands");
  const auto* what = named_by(words);
  if (what == nullptr) {
    std::vector<std::string> group;
    for (const auto& one : commands())
      if (first_word(one.name) == words[0]) group.push_back(one.name);
    if (!group.empty()) return wrong("say more: " + listed(group));
    const auto typed = words.size() > 1 ? words[0] + " " + words[1] : words[0];
    return wrong("there is no command '" + words[0] + "'" + perhaps(typed));
  }
  parsed_command parsed;
  parsed.what = what;
  std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(words_in(what->name)),
                                words.end());
  const bool takes_all = !what->takes.empty() && what->takes.back().kind == word_kind::topic;
  if (!takes_all && rest.size() > what->takes.size())
    return wrong("'" + rest[what->takes.size()] + "' is too much: " + usage_of(*what));
  for (std::size_t i = 0; i < what->takes.size(); ++i) {
    const auto& wanted = what->takes[i];
    if (i >= rest.size()) {
      if (wanted.optional) break;
      return wrong(wanted.name + " is missing: " + usage_of(*what), wanted.name);
    }
    if (auto why = misfit(wanted, rest[i])) {
      why->message += ": " + usage_of(*what);
      return *why;
    }
  }
  parsed.values = std::move(rest);
  return parsed;
}

std::string usage_of(const command& which) {
  std::string usage = which.name;
  for (const auto& one : which.takes)
    usage += one.optional ? " [" + one.name + "]" : " " + one.name;
  return usage;
}

completion complete(const std::vector<std::string>& before, std::string_view part) {
  completion found;
  if (!before.empty() && (before[0] == "watch" || before[0] == "help"))
    return complete({before.begin() + 1, before.end()}, part);
  std::set<std::string> words;
  if (before.empty()) {
    for (const auto& one : commands())
      words.insert(first_word(one.name));
  } else if (before.size() == 1) {
    for (const auto& one : commands())
      if (first_word(one.name) == before[0] && words_in(one.name) == 2)
        words.insert(one.name.substr(one.name.find(' ') + 1));
  }
  if (const auto* what = named_by(before)) {
    const auto given = before.size() - words_in(what->name);
    if (given < what->takes.size()) {
      const auto& wanted = what->takes[given];
      words.insert(wanted.choices.begin(), wanted.choices.end());
      found.wanted = wanted.kind;
      found.wants_value = true;
    }
  }
  for (const auto& word : words)
    if (begins_with(word, part)) found.words.push_back(word);
  return found;
}

std::string help_on(const std::string& topic) {
  const auto line = [](const command& one) {
    auto usage = "  " + usage_of(one);
    usage.resize(std::max<std::size_t>(usage.size() + 2, 40), ' ');
    return usage + one.does + "\n";
  };
  std::string text;
  if (topic.empty()) {
    text = "Commands (Tab completes; 'help COMMAND' tells more; 'watch COMMAND' repeats it):\n";
    for (const auto& one : commands())
      text += line(one);
    return text + "\nA call in doubt, a full business, a slow carrier? Begin with: server, "
                  "business busy, doubts, carrier.\n";
  }
  if (const auto* one = find_command(topic)) {
    text = usage_of(*one) + "\n  " + one->does + "\n";
    if (one->is == weight::changes) text += "  Changes something; it is audited.\n";
    if (one->is == weight::asks_twice) text += "  Asked twice before it is done; audited.\n";
    if (!one->teaches.empty()) text += "\n" + one->teaches + "\n";
  }
  for (const auto& one : commands())
    if (first_word(one.name) == topic && one.name != topic) text += line(one);
  return text.empty() ? "there is no command '" + topic + "'" + perhaps(topic) + "\n" : text;
}

} // namespace ringmaster::net::console
