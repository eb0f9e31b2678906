// The dashboard's files, which travel inside the program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringmaster::net {

struct page_file {
  std::string name; ///< "index.html"
  std::string type;
  std::string tag;                ///< ETag: stands for the content
  std::string_view plain, packed; ///< as it is, and by gzip
};

/// Made from net/dashboard/page at build time.
const std::vector<page_file>& page_files();

} // namespace ringmaster::net
