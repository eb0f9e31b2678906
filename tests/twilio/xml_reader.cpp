#include "tests/twilio/xml_reader.hpp"

#include <boost/locale/encoding_utf.hpp>

#include <optional>

namespace ringmaster::tests {
namespace {

/// Takes the document apart from its front; the first step that fails ends the reading.
class reader {
public:
  explicit reader(const std::string& document) : rest_(document) {}

  std::optional<xml_element> document() {
    const std::string declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    if (!take(declaration)) return std::nullopt;
    auto root = element();
    if (!root || rest_ != "\n") return std::nullopt;
    return root;
  }

private:
  bool take(const std::string& literal) {
    if (rest_.compare(0, literal.size(), literal) != 0) return false;
    rest_.erase(0, literal.size());
    return true;
  }

  std::string name() {
    std::size_t size = 0;
    while (size < rest_.size() && std::isalpha(static_cast<unsigned char>(rest_[size])))
      ++size;
    auto found = rest_.substr(0, size);
    rest_.erase(0, size);
    return found;
  }

  /// Character data up to `end`, which is not taken.
  std::optional<std::string> text(char end) {
    std::string found;
    while (!rest_.empty() && rest_[0] != end) {
      if (rest_[0] == '<') return std::nullopt;
      if (rest_[0] == '&') {
        const auto decoded = entity();
        if (!decoded) return std::nullopt;
        found += *decoded;
        continue;
      }
      found += rest_[0];
      rest_.erase(0, 1);
    }
    if (rest_.empty()) return std::nullopt;
    return found;
  }

  std::optional<char> entity() {
    if (take("&amp;")) return '&';
    if (take("&lt;")) return '<';
    if (take("&gt;")) return '>';
    if (take("&quot;")) return '"';
    if (take("&#39;")) return '\'';
    return std::nullopt;
  }

  bool attributes(xml_element& of) {
    while (take(" ")) {
      const auto key = name();
      if (key.empty() || !take("=\"")) return false;
      const auto value = text('"');
      if (!value || !take("\"") || !of.attributes.emplace(key, *value).second) return false;
    }
    return true;
  }

  std::optional<xml_element> element() {
    xml_element found;
    if (!take("<") || (found.name = name()).empty() || !attributes(found)) return std::nullopt;
    if (take("/>")) return found;
    if (!take(">")) return std::nullopt;
    for (;;) {
      const auto inside = text('<');
      if (!inside) return std::nullopt;
      found.text += *inside;
      if (take("</" + found.name + ">")) return found;
      auto child = element();
      if (!child) return std::nullopt;
      found.children.push_back(std::move(*child));
    }
  }

  std::string rest_;
};

bool is_allowed(char32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

bool has_only_xml_characters(const std::string& text) {
  using decoder = boost::locale::utf::utf_traits<char>;
  for (auto at = text.begin(); at != text.end();) {
    const auto code = decoder::decode(at, text.end());
    if (code == boost::locale::utf::illegal || code == boost::locale::utf::incomplete ||
        !is_allowed(code))
      return false;
  }
  return true;
}

} // namespace

std::unique_ptr<xml_element> read_xml(const std::string& document) {
  if (!has_only_xml_characters(document)) return nullptr;
  auto root = reader(document).document();
  return root ? std::make_unique<xml_element>(std::move(*root)) : nullptr;
}

} // namespace ringmaster::tests
