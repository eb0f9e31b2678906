#include "net/webhooks/script.hpp"

#include "tests/twilio/xml_reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <random>

using namespace ringmaster;
using namespace ringmaster::net;
using nlohmann::json;
using ringmaster::tests::read_xml;

namespace {

const lead_fields lead = {"Noa", "Levi", "+972501234567", "crm-7", "likes tea"};

script parsed(const std::string& text) {
  auto found = parse_script(text);
  if (!found) FAIL(found.error().message);
  return *found;
}

/// The one element inside <Response>.
tests::xml_element rendered(const std::string& text, const lead_fields& of = lead) {
  const auto root = read_xml(render_twiml(parsed(text), of, "+14155550100"));
  REQUIRE(root);
  REQUIRE(root->name == "Response");
  REQUIRE(root->text.empty());
  REQUIRE(root->children.size() == 1);
  return root->children[0];
}

std::string say(const std::string& text) {
  return json{{"say", {{"text", text}}}}.dump();
}

void check_refused(const std::string& text, const std::string& field) {
  CAPTURE(text);
  const auto found = parse_script(text);
  REQUIRE_FALSE(found);
  CHECK(found.error().kind == failure_kind::invalid);
  CHECK(found.error().code == "bad_script");
  CHECK(found.error().field == field);
  CHECK_THAT(found.error().message, Catch::StartsWith(field));
}

} // namespace

TEST_CASE("say speaks the filled text") {
  const auto verb = rendered(
      R"({"say":{"text":"Hello {first_name}, {name}!","language":"en-US","voice":"Polly.Joanna"}})");
  CHECK(verb.name == "Say");
  CHECK(verb.text == "Hello Noa, Noa Levi!");
  CHECK(verb.attributes ==
        std::map<std::string, std::string>{{"language", "en-US"}, {"voice", "Polly.Joanna"}});
}

TEST_CASE("say without language and voice leaves them to the carrier") {
  CHECK(rendered(say("Hi")).attributes.empty());
}

TEST_CASE("every placeholder is filled") {
  CHECK(rendered(say("{first_name}|{last_name}|{name}|{phone}|{external_id}|{notes}")).text ==
        "Noa|Levi|Noa Levi|+972501234567|crm-7|likes tea");
}

TEST_CASE("a name of one part has no space beside it") {
  CHECK(rendered(say("[{name}]"), {"Noa", "", "", "", ""}).text == "[Noa]");
  CHECK(rendered(say("[{name}]"), {"", "Levi", "", "", ""}).text == "[Levi]");
  CHECK(rendered(say("[{name}]"), {}).text == "[]");
}

TEST_CASE("two braces stand for one") {
  CHECK(rendered(say("{{first_name} {{{first_name}}")).text == "{first_name} {Noa}");
}

TEST_CASE("what a lead's field holds is never read as a placeholder or as XML") {
  const lead_fields nasty = {"{last_name}", "</Say><Hangup/>", "", "&amp;", "\"'<>&"};
  CHECK(rendered(say("{name} {external_id} {notes}"), nasty).text ==
        "{last_name} </Say><Hangup/> &amp; \"'<>&");
}

TEST_CASE("Hebrew is spoken as it is written") {
  const lead_fields hebrew = {"נועה", "לוי", "", "", ""};
  const auto verb =
      rendered(R"({"say":{"text":"שלום {first_name}, מה שלומך?","language":"he-IL"}})", hebrew);
  CHECK(verb.text == "שלום נועה, מה שלומך?");
  CHECK(verb.attributes.at("language") == "he-IL");
}

TEST_CASE("control characters are left out and broken UTF-8 is replaced") {
  const lead_fields broken = {std::string("a\0b\x01\x1F\x7F", 6), "\xFF\xC0\xAF", "\xED\xA0\x80",
                              "\xEF\xBF\xBE", "end\xD7"};
  CHECK(rendered(say("{first_name}"), broken).text == "ab\x7F");
  CHECK(rendered(say("{last_name}"), broken).text == "\uFFFD\uFFFD\uFFFD");
  CHECK(rendered(say("{phone}"), broken).text == "\uFFFD\uFFFD\uFFFD");
  CHECK(rendered(say("[{external_id}]"), broken).text == "[]");
  CHECK(rendered(say("{notes}"), broken).text == "end\uFFFD");
}

TEST_CASE("a long value is cut between two characters") {
  std::string notes;
  for (int i = 0; i < 1000; ++i)
    notes += "ש";
  const auto text = rendered(say("{notes}"), {"", "", "", "", notes}).text;
  CHECK(text == notes.substr(0, longest_filled_value * 2));
}

TEST_CASE("the largest document stays within the carrier's 64 kB") {
  const std::string worst(5000, '\'');
  std::string text;
  for (std::size_t i = 0; i < most_placeholders; ++i)
    text += "{notes}";
  text += std::string(3000 - text.size(), '\'');
  const lead_fields large = {worst, worst, worst, worst, worst};
  CHECK(render_twiml(parsed(say(text)), large, "").size() <= 64 * 1024);
  json parameters;
  for (int i = 0; i < 20; ++i)
    parameters[std::to_string(i) + std::string(62, 'n')] = "{notes}" + std::string(393, '\'');
  const json stream = {{"stream", {{"url", "wss://example.com"}, {"parameters", parameters}}}};
  CHECK(render_twiml(parsed(stream.dump()), large, "").size() <= 64 * 1024);
}

TEST_CASE("play plays the URL") {
  const auto verb = rendered(R"({"play":{"url":"https://cdn.example.com/a.mp3?x=1&y=2"}})");
  CHECK(verb.name == "Play");
  CHECK(verb.text == "https://cdn.example.com/a.mp3?x=1&y=2");
}

TEST_CASE("stream connects with the lead's parameters") {
  const auto verb = rendered(
      R"({"stream":{"url":"wss://ai.example.com/call","parameters":{"name":"{name}","k":"a\"b"}}})");
  CHECK(verb.name == "Connect");
  REQUIRE(verb.children.size() == 1);
  const auto& stream = verb.children[0];
  CHECK(stream.name == "Stream");
  CHECK(stream.attributes.at("url") == "wss://ai.example.com/call");
  REQUIRE(stream.children.size() == 2);
  CHECK(stream.children[0].attributes.at("name") == "k");
  CHECK(stream.children[0].attributes.at("value") == "a\"b");
  CHECK(stream.children[1].attributes.at("name") == "name");
  CHECK(stream.children[1].attributes.at("value") == "Noa Levi");
}

TEST_CASE("dial shows the business's number unless another is given") {
  auto verb = rendered(R"({"dial":{"number":"+14155550199"}})");
  CHECK(verb.name == "Dial");
  CHECK(verb.attributes.at("callerId") == "+14155550100");
  REQUIRE(verb.children.size() == 1);
  CHECK(verb.children[0].text == "+14155550199");
  verb = rendered(R"({"dial":{"number":"+14155550199","caller_id":"+14155550123"}})");
  CHECK(verb.attributes.at("callerId") == "+14155550123");
}

TEST_CASE("twiml_url hands the call over") {
  const auto verb = rendered(R"({"twiml_url":"https://example.com/twiml?a=1&b=2"})");
  CHECK(verb.name == "Redirect");
  CHECK(verb.attributes.at("method") == "POST");
  CHECK(verb.text == "https://example.com/twiml?a=1&b=2");
}

TEST_CASE("hanging up is a document too") {
  const auto root = read_xml(hang_up_twiml());
  REQUIRE(root);
  REQUIRE(root->children.size() == 1);
  CHECK(root->children[0].name == "Hangup");
}

TEST_CASE("a loopback address needs no encryption") {
  CHECK(parse_script(R"({"play":{"url":"http://127.0.0.1:9000/a.mp3"}})"));
  CHECK(parse_script(R"({"twiml_url":"http://localhost/twiml"})"));
  CHECK(parse_script(R"({"stream":{"url":"ws://[::1]:9000/"}})"));
}

TEST_CASE("a script has exactly one known variant") {
  for (const auto* text : {"", "null", "[]", "7", "\"say\"", "{}", "{", "{\"say\":}",
                           R"({"say":{"text":"a"},"play":{"url":"https://a.example/b"}})"})
    check_refused(text, "script");
  check_refused(R"({"sing":{}})", "script.sing");
  check_refused(R"({"Say":{"text":"a"}})", "script.Say");
}

TEST_CASE("say is checked field by field") {
  check_refused(R"({"say":"hello"})", "script.say");
  check_refused(R"({"say":{}})", "script.say.text");
  check_refused(R"({"say":{"text":""}})", "script.say.text");
  check_refused(R"({"say":{"text":" \n\t "}})", "script.say.text");
  check_refused(R"({"say":{"text":7}})", "script.say.text");
  check_refused(R"({"say":{"text":"a","loop":2}})", "script.say.loop");
  check_refused(R"({"say":{"text":"a","language":"english please"}})", "script.say.language");
  check_refused(R"({"say":{"text":"a","language":7}})", "script.say.language");
  check_refused(R"({"say":{"text":"a","voice":"\"><Hangup/>"}})", "script.say.voice");
  check_refused(say(std::string(3001, 'a')), "script.say.text");
}

TEST_CASE("the length of a text is counted in characters") {
  std::string hebrew;
  for (int i = 0; i < 3000; ++i)
    hebrew += "ש";
  CHECK(parse_script(say(hebrew)));
  check_refused(say(hebrew + "ש"), "script.say.text");
}

TEST_CASE("placeholders are checked when the script is given") {
  check_refused(say("Hello {firstname}"), "script.say.text");
  check_refused(say("Hello {}"), "script.say.text");
  check_refused(say("Hello {First_name}"), "script.say.text");
  check_refused(say("Hello {first_name"), "script.say.text");
  check_refused(say("Hello {"), "script.say.text");
  check_refused(say("Hello {x {first_name}"), "script.say.text");
  std::string many;
  for (std::size_t i = 0; i <= most_placeholders; ++i)
    many += "{name}";
  check_refused(say(many), "script.say.text");
}

TEST_CASE("URLs of a script are whole, encrypted and without secrets") {
  for (const auto* url :
       {"", "example.com/a.mp3", "http://example.com/a.mp3", "ftp://example.com/a.mp3",
        "https://user:pass@example.com/a.mp3", "https://example.com/a b.mp3",
        "https://example.com/שלום.mp3", "https://example.com/a.mp3#x", "javascript:alert(1)",
        "wss://example.com/a"}) {
    check_refused(json{{"play", {{"url", url}}}}.dump(), "script.play.url");
    check_refused(json{{"twiml_url", url}}.dump(), "script.twiml_url");
  }
  check_refused(R"({"stream":{"url":"https://example.com"}})", "script.stream.url");
  check_refused(R"({"stream":{"url":"ws://example.com"}})", "script.stream.url");
  check_refused(R"({"play":{"url":"https://example.com/)" + std::string(2048, 'a') + R"("}})",
                "script.play.url");
  check_refused(R"({"twiml_url":{"url":"https://example.com"}})", "script.twiml_url");
}

TEST_CASE("the parameters of a stream are bounded") {
  const auto stream = [](const json& parameters) {
    return json{{"stream", {{"url", "wss://example.com"}, {"parameters", parameters}}}}.dump();
  };
  check_refused(stream(json::array()), "script.stream.parameters");
  check_refused(stream({{"a", 7}}), "script.stream.parameters.a");
  check_refused(stream({{"a b", "x"}}), "script.stream.parameters");
  check_refused(stream({{"", "x"}}), "script.stream.parameters");
  check_refused(stream({{std::string(65, 'a'), "x"}}), "script.stream.parameters");
  check_refused(stream({{"a", "{unknown}"}}), "script.stream.parameters.a");
  check_refused(stream({{"a", std::string(401, 'x')}}), "script.stream.parameters.a");
  json many;
  for (int i = 0; i < 21; ++i)
    many["p" + std::to_string(i)] = "x";
  check_refused(stream(many), "script.stream.parameters");
}

TEST_CASE("numbers of dial are E.164") {
  for (const auto* number :
       {"", "+", "+0", "+911", "+123456", "14155550100", "+1 415 555 0100", "+04155550100",
        "+12345678901234567", "+1415555010x", "sip:a@example.com"}) {
    check_refused(json{{"dial", {{"number", number}}}}.dump(), "script.dial.number");
    if (*number)
      check_refused(json{{"dial", {{"number", "+14155550100"}, {"caller_id", number}}}}.dump(),
                    "script.dial.caller_id");
  }
}

TEST_CASE("a script that is too large or too deep is refused unread") {
  const auto large = parse_script(say(std::string(64 * 1024, 'a')));
  REQUIRE_FALSE(large);
  CHECK(large.error().kind == failure_kind::too_large);
  check_refused(std::string(30'000, '['), "script");
  check_refused(R"({"say":{"text":[[[[[[1]]]]]]}})", "script");
}

namespace {

/// Text out of the characters that matter most, and any bytes.
std::string random_text(std::mt19937& random, std::size_t longest) {
  static const std::vector<std::string> parts = {
      "<", ">",  "&",      "\"",      "'", "]]>",    "<!--", "-->", "<?", "&#0;", "</Say>", "{",
      "}", "{{", "{name}", "{notes}", "ש", "\uFFFE", "😀",    "\n",  "\r", "\t",   "a",      " "};
  std::string text;
  const auto count = random() % longest;
  for (std::size_t i = 0; i < count; ++i) {
    if (random() % 4 == 0)
      text += static_cast<char>(random());
    else
      text += parts[random() % parts.size()];
  }
  return text;
}

} // namespace

TEST_CASE(
    "whatever a template and a lead hold, the document is well-formed and says nothing else") {
  const unsigned seed = 20'260'722;
  std::mt19937 random(seed);
  for (int i = 0; i < 5000; ++i) {
    CAPTURE(seed, i);
    const lead_fields any = {random_text(random, 20), random_text(random, 20),
                             random_text(random, 20), random_text(random, 20),
                             random_text(random, 40)};
    const auto text = random_text(random, 20);
    const auto spoken = read_xml(render_twiml(say_script{text, "en-US", ""}, any, ""));
    REQUIRE(spoken);
    REQUIRE(spoken->children.size() == 1);
    CHECK(spoken->children[0].children.empty());
    const auto streamed = read_xml(render_twiml(
        stream_script{"wss://example.com/a?b=1&c=2", {{"a", text}, {"b", "{notes}"}}}, any, ""));
    REQUIRE(streamed);
    REQUIRE(streamed->children[0].children.size() == 1);
    CHECK(streamed->children[0].children[0].children.size() == 2);
    CHECK(streamed->children[0].children[0].children[1].children.empty());
  }
}

TEST_CASE("any bytes given as a script are either a script or a failure that names a field") {
  const unsigned seed = 7;
  std::mt19937 random(seed);
  const std::string good = R"({"say":{"text":"Hello {first_name}","language":"en-US"}})";
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    CAPTURE(seed, i);
    auto text = good;
    for (auto changes = random() % 4 + 1; changes > 0; --changes)
      text[random() % text.size()] = static_cast<char>(random());
    const auto found = parse_script(text);
    if (found) {
      CHECK(read_xml(render_twiml(*found, lead, "")));
    } else {
      ++refused;
      CHECK_FALSE(found.error().field.empty());
    }
  }
  CHECK(refused > 1000);
}
