// The calls of a business that ended last, so that late news of them needs no question to the
// database. Of the names only their hashes are kept, which take a tenth of the memory; two pairs of
// names have the same ones once in 2^128. Pure.
#pragma once

#include "actors/ids.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ringmaster {

class ended_calls {
public:
  static constexpr std::size_t most = 32;

  /// `request`: the API's, that the call came of. Past `most` the oldest is forgotten.
  void add(const dial_token& token, const call_sid& sid, const std::string& request);
  /// The request of such a call; nullptr: none of that token and name is remembered.
  const std::string* find(const dial_token& token, const call_sid& sid) const;

private:
  using names = std::array<std::uint64_t, 2>;
  struct call {
    names of;
    std::shared_ptr<const std::string> request; ///< of many calls the same
  };
  static names names_of(const dial_token& token, const call_sid& sid);

  std::vector<call> calls_;
  std::size_t oldest_ = 0; ///< when it is full
};

} // namespace ringmaster
