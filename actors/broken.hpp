// What an actor's end says when a handler of it threw: CAF alone would lose the exception's words.
#pragma once

#include <caf/all.hpp>

#include <exception>

namespace ringmaster {

/// For set_exception_handler.
inline caf::error broken(std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return caf::make_error(caf::sec::runtime_error, e.what());
  }
}

} // namespace ringmaster
