#include "net/api/phone.hpp"
#include "net/api/time_zone.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::net::api;

namespace {

std::string number(std::string_view text, const std::string& region = "") {
  const auto phone = normalise_phone(text, region);
  return phone ? phone->value : "refused";
}

std::string problem(std::string_view text, const std::string& region = "") {
  const auto phone = normalise_phone(text, region);
  return phone ? phone->value : phone.error().message;
}

} // namespace

TEST_CASE("a number becomes E.164 however it is written") {
  CHECK(number("+972501234567") == "+972501234567");
  CHECK(number("+972 (50) 123-45.67") == "+972501234567");
  CHECK(number("050-123-4567", "IL") == "+972501234567");
  CHECK(number("00972501234567", "IL") == "+972501234567");
  CHECK(number("011 972 50 123 4567", "US") == "+972501234567");
  CHECK(number("(415) 867-5309", "US") == "+14158675309");
  CHECK(number("+44 020 7946 0958", "IL") == "+442079460958");
}

TEST_CASE("digits of other scripts and marks of direction are understood") {
  CHECK(number("\u200F050\u2011123\u20114567\u200E", "IL") == "+972501234567");
  CHECK(number("\uFF0B\uFF11 415\u00A0867 5309") == "+14158675309");
  CHECK(number("\u0660\u0665\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "IL") ==
        "+972501234567");
  CHECK(number("\uFEFF+972501234567") == "+972501234567");
}

TEST_CASE("numbers that are kept for tests are accepted") {
  for (const auto* text : {"+15005550001", "+15005550006", "+15005550009", "+15550100",
                           "+15551234567", "+12025550123"})
    CHECK(number(text) == (std::string(text) == "+15550100" ? "refused" : text));
}

TEST_CASE("what can't be a number is refused with what is wrong") {
  CHECK(problem("", "IL").find("empty") != std::string::npos);
  CHECK(problem(" - ", "IL").find("empty") != std::string::npos);
  CHECK(problem("+", "IL").find("empty") != std::string::npos);
  CHECK(problem("hello", "IL").find("characters") != std::string::npos);
  CHECK(problem("טלפון", "IL").find("characters") != std::string::npos);
  CHECK(problem("1-800-FLOWERS", "US").find("characters") != std::string::npos);
  CHECK(problem("9.72501E+11", "IL").find("characters") != std::string::npos);
  CHECK(problem("+1+415", "US").find("characters") != std::string::npos);
  CHECK(problem("050123", "IL").find("too short") != std::string::npos);
  CHECK(problem("12", "IL").find("too short") != std::string::npos);
  CHECK(problem("+97250123456789012", "IL").find("too long") != std::string::npos);
  CHECK(problem(std::string(100, '1'), "IL").find("too long") != std::string::npos);
  CHECK(problem("+999123456789", "IL").find("country code") != std::string::npos);
  CHECK(problem("0501234567").find("no country code") != std::string::npos);
  CHECK(problem("8675309", "US").find("area code") != std::string::npos);
  CHECK(normalise_phone("x", "IL").error().code == "invalid_phone");
}

TEST_CASE("regions are those that have numbers") {
  CHECK(is_known_region("IL"));
  CHECK(is_known_region("US"));
  CHECK_FALSE(is_known_region("il"));
  CHECK_FALSE(is_known_region("XX"));
  CHECK_FALSE(is_known_region(""));
  CHECK(region_of(phone_number("+972501234567")) == "IL");
  CHECK(region_of(phone_number("+15005550006")) == "US");
  CHECK(region_of(phone_number("nonsense")).empty());
}

TEST_CASE("time zones are IANA names and nothing else") {
  for (const auto* name :
       {"UTC", "Asia/Jerusalem", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "EST5EDT"})
    CHECK(is_time_zone(name));
  for (const auto* name :
       {"", "utc", "Asia/Atlantis", "Asia", "Asia/", "/Asia/Jerusalem", "../etc/passwd",
        "Asia/../UTC", "posix/UTC", "localtime", "zone.tab", "Asia/Jerusalem\n"})
    CHECK_FALSE(is_time_zone(name));
}
