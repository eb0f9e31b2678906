#include "db/direct_statements.hpp"

#include "db/fields.hpp"

#include <map>

namespace ringmaster::db {

namespace {

// leads_pkey, and both indexes of live calls, live_number and live_slot; no EXISTS, as in
// claim_statements.cpp. OFFSET 0: without statistics the planner would read all leads of a
// business.
const std::string look_at_leads_sql = std::string(R"(
SELECT l.business_id, l.id, l.phone_e164, l.status, l.first_name, l.last_name, l.external_id,
       l.notes, b.suspended,
       (SELECT true FROM outbound_call_jobs x
        WHERE x.business_id = l.business_id AND x.phone_e164 = l.phone_e164
          AND x.slot IS NOT NULL LIMIT 1) IS NOT NULL,)") +
                                      call_room::columns + R"(
FROM unnest($1::bigint[], $2::bigint[]) AS w (business_id, lead_id)
CROSS JOIN LATERAL (SELECT * FROM leads x
                    WHERE x.business_id = w.business_id AND x.id = w.lead_id OFFSET 0) l
JOIN businesses b ON b.id = l.business_id
WHERE l.deleted_at IS NULL)";

const char* const open_sql = R"(
INSERT INTO outbound_call_jobs (business_id, lead_id, phone_e164, slot, dial_lock_token, status,
                                attempts, created_at, dial_started_at, request_id)
SELECT w.business_id, w.lead_id, w.phone, w.slot, w.token, 'dialing', 1, w.at, w.at, w.request
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::integer[], $5::uuid[], $6::timestamptz[],
            $7::text[]) AS w (business_id, lead_id, phone, slot, token, at, request)
RETURNING id, dial_lock_token)";

using lead_key = std::pair<std::int64_t, std::int64_t>;
using direct_entry = entry<open_direct_calls, open_direct_answer>;

struct callee {
  bool suspended = false, do_not_call = false, number_live = false;
  call_room room;
  claim_answer answer;
};

std::map<lead_key, callee> look(pqxx::transaction_base& in,
                                const std::vector<direct_entry*>& orders) {
  sql_array businesses, leads;
  std::set<lead_key> wanted;
  for (const auto* each : orders)
    for (const auto& call : each->request.orders)
      wanted.emplace(each->request.business.value, call.lead.value);
  for (const auto& key : wanted) {
    businesses.add(key.first);
    leads.add(key.second);
  }
  std::map<lead_key, callee> found;
  for (const auto& row : in.exec_prepared("direct_look", businesses.str(), leads.str())) {
    auto& x = found[{number_of(row[0]), number_of(row[1])}];
    x.answer.lead = id_of<lead_id>(row[1]);
    x.answer.phone = named<phone_number>(row[2]);
    x.do_not_call = text_of(row[3]) != "active";
    x.answer.first_name = text_of(row[4]);
    x.answer.last_name = text_of(row[5]);
    x.answer.external_id = text_of(row[6]);
    x.answer.notes = text_of(row[7]);
    x.suspended = truth_of(row[8]);
    x.number_live = truth_of(row[9]);
    x.room = call_room::read(row[10], row[11]);
  }
  return found;
}

open_direct_answer refused(const char* code, const char* sentence, std::size_t index) {
  open_direct_answer answer;
  answer.result = write_result::stale;
  answer.refusal_code = code;
  answer.refusal = sentence;
  answer.refused_index = static_cast<std::int32_t>(index);
  return answer;
}

// Either all calls of the order as they will be, or the refusal. `taken` grows only with the
// former.
open_direct_answer judge(const open_direct_calls& order, const std::map<lead_key, callee>& leads,
                         const slot_keys& slots, taken_numbers& taken) {
  open_direct_answer answer;
  taken_numbers ours;
  for (std::size_t i = 0; i < order.orders.size(); ++i) {
    const auto& call = order.orders[i];
    const auto found = leads.find({order.business.value, call.lead.value});
    if (found == leads.end()) return refused("lead_not_found", "there is no such lead", i);
    const auto& lead = found->second;
    if (lead.suspended)
      return refused("business_suspended", "the business is suspended and makes no calls", i);
    if (lead.do_not_call) return refused("lead_do_not_call", "this lead must not be called", i);
    const auto number = std::make_pair(order.business.value, lead.answer.phone.value);
    if (lead.number_live || taken.count(number) != 0 || !ours.insert(number).second)
      return refused("number_busy", "this number is already being called", i);
    if (!call.token || !call.slot) return refused("slot_refused", "the call has no slot", i);
    const auto with_it = calls_of(taken, order.business) + static_cast<std::int64_t>(i);
    if (!lead.room.has({order.business.value, call.slot.value}, slots, with_it))
      return refused("slots_full", "the business may make fewer calls than a moment ago", i);
    answer.calls.push_back(lead.answer);
    answer.calls.back().result = claim_result::claimed;
    answer.calls.back().attempt = 1;
    answer.calls.back().request = order.by.request;
  }
  taken.insert(ours.begin(), ours.end());
  answer.result = write_result::applied;
  return answer;
}

void open_calls(pqxx::transaction_base& in, const std::vector<direct_entry*>& orders) {
  sql_array businesses, leads, phones, slots, tokens, times, requests;
  std::map<dial_token, claim_answer*> by_token;
  for (auto* each : orders) {
    for (std::size_t i = 0; i < each->request.orders.size(); ++i) {
      const auto& call = each->request.orders[i];
      auto& answer = each->answer.calls[i];
      businesses.add(each->request.business.value);
      leads.add(call.lead.value);
      phones.add(answer.phone);
      slots.add(call.slot);
      tokens.add(call.token);
      times.add(each->request.at);
      const auto& request = each->request.by.request;
      request.empty() ? requests.add_null() : requests.add(request);
      by_token[call.token] = &answer;
    }
  }
  for (const auto& row :
       in.exec_prepared("direct_open", businesses.str(), leads.str(), phones.str(), slots.str(),
                        tokens.str(), times.str(), requests.str()))
    by_token.at(token_of(row[1]))->job = id_of<job_id>(row[0]);
}

} // namespace

const std::vector<statement>& direct_statements() {
  static const std::vector<statement> all = {{"direct_look", look_at_leads_sql},
                                             {"direct_open", open_sql}};
  return all;
}

void run_directs(pqxx::transaction_base& in, entries<open_direct_calls, open_direct_answer>& orders,
                 taken_numbers& taken) {
  std::vector<direct_entry*> open;
  for (auto& each : orders) {
    if (each.settled) continue;
    if (each.request.orders.empty())
      each.settle(refused("empty_order", "no lead was given", 0));
    else
      open.push_back(&each);
  }
  if (open.empty()) return;
  slot_keys slots;
  for (const auto* each : open)
    for (const auto& call : each->request.orders)
      slots.emplace_back(each->request.business.value, call.slot.value);
  slots = lock_slots(in, std::move(slots));
  const auto leads = look(in, open);
  std::vector<direct_entry*> accepted;
  for (auto* each : open) {
    each->settle(judge(each->request, leads, slots, taken));
    if (each->answer.result == write_result::applied) accepted.push_back(each);
  }
  if (!accepted.empty()) open_calls(in, accepted);
}

} // namespace ringmaster::db
