#include "net/simulated_carrier/twiml.hpp"

#include <array>
#include <charconv>

namespace ringmaster::net::sim {

namespace {

constexpr std::size_t most_depth = 32;
constexpr std::array<std::string_view, 11> verb_names{"Say",      "Play",   "Pause",   "Gather",
                                                      "Record",   "Dial",   "Connect", "Start",
                                                      "Redirect", "Hangup", "Reject"};

verb verb_of(std::string_view name) {
  for (std::size_t i = 0; i < verb_names.size(); ++i)
    if (verb_names[i] == name) return static_cast<verb>(i);
  return verb::unknown;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == ':' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

/// False when the entity is unknown.
bool append_entity(std::string& out, std::string_view name) {
  if (name == "amp")
    out += '&';
  else if (name == "lt")
    out += '<';
  else if (name == "gt")
    out += '>';
  else if (name == "quot")
    out += '"';
  else if (name == "apos")
    out += '\'';
  else if (name.size() > 1 && name[0] == '#') {
    bool hex = name[1] == 'x';
    auto digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    if (error != std::errc{} || end != digits.data() + digits.size()) return false;
    if (code == 0 || code > 0x10ffff) return false;
    append_utf8(out, code);
  } else {
    return false;
  }
  return true;
}

bool append_decoded(std::string& out, std::string_view raw) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '&') {
      out += raw[i];
      continue;
    }
    auto end = raw.find(';', i);
    if (end == std::string_view::npos || !append_entity(out, raw.substr(i + 1, end - i - 1)))
      return false;
    i = end;
  }
  return true;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return std::string(text);
}

/// Goes through a document once; each method answers false when it is not well-formed.
class reader {
public:
  explicit reader(std::string_view document) : rest_(document) {}

  bool read() {
    if (rest_.substr(0, 3) == "\xef\xbb\xbf") rest_.remove_prefix(3);
    while (!rest_.empty())
      if (!(rest_[0] == '<' ? markup() : text())) return false;
    return seen_root_ && open_.empty();
  }
  std::vector<twiml_verb> take() { return std::move(verbs_); }

private:
  bool text() {
    auto end = std::min(rest_.find('<'), rest_.size());
    std::string decoded;
    if (!append_decoded(decoded, rest_.substr(0, end))) return false;
    rest_.remove_prefix(end);
    return add_text(decoded);
  }

  bool add_text(const std::string& decoded) {
    if (open_.size() >= 2)
      verbs_.back().text += decoded;
    else if (!trimmed(decoded).empty() && open_.empty())
      return false;
    return true;
  }

  bool markup() {
    if (rest_.substr(0, 4) == "<!--") return skip_past("-->");
    if (rest_.substr(0, 2) == "<?") return open_.empty() && !seen_root_ && skip_past("?>");
    if (rest_.substr(0, 9) == "<![CDATA[") {
      auto end = rest_.find("]]>");
      if (end == std::string_view::npos) return false;
      std::string raw(rest_.substr(9, end - 9));
      rest_.remove_prefix(end + 3);
      return !open_.empty() && add_text(raw);
    }
    if (rest_.substr(0, 2) == "<!") return false; // a document type, with entities of its own
    return rest_.substr(0, 2) == "</" ? close_tag() : open_tag();
  }

  bool skip_past(std::string_view mark) {
    auto end = rest_.find(mark);
    if (end == std::string_view::npos) return false;
    rest_.remove_prefix(end + mark.size());
    return true;
  }

  void skip_space() {
    while (!rest_.empty() && is_space(rest_[0]))
      rest_.remove_prefix(1);
  }

  std::string_view name() {
    std::size_t n = 0;
    while (n < rest_.size() && is_name(rest_[n]))
      ++n;
    auto found = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return found;
  }

  bool close_tag() {
    rest_.remove_prefix(2);
    auto which = name();
    skip_space();
    if (open_.empty() || open_.back() != which || rest_.empty() || rest_[0] != '>') return false;
    rest_.remove_prefix(1);
    finish_element();
    return true;
  }

  bool open_tag() {
    rest_.remove_prefix(1);
    auto which = name();
    if (which.empty() || open_.size() >= most_depth) return false;
    if (open_.empty() && (seen_root_ || which != "Response")) return false;
    seen_root_ = true;
    open_.push_back(which);
    if (open_.size() == 2) verbs_.push_back({verb_of(which), std::string(which), {}, false});
    return attributes();
  }

  bool attributes() {
    for (;;) {
      bool spaced = !rest_.empty() && is_space(rest_[0]);
      skip_space();
      if (rest_.empty()) return false;
      if (rest_[0] == '>') {
        rest_.remove_prefix(1);
        return true;
      }
      if (rest_.substr(0, 2) == "/>") {
        rest_.remove_prefix(2);
        finish_element();
        return true;
      }
      if (!spaced || !attribute()) return false;
    }
  }

  bool attribute() {
    auto which = name();
    skip_space();
    if (which.empty() || rest_.empty() || rest_[0] != '=') return false;
    rest_.remove_prefix(1);
    skip_space();
    if (rest_.empty() || (rest_[0] != '"' && rest_[0] != '\'')) return false;
    auto end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) return false;
    std::string value;
    auto raw = rest_.substr(1, end - 1);
    if (raw.find('<') != std::string_view::npos || !append_decoded(value, raw)) return false;
    rest_.remove_prefix(end + 1);
    if (open_.size() == 2 && which == "method") verbs_.back().get = value == "GET";
    return true;
  }

  void finish_element() {
    if (open_.size() == 2) verbs_.back().text = trimmed(verbs_.back().text);
    open_.pop_back();
  }

  std::string_view rest_;
  bool seen_root_ = false;
  std::vector<std::string_view> open_; ///< names of the open elements, the root first
  std::vector<twiml_verb> verbs_;
};

} // namespace

std::optional<std::vector<twiml_verb>> parse_twiml(std::string_view document) {
  reader r(document);
  if (!r.read()) return std::nullopt;
  return r.take();
}

script_course course_of(const std::vector<twiml_verb>& verbs) {
  script_course course;
  for (const auto& v : verbs) {
    if (v.what == verb::hangup || v.what == verb::reject) return course;
    if (v.what == verb::redirect) {
      course.redirects = true;
      course.redirect = v.text;
      course.redirect_get = v.get;
      return course;
    }
    course.speaks |= v.what != verb::unknown && v.what != verb::start;
  }
  return course;
}

} // namespace ringmaster::net::sim
