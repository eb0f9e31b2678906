// What completion offers in the place of a line's last word.
#pragma once

#include <string>

namespace ringmaster::net::console {

struct suggestion {
  std::string word;
  std::string about; ///< shown beside it where there are several: an id's name
};

} // namespace ringmaster::net::console
