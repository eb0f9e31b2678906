// What a supervisor tells the event feed. Nothing is made while nobody listens.
#include "actors/business_supervisor.hpp"

namespace ringmaster {

namespace {

event about_call(business_id business, const slot_entry& entry, time_point now) {
  event e;
  e.what = happening::job;
  e.business = business;
  e.run = entry.run;
  e.at = now;
  e.job_now = entry.state == slot_state::calling ? job_status::calling : job_status::dialing;
  e.call = view_of(entry);
  return e;
}

} // namespace

void supervisor_state::tell(const slot_entry& entry, const std::string& state) {
  if (!house->somebody_listens()) return;
  auto e = about_call(business, entry, house->now());
  e.state = state;
  self->send(house->feed, std::move(e));
}

/// The call has left its slot, and its job is now that.
void supervisor_state::tell_left(const slot_entry& entry, job_status job_now,
                                 const std::string& detail) {
  if (!house->somebody_listens()) return;
  auto e = about_call(business, entry, house->now());
  e.state = std::string{to_string(job_now)};
  e.detail = detail;
  e.job_now = job_now;
  e.call.state = slot_state::free;
  self->send(house->feed, std::move(e));
}

void supervisor_state::tell_slots_changed() {
  if (!house->somebody_listens()) return;
  event e;
  e.what = happening::slot;
  e.business = business;
  e.state = "changed";
  e.at = house->now();
  self->send(house->feed, std::move(e));
}

} // namespace ringmaster
