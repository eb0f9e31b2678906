// What an answer (or no answer) to a create request means: the table of the carrier contract. Pure.
#pragma once

#include "actors/carrier_line.hpp"

namespace ringmaster {

/// What the answer says beyond this one call.
enum class account_effect {
  none,
  slow_down,        ///< too many requests or calls: back off
  locked_out,       ///< credentials or the account are refused: nothing can be placed until that is
                    ///< mended
  caller_id_refused ///< nothing can be placed for this business until its caller ID is mended
};

struct judgement {
  dial_verdict verdict = dial_verdict::in_doubt;
  account_effect account = account_effect::none;
  std::string reason; ///< for people: the carrier's code and message
};

judgement judge(const create_reply& reply);

/// What a person might call, out of a carrier's sentence: long runs of digits are masked, since it
/// is logged and kept.
std::string without_numbers(std::string text);

/// Whether a call that was accepted has failed for want of capacity, as a refused request does: it
/// may be placed again, later.
bool refused_late(carrier_status ended, std::int32_t error_code);

/// The carrier's word from machine detection ("human", "machine_end_beep"); may be empty.
bool is_machine(const std::string& answered_by);

/// How an ended call counts.
call_outcome outcome_of(carrier_status ended, bool by_machine);

} // namespace ringmaster
