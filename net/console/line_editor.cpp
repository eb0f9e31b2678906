#include "net/console/line_editor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <histedit.h>
#include <unistd.h>
#include <utility>

namespace ringmaster::net::console {

struct line_editor::parts {
  std::string prompt, history_file;
  completer complete;
  EditLine* editor = nullptr;
  History* history = nullptr;
};

namespace {

struct for_callbacks {
  const std::string* prompt;
  const line_editor::completer* complete;
  bool gave_up = false; ///< Ctrl-C ended the line
};
/// libedit's callbacks are given the editor only; there is one terminal and one editor.
for_callbacks of_editor{};

char* tell_prompt(EditLine*) {
  static std::string text;
  text = *of_editor.prompt;
  return text.data();
}

std::string common_beginning(const std::vector<suggestion>& all) {
  auto common = all.front().word;
  for (const auto& one : all) {
    const auto ends = std::mismatch(common.begin(), common.end(), one.word.begin(), one.word.end());
    common.erase(ends.first, common.end());
  }
  return common;
}

void show_all(const std::vector<suggestion>& all) {
  std::string shown = "\n";
  for (const auto& one : all)
    shown += one.about.empty() ? one.word + "  " : one.word + " " + one.about + "\n";
  if (shown.back() != '\n') shown += '\n';
  std::printf("%s", shown.c_str());
}

unsigned char complete_word(EditLine* editor, int) {
  const auto* line = el_line(editor);
  const std::string before(line->buffer, line->cursor);
  const auto begin = before.find_last_of(' ');
  const auto part = begin == std::string::npos ? before : before.substr(begin + 1);
  const auto all = (*of_editor.complete)(before);
  if (all.empty()) return CC_REFRESH_BEEP;
  auto more = common_beginning(all);
  const bool goes_on = more.compare(0, part.size(), part) == 0;
  if (all.size() == 1) {
    more += ' ';
  } else if (!goes_on || more.size() == part.size()) {
    show_all(all);
    return CC_REDISPLAY;
  }
  // An id in the place of a name's beginning.
  if (!goes_on) el_deletestr(editor, static_cast<int>(part.size()));
  return el_insertstr(editor, more.c_str() + (goes_on ? part.size() : 0)) == 0 ? CC_REFRESH
                                                                               : CC_ERROR;
}

unsigned char give_up_line(EditLine*, int) {
  of_editor.gave_up = true;
  return CC_EOF;
}

} // namespace

line_editor::line_editor(std::string prompt, std::string history_file, completer complete)
    : parts_(std::make_unique<parts>()) {
  auto& p = *parts_;
  p.prompt = std::move(prompt);
  p.history_file = std::move(history_file);
  p.complete = std::move(complete);
  of_editor = {&p.prompt, &p.complete};
  HistEvent event;
  p.history = history_init();
  history(p.history, &event, H_SETSIZE, 1'000);
  history(p.history, &event, H_SETUNIQUE, 1);
  if (!p.history_file.empty()) history(p.history, &event, H_LOAD, p.history_file.c_str());
  p.editor = el_init("ringmaster", stdin, stdout, stderr);
  el_set(p.editor, EL_PROMPT, &tell_prompt);
  el_set(p.editor, EL_EDITOR, "emacs");
  el_set(p.editor, EL_SIGNAL, 0);
  el_set(p.editor, EL_HIST, history, p.history);
  el_set(p.editor, EL_ADDFN, "rm-complete", "completes a word", &complete_word);
  el_set(p.editor, EL_BIND, "^I", "rm-complete", nullptr);
  // A key like any other: as a signal it would be lost between the prompt and the reading.
  el_set(p.editor, EL_SETTY, "-d", "intr=", nullptr);
  el_set(p.editor, EL_ADDFN, "rm-give-up", "gives this line up", &give_up_line);
  el_set(p.editor, EL_BIND, "^C", "rm-give-up", nullptr);
  el_set(p.editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
}

line_editor::~line_editor() {
  auto& p = *parts_;
  HistEvent event;
  if (!p.history_file.empty()) {
    // Numbers and names may stand in it: for this user only.
    const int file = ::open(p.history_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0) {
      ::close(file);
      history(p.history, &event, H_SAVE, p.history_file.c_str());
    }
  }
  el_end(p.editor);
  history_end(p.history);
}

std::optional<std::string> line_editor::next() {
  // libedit would show the prompt first: a Ctrl-D typed at once would be the terminal's, and eaten.
  el_set(parts_->editor, EL_PREP_TERM, 1);
  int length = 0;
  errno = 0; // libedit leaves it alone at Ctrl-D
  const char* line = el_gets(parts_->editor, &length);
  if (line == nullptr || length <= 0) {
    const bool gave_up = std::exchange(of_editor.gave_up, false);
    if (gave_up || (line == nullptr && errno == EINTR)) {
      el_reset(parts_->editor);
      std::printf("\n");
      return std::string();
    }
    return std::nullopt;
  }
  std::string text(line, static_cast<std::size_t>(length));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  HistEvent event;
  if (!text.empty()) history(parts_->history, &event, H_ENTER, text.c_str());
  return text;
}

} // namespace ringmaster::net::console
