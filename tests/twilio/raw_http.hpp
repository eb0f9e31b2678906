// One HTTP request over a plain socket to this machine, written byte by byte as the test says.
#pragma once

#include "net/http/message.hpp"

#include <cstdint>
#include <string>

namespace ringmaster::tests {

struct raw_answer {
  int status = 0; ///< 0: no answer
  std::string head;
  std::string body;
};

/// Sends a request on a connection of its own and reads until the server closes it.
raw_answer send_raw(std::uint16_t port, const std::string& method, const std::string& target,
                    const net::header_list& headers, const std::string& body);

} // namespace ringmaster::tests
