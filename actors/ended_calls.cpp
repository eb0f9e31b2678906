#include "actors/ended_calls.hpp"

#include <algorithm>

namespace ringmaster {

ended_calls::names ended_calls::names_of(const dial_token& token, const call_sid& sid) {
  return {std::hash<dial_token>{}(token), std::hash<call_sid>{}(sid)};
}

void ended_calls::add(const dial_token& token, const call_sid& sid, request_text request, keep how,
                      time_point now) {
  // A clock that was set back makes calls of the future: those are old as well.
  const auto old = [&](const call& one) {
    return one.at != never && (now - one.at > longest || one.at > now);
  };
  calls_.erase(std::remove_if(calls_.begin(), calls_.end(), old), calls_.end());
  if (calls_.size() == most) calls_.erase(calls_.begin());
  calls_.push_back({names_of(token, sid), std::move(request), how == keep::on ? never : now});
}

const std::string* ended_calls::find(const dial_token& token, const call_sid& sid) const {
  static const std::string none;
  const auto wanted = names_of(token, sid);
  const auto found =
      std::find_if(calls_.begin(), calls_.end(), [&](const call& one) { return one.of == wanted; });
  if (found == calls_.end()) return nullptr;
  return found->request ? found->request.get() : &none;
}

} // namespace ringmaster
