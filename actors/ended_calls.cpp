#include "actors/ended_calls.hpp"

#include <algorithm>

namespace ringmaster {

ended_calls::names ended_calls::names_of(const dial_token& token, const call_sid& sid) {
  return {std::hash<dial_token>{}(token), std::hash<call_sid>{}(sid)};
}

void ended_calls::add(const dial_token& token, const call_sid& sid, const std::string& request) {
  const auto newest = calls_.size() < most ? calls_.size() : oldest_;
  const auto before = calls_.empty() ? nullptr : calls_[(newest + most - 1) % most].request;
  call ended{names_of(token, sid),
             before && *before == request ? before : std::make_shared<const std::string>(request)};
  if (newest == calls_.size()) {
    calls_.push_back(std::move(ended));
    return;
  }
  calls_[newest] = std::move(ended);
  oldest_ = (oldest_ + 1) % most;
}

const std::string* ended_calls::find(const dial_token& token, const call_sid& sid) const {
  const auto wanted = names_of(token, sid);
  const auto found =
      std::find_if(calls_.begin(), calls_.end(), [&](const call& one) { return one.of == wanted; });
  return found == calls_.end() ? nullptr : found->request.get();
}

} // namespace ringmaster
