#include "actors/log_lines.hpp"

namespace ringmaster {

std::string masked(const phone_number& phone) {
  auto text = phone.value;
  constexpr std::size_t head = 6, tail = 2;
  if (text.size() <= head + tail) return std::string(text.size(), '*');
  for (std::size_t i = head; i + tail < text.size(); ++i)
    text[i] = '*';
  return text;
}

std::string fields(business_id business, run_id run, job_id job, const call_sid& sid,
                   const std::string& request) {
  std::string text;
  if (business) text += " business=" + std::to_string(business.value);
  if (run) text += " run=" + std::to_string(run.value);
  if (job) text += " job=" + std::to_string(job.value);
  if (sid) text += " call_sid=" + sid.value;
  if (!request.empty()) text += " request=" + request;
  return text;
}

} // namespace ringmaster
