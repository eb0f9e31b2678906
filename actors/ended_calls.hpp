// The calls of a business that ended last, so that late news of them needs no question to the
// database. Of the names only their hashes are kept, which take a tenth of the memory; two pairs of
// names have the same ones once in 2^128. Pure.
#pragma once

#include "actors/clock.hpp"
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
  /// Later news is rare, and the database knows as well. Calls of a minute leave one or two to
  /// remember so.
  static constexpr seconds longest{10};

  using request_text = std::shared_ptr<const std::string>;
  enum class keep {
    a_while, ///< what is older than `longest` is forgotten as soon as another call has ended
    on       ///< nobody else knows that this call has ended: its job waits for another attempt
  };
  /// `request`: the API's, that the call came of; none: of none. Past `most` the oldest is
  /// forgotten.
  void add(const dial_token& token, const call_sid& sid, request_text request, keep how,
           time_point now);
  /// The request of such a call; nullptr: none of that token and name is remembered.
  const std::string* find(const dial_token& token, const call_sid& sid) const;
  bool empty() const { return calls_.empty(); }

private:
  using names = std::array<std::uint64_t, 2>;
  struct call {
    names of;
    request_text request; ///< of many calls the same
    time_point at;        ///< kept on: never
  };
  static constexpr time_point never = time_point::max();
  static names names_of(const dial_token& token, const call_sid& sid);

  std::vector<call> calls_; ///< in the order of their ends
};

} // namespace ringmaster
