#include "net/api/json_reader.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster;
using namespace ringmaster::net::api;

namespace {

std::string code_of(std::string_view body) {
  const auto parsed = parse_json(body);
  return parsed ? "" : parsed.error().code;
}

nlohmann::json parsed(std::string_view body) {
  auto document = parse_json(body);
  REQUIRE(document);
  return *document;
}

} // namespace

TEST_CASE("a JSON body is read whole or refused with the place") {
  CHECK(parsed(R"({"a":[1,{"b":null}],"c":"שלום"})")["a"][1].contains("b"));
  CHECK(parsed(" [1,[2,[3]],4] ").dump() == "[1,[2,[3]],4]");
  for (const auto* broken :
       {"", "   ", "{", "{\"a\":}", "[1,]", "{} x", "nul", "{'a':1}", "\xEF\xBB"})
    CHECK(code_of(broken) == "malformed_json");
  const auto why = parse_json("{\n  \"a\": oops\n}").error();
  CHECK(why.message.find("line 2") != std::string::npos);
}

TEST_CASE("invalid UTF-8 in JSON is refused") {
  CHECK(code_of("{\"a\":\"\xE9\"}") == "malformed_json");
  CHECK(code_of("{\"a\":\"\xC0\xAF\"}") == "malformed_json");
  CHECK(code_of("{\"a\":\"\\uD800\"}") == "malformed_json");
}

TEST_CASE("a field that stands twice is refused, at any depth") {
  CHECK(code_of(R"({"a":1,"a":1})") == "duplicate_field");
  CHECK(code_of(R"([{"x":{"a":1,"b":2,"a":3}}])") == "duplicate_field");
  CHECK(code_of(R"([{"a":1},{"a":1}])").empty());
}

TEST_CASE("nesting is bounded and NUL is refused") {
  CHECK(code_of(std::string(deepest_json, '[') + std::string(deepest_json, ']')).empty());
  CHECK(code_of(std::string(deepest_json + 1, '[') + std::string(deepest_json + 1, ']')) ==
        "too_deep");
  CHECK(code_of(std::string(1'000'000, '[')) == "too_deep");
  CHECK(code_of("{\"a\":\"x\\u0000y\"}") == "invalid_text");
}

TEST_CASE("a field is refused by name when it is unknown, missing, mistyped or out of range") {
  const auto refusal = [](std::string_view body) {
    const auto document = parsed(body);
    object_reader in(document, "order");
    in.required_text("name", {5, 1, false});
    in.integer("slots", 0, 100);
    in.boolean("now");
    return in.refusal();
  };
  const auto check = [&](std::string_view body, const char* code, const char* field) {
    const auto why = refusal(body);
    REQUIRE(why);
    CHECK(why->code == code);
    CHECK(why->field == field);
    CHECK(why->kind == failure_kind::invalid);
  };
  CHECK_FALSE(refusal(R"({"name":"abcde","slots":0,"now":true})"));
  CHECK_FALSE(refusal(R"({"name":"שלום!","slots":null})"));
  check(R"([])", "wrong_type", "order");
  check(R"({})", "missing_field", "order.name");
  check(R"({"name":null})", "missing_field", "order.name");
  check(R"({"name":7})", "wrong_type", "order.name");
  check(R"({"name":"abcdef"})", "too_long", "order.name");
  check(R"({"name":""})", "invalid_text", "order.name");
  check(R"({"name":"a\nb"})", "invalid_text", "order.name");
  check(R"({"name":"a","nmae":1})", "unknown_field", "order.nmae");
  check(R"({"name":"a","slots":"3"})", "wrong_type", "order.slots");
  check(R"({"name":"a","slots":3.0})", "wrong_type", "order.slots");
  check(R"({"name":"a","slots":101})", "out_of_range", "order.slots");
  check(R"({"name":"a","slots":-1})", "out_of_range", "order.slots");
  check(R"({"name":"a","slots":18446744073709551615})", "out_of_range", "order.slots");
  check(R"({"name":"a","slots":99999999999999999999})", "wrong_type", "order.slots");
  check(R"({"name":"a","now":1})", "wrong_type", "order.now");
}

TEST_CASE("a refusal repeats no more of a field's name than is needed to find it") {
  const std::string name(100'000, 'x');
  const auto document = parsed("{\"" + name + "\":1}");
  const auto unknown = object_reader(document).refusal();
  REQUIRE(unknown);
  CHECK(unknown->message.size() + unknown->field.size() < 500);
  const auto doubled = parse_json("{\"" + name + "\":1,\"" + name + "\":2}");
  CHECK(doubled.error().message.size() + doubled.error().field.size() < 500);
}

TEST_CASE("a whole number beyond all bounds is not called a fraction") {
  for (const char* text : {"18446744073709551616", "-9223372036854775809", "1e300"})
    CHECK(type_name(nlohmann::json::parse(text)) == "a number that is too large");
  CHECK(type_name(nlohmann::json::parse("2.5")) == "a number with a fraction");
  CHECK(type_name(nlohmann::json::parse("3.0")) == "a number with a fraction");
}

TEST_CASE("a list of ids names the element that is wrong") {
  const auto field_of = [](std::string_view body) {
    const auto document = parsed(body);
    const auto ids = read_ids(document, "lead_ids", 4);
    return ids ? std::string("fine") : ids.error().field;
  };
  CHECK(field_of("[1,2,9223372036854775807]") == "fine");
  CHECK(field_of("[]") == "fine");
  CHECK(field_of("[1,2,3,\"4\"]") == "lead_ids[3]");
  CHECK(field_of("[1,0]") == "lead_ids[1]");
  CHECK(field_of("[-1]") == "lead_ids[0]");
  CHECK(field_of("[1,1.5]") == "lead_ids[1]");
  CHECK(field_of("[9223372036854775808]") == "lead_ids[0]");
  CHECK(field_of("[1,2,3,4,5]") == "lead_ids");
  CHECK(field_of("{}") == "lead_ids");
}
