// A strict reader for the small XML documents of the tests: elements, attributes, text and the five
// entities. Anything that is not well-formed, and any character that XML 1.0 forbids, is a failure.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ringmaster::tests {

struct xml_element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text; ///< directly inside, decoded
  std::vector<xml_element> children;
};

/// The root element; nullptr when the document is not well-formed.
std::unique_ptr<xml_element> read_xml(const std::string& document);

} // namespace ringmaster::tests
