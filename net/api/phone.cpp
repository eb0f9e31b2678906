// The only source that knows libphonenumber.
#include "net/api/phone.hpp"

#include "net/api/text.hpp"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <optional>
#include <set>

namespace ringmaster::net::api {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t longest_text = 64;

// The library prints what it can't read on standard output, numbers in clear.
class silent_logger : public i18n::phonenumbers::Logger {
public:
  void WriteMessage(const std::string&) override {}
};

PhoneNumberUtil& library() {
  static PhoneNumberUtil& instance = [&]() -> PhoneNumberUtil& {
    auto& made = *PhoneNumberUtil::GetInstance();
    made.SetLogger(new silent_logger); // owned by the library from here on
    return made;
  }();
  return instance;
}

failure refusal(std::string message) {
  return {failure_kind::invalid, "invalid_phone", std::move(message), "phone_e164"};
}

std::optional<char> digit_of(char32_t c) {
  // Blocks of ten digits that phones and spreadsheets in our languages write.
  for (const char32_t zero : {U'0', U'\u0660', U'\u06F0', U'\u0966', U'\uFF10'})
    if (c >= zero && c <= zero + 9) return static_cast<char>('0' + (c - zero));
  return std::nullopt;
}

bool is_punctuation(char32_t c) {
  return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')' || c == '\t' ||
         c == 0xA0 || (c >= 0x2000 && c <= 0x2015) || c == 0x202F || c == 0x2212 || c == 0x3000 ||
         c == 0xFF0D || c == 0xFF08 || c == 0xFF09 || is_invisible_mark(c);
}

/// Digits with at most one leading plus, punctuation dropped; nothing when anything else is in it.
std::optional<std::string> bare_number(std::string_view text) {
  std::string bare;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = next_character(text, at);
    if (const auto digit = digit_of(c))
      bare += *digit;
    else if ((c == '+' || c == U'\uFF0B') && bare.empty())
      bare += '+';
    else if (!is_punctuation(c))
      return std::nullopt;
  }
  return bare;
}

std::string parse_problem(PhoneNumberUtil::ErrorType error, const std::string& region) {
  switch (error) {
  case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
    return region.empty() ? "has no country code: write it as +, country code, number"
                          : "has a country code that does not exist";
  case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
  case PhoneNumberUtil::TOO_SHORT_NSN:
    return "is too short";
  case PhoneNumberUtil::TOO_LONG_NSN:
    return "is too long";
  default:
    return "is not a phone number";
  }
}

std::string length_problem(PhoneNumberUtil::ValidationResult found) {
  switch (found) {
  case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
    return "lacks its area code";
  case PhoneNumberUtil::INVALID_COUNTRY_CODE:
    return "has a country code that does not exist";
  case PhoneNumberUtil::TOO_SHORT:
    return "is too short for its country";
  case PhoneNumberUtil::TOO_LONG:
    return "is too long for its country";
  default:
    return "has a length that its country does not use";
  }
}

} // namespace

result<phone_number> normalise_phone(std::string_view text, const std::string& region) {
  if (text.size() > longest_text) return refusal("the phone number is too long");
  const auto bare = bare_number(text);
  if (!bare) return refusal("the phone number holds characters that are not part of a number");
  if (bare->empty() || *bare == "+") return refusal("the phone number is empty");

  PhoneNumber number;
  const auto error = library().Parse(*bare, region.empty() ? "ZZ" : region, &number);
  if (error != PhoneNumberUtil::NO_PARSING_ERROR)
    return refusal("the phone number " + parse_problem(error, region));
  const auto found = library().IsPossibleNumberWithReason(number);
  if (found != PhoneNumberUtil::IS_POSSIBLE)
    return refusal("the phone number " + length_problem(found));

  std::string formatted;
  library().Format(number, PhoneNumberUtil::E164, &formatted);
  if (formatted.size() > 16) return refusal("the phone number is too long");
  return phone_number(formatted);
}

bool is_known_region(const std::string& region) {
  static const std::set<std::string> known = [] {
    std::set<std::string> regions;
    library().GetSupportedRegions(&regions);
    return regions;
  }();
  return known.count(region) == 1;
}

std::string region_of(const phone_number& phone) {
  PhoneNumber number;
  if (library().Parse(phone.value, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR) return {};
  std::string region;
  library().GetRegionCodeForCountryCode(number.country_code(), &region);
  return is_known_region(region) ? region : std::string();
}

} // namespace ringmaster::net::api
