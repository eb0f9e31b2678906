#include "net/console/shell.hpp"

#include "net/console/client.hpp"
#include "net/console/commands.hpp"
#include "net/console/known_ids.hpp"
#include "net/console/line_editor.hpp"
#include "net/console/table.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ringmaster::net::console {

namespace {

/// What a signal handler needs: whether Ctrl-C was pressed, and where tail waits.
volatile std::sig_atomic_t interrupted = 0;
volatile std::sig_atomic_t waits_at = -1;

void on_interrupt(int) {
  interrupted = 1;
  if (waits_at >= 0) ::shutdown(waits_at, SHUT_RDWR);
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt; // without SA_RESTART: a read ends
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

terminal terminal_now(bool plain) {
  terminal now;
  const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  winsize size{};
  if (!is_terminal)
    now.width = 100'000; // a script cuts for itself
  else if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    now.width = size.ws_col;
  const char* kind = std::getenv("TERM");
  now.colours = is_terminal && !plain && std::getenv("NO_COLOR") == nullptr && kind != nullptr &&
                std::string(kind) != "dumb";
  return now;
}

/// Waits a second, or until Ctrl-C.
bool a_second_passes() {
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  sigprocmask(SIG_BLOCK, &interrupt, nullptr);
  const timespec second{1, 0};
  if (interrupted == 0 && sigtimedwait(&interrupt, nullptr, &second) > 0) interrupted = 1;
  sigprocmask(SIG_UNBLOCK, &interrupt, nullptr);
  return interrupted == 0;
}

/// The prompt does not follow the "^C" that the terminal has shown.
bool was_interrupted() {
  if (interrupted == 0) return false;
  interrupted = 0;
  if (isatty(STDOUT_FILENO) == 1) std::printf("\n");
  return true;
}

class shell {
public:
  explicit shell(const shell_options& options) : options_(options) {}

  int run_one();
  int run_many();

private:
  int obey(const std::string& line);
  int obey_words(const std::vector<std::string>& words);
  int ask(const parsed_command& what, const std::vector<std::string>& words);
  int tell(const parsed_command& what, const json& answer);
  int watch(std::vector<std::string> words);
  bool agreed(const parsed_command& what, const json& answer);
  int failed(const failure& why) const;
  std::vector<suggestion> completions(const std::string& before_cursor);
  void look_up(word_kind wanted, const std::vector<std::string>& before, const std::string& part);

  const shell_options& options_;
  client server_;
  known_ids ids_;
  bool over_ = false;
};

int shell::failed(const failure& why) const {
  const json error{{"code", why.code}, {"message", why.message}, {"field", why.field}};
  if (options_.as_json)
    std::printf("%s\n", json{{"ok", false}, {"error", error}}.dump().c_str());
  else
    std::fprintf(stderr, "%s", show_error(error, {}).c_str());
  return why.code == "wrong_usage" ? 2 : 1;
}

int shell::obey(const std::string& line) {
  auto words = split_words(line);
  if (!words) return failed(words.error());
  return words->empty() ? 0 : obey_words(*words);
}

int shell::obey_words(const std::vector<std::string>& words) {
  const auto what = parse(words);
  if (!what) return failed(what.error());
  const auto& name = what->what->name;
  if (name == "quit") {
    over_ = true;
    return 0;
  }
  if (name == "help") {
    std::string topic;
    for (const auto& word : what->values)
      topic += (topic.empty() ? "" : " ") + word;
    std::printf("%s", help_on(topic).c_str());
    return 0;
  }
  if (name == "watch") return watch(what->values);
  return ask(*what, words);
}

int shell::watch(std::vector<std::string> words) {
  const auto what = parse(words);
  if (!what) return failed(what.error());
  if (what->what->is != weight::looks || what->what->name == "tail")
    return failed({failure_kind::invalid, "wrong_usage",
                   "only a command that looks can be watched, and tail watches by itself", ""});
  interrupted = 0;
  int code = 0;
  do {
    if (terminal_now(false).colours) std::printf("\x1b[H\x1b[2J");
    code = ask(*what, words);
    std::fflush(stdout);
  } while (code == 0 && a_second_passes());
  was_interrupted();
  return code;
}

int shell::ask(const parsed_command& what, const std::vector<std::string>& words) {
  if (!server_.connected())
    if (auto open = server_.connect(options_.socket); !open) return failed(open.error());
  const auto heard = [this](const json& event) {
    const auto text =
        options_.as_json ? event.dump() + "\n" : show_event(event, terminal_now(false));
    std::printf("%s", text.c_str());
    std::fflush(stdout);
    return interrupted == 0;
  };
  const bool tails = what.what->name == "tail";
  interrupted = 0;
  waits_at = tails ? server_.descriptor() : -1;
  auto answer = server_.ask(words, {}, heard);
  waits_at = -1;
  if (tails && was_interrupted()) return 0;
  if (answer && answer->contains("confirm")) {
    // A script is told what to send; a person is asked.
    if (options_.as_json && !options_.yes) return tell(what, *answer);
    if (!agreed(what, *answer)) return 1;
    answer = server_.ask(words, (*answer)["confirm"].get<std::string>());
  }
  if (!answer) return failed(answer.error());
  return tell(what, *answer);
}

/// Asked twice: whether, and of what.
bool shell::agreed(const parsed_command& what, const json& answer) {
  if (options_.yes) return true;
  const auto warning = answer["error"].value("message", std::string());
  if (isatty(STDIN_FILENO) != 1) {
    std::fprintf(stderr, "error: %s Nothing was done: --yes confirms it.\n", warning.c_str());
    return false;
  }
  const auto word = what.values.size() > 1 ? what.values[1] : what.what->name;
  const auto said = [](const std::string& question) {
    std::printf("%s", question.c_str());
    std::fflush(stdout);
    char line[256];
    if (std::fgets(line, sizeof line, stdin) == nullptr) return std::string();
    std::string text(line);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
      text.pop_back();
    return text;
  };
  if (said(warning + "\nGo on? (yes/no) ") != "yes" ||
      said("To be sure, type " + word + " once more: ") != word) {
    std::printf("Nothing was done.\n");
    return false;
  }
  return true;
}

int shell::tell(const parsed_command& what, const json& answer) {
  const bool well = answer.value("ok", false);
  if (options_.as_json) {
    std::printf("%s\n", answer.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
  } else if (!well) {
    const auto error = answer.value("error", json::object());
    std::fprintf(stderr, "%s", show_error(error, terminal_now(!isatty(STDERR_FILENO))).c_str());
  }
  if (!well)
    return answer.value("error", json::object()).value("code", "") == "wrong_usage" ? 2 : 1;
  const auto& result = answer["result"];
  ids_.learn(what, result);
  if (!options_.as_json)
    std::printf("%s", show(what.what->name, result, terminal_now(false)).c_str());
  return 0;
}

std::vector<suggestion> shell::completions(const std::string& before_cursor) {
  auto words = split_words(before_cursor);
  if (!words) return {};
  std::string part;
  if (!before_cursor.empty() && before_cursor.back() != ' ' && !words->empty()) {
    part = words->back();
    words->pop_back();
  }
  std::vector<suggestion> all;
  const auto found = complete(*words, part);
  for (const auto& word : found.words)
    all.push_back({word, {}});
  if (!found.wants_value) return all;
  look_up(found.wanted, *words, part);
  const bool of_one = found.wanted == word_kind::run || found.wanted == word_kind::job;
  constexpr std::size_t name_width = 60;
  for (const auto& id : ids_.of(found.wanted, part, of_one ? words->back() : std::string()))
    all.push_back({id.word, cut_to(harmless(id.about), name_width)});
  return all;
}

/// Ids that no answer has shown yet are asked for. Whatever goes wrong, nobody has asked.
void shell::look_up(word_kind wanted, const std::vector<std::string>& before,
                    const std::string& part) {
  std::vector<std::string> words;
  if (wanted == word_kind::business)
    words = {"business", "find", part};
  else if (wanted == word_kind::run)
    words = {"runs", "list", before.back()};
  else if (wanted == word_kind::job)
    words = {"business", "slots", before.back()};
  if (words.empty() || !server_.connected()) return;
  const auto what = parse(words);
  if (!what) return;
  const auto answer = server_.ask(words);
  if (answer && answer->value("ok", false)) ids_.learn(*what, (*answer)["result"]);
}

int shell::run_one() {
  catch_interrupts();
  return obey(options_.command);
}

int shell::run_many() {
  catch_interrupts();
  if (isatty(STDIN_FILENO) != 1) {
    // Commands from a file: each by itself, the first failure is the exit code.
    int code = 0;
    char line[8 * 1024];
    while (!over_ && std::fgets(line, sizeof line, stdin) != nullptr) {
      std::string text(line);
      while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
      const auto one = obey(text);
      if (code == 0) code = one;
    }
    return code;
  }
  if (auto open = server_.connect(options_.socket); !open) return failed(open.error());
  std::printf("Ringmaster %s. 'help' lists the commands, Tab completes, Ctrl-D ends.\n",
              options_.version.c_str());
  const char* home = std::getenv("HOME");
  line_editor editor("ringmaster> ",
                     home == nullptr ? std::string() : std::string(home) + "/.ringmaster_history",
                     [this](const std::string& before) { return completions(before); });
  while (!over_) {
    interrupted = 0;
    const auto line = editor.next();
    if (!line) break;
    obey(*line);
  }
  return 0;
}

} // namespace

int run_shell(const shell_options& options) {
  shell one(options);
  return options.has_command ? one.run_one() : one.run_many();
}

} // namespace ringmaster::net::console
