#include "tests/support/modelled_line.hpp"

#include <algorithm>

namespace ringmaster::test {

namespace {

create_reply placed(const call_sid& sid) {
  create_reply reply;
  reply.result = line_result::answered;
  reply.http_status = 201;
  reply.sid = sid;
  return reply;
}

create_reply without_answer(line_result result, const char* why) {
  create_reply reply;
  reply.result = result;
  reply.message = why;
  return reply;
}

} // namespace

void modelled_line::make(call& one) {
  auto business = one.request.attempt.business;
  one.exists = one.live = true;
  one.created_at = now();
  highest_[business] = std::max(highest_[business], ++live_[business]);
}

void modelled_line::create(const place_call& request, std::function<void(create_reply)> reply) {
  if (auto refusal = refuse(request)) return reply(*refusal);
  calls_.push_back(std::make_unique<call>());
  auto& one = *calls_.back();
  one.request = request;
  one.sid = call_sid{"CA" + request.attempt.token.text()};
  switch (decide(request)) {
  case fate::placed:
    make(one);
    return reply(placed(one.sid));
  case fate::held:
    make(one);
    one.reply = std::move(reply);
    return;
  case fate::unsent:
    one.reply = std::move(reply);
    return;
  case fate::lost:
    make(one);
    return reply(without_answer(line_result::unknown, "no answer in time"));
  case fate::lost_uncreated:
    return reply(without_answer(line_result::unknown, "no answer in time"));
  }
}

void modelled_line::withdraw(const std::vector<dial_token>& tokens, std::function<void()> done) {
  for (auto& one : calls_) {
    bool named =
        std::find(tokens.begin(), tokens.end(), one->request.attempt.token) != tokens.end();
    if (!named || one->exists || !one->reply) continue;
    auto reply = std::exchange(one->reply, nullptr);
    reply(without_answer(line_result::not_sent, "withdrawn"));
  }
  done();
}

void modelled_line::hang_up(const call_sid& sid, std::function<void(command_reply)> reply) {
  ++hang_ups;
  for (auto& one : calls_) {
    if (one->sid != sid) continue;
    one->hung_up = true;
    if (hang_up_works) end(*one);
  }
  command_reply well;
  well.result = line_result::answered;
  well.http_status = 200;
  reply(well);
}

void modelled_line::fetch(const call_sid& sid, std::function<void(fetch_reply)> reply) {
  ++fetches;
  fetched.insert(sid.value);
  fetch_reply found;
  if (asking_fails) return reply(found);
  found.result = line_result::answered;
  found.http_status = 404;
  for (auto& one : calls_) {
    if (one->sid != sid || !one->exists || !visible(*one)) continue;
    found.http_status = 200;
    found.call = told(*one);
  }
  reply(found);
}

void modelled_line::list(const phone_number& from, const phone_number& to,
                         std::function<void(list_reply)> reply) {
  ++lists;
  list_reply all;
  if (asking_fails) return reply(all);
  all.result = line_result::answered;
  all.http_status = 200;
  for (auto& one : calls_) {
    if (!one->exists || one->request.from != from || one->request.to != to) continue;
    if (visible(*one)) all.calls.push_back(told(*one));
  }
  reply(all);
}

/// A page's name is the place of its first call.
void modelled_line::list_page(carrier_status status, const std::string& page,
                              std::function<void(page_reply)> reply) {
  ++pages;
  page_reply some;
  if (asking_fails) return reply(some);
  some.result = line_result::answered;
  some.http_status = listing_refused ? 400 : 200;
  if (listing_refused) return reply(some);
  for (auto at = page.empty() ? 0 : std::stoul(page); at < calls_.size(); ++at) {
    const auto& one = *calls_[at];
    if (!one.exists || !visible(one) || !listed(one) || told(one).status != status) continue;
    if (some.calls.size() == page_size) {
      some.next = std::to_string(at);
      break;
    }
    some.calls.push_back(told(one));
  }
  reply(some);
}

carrier_call modelled_line::told(const call& one) const {
  carrier_call told;
  told.sid = one.sid;
  told.from = one.request.from;
  told.to = one.request.to;
  told.direction = "outbound-api";
  told.created_at = one.created_at;
  told.status =
      one.status.value_or(one.live ? carrier_status::in_progress : carrier_status::completed);
  if (!one.live) told.ended_at = one.ended_at;
  return told;
}

void modelled_line::appear(call& one) {
  make(one);
}

void modelled_line::answer(call& one) {
  if (!one.exists) make(one);
  auto reply = std::exchange(one.reply, nullptr);
  reply(placed(one.sid));
}

void modelled_line::adopt(std::unique_ptr<call> one) {
  auto business = one->request.attempt.business;
  if (one->live) highest_[business] = std::max(highest_[business], ++live_[business]);
  calls_.push_back(std::move(one));
}

void modelled_line::end(call& one) {
  if (!std::exchange(one.live, false)) return;
  one.ended_at = now();
  --live_[one.request.attempt.business];
}

std::vector<modelled_line::call*> modelled_line::live_calls(business_id business) {
  std::vector<call*> found;
  for (auto& one : calls_)
    if (one->live && one->request.attempt.business == business) found.push_back(one.get());
  return found;
}

int modelled_line::live(business_id business) {
  return live_[business];
}

int modelled_line::highest(business_id business) const {
  auto found = highest_.find(business);
  return found == highest_.end() ? 0 : found->second;
}

std::map<std::string, int> modelled_line::created_by_number(business_id business) const {
  std::map<std::string, int> counts;
  for (const auto& one : calls_)
    if (one->exists && one->request.attempt.business == business) ++counts[one->request.to.value];
  return counts;
}

} // namespace ringmaster::test
