#include "net/simulated_carrier/twiml.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster::net::sim;

TEST_CASE("TwiML verbs are read in order with their text") {
  auto verbs =
      parse_twiml("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<!-- greeting -->\n<Response>\n"
                  "  <Say voice='alice' language=\"he-IL\"> \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d &amp; "
                  "&#x5e9;&#65; </Say>\n"
                  "  <Gather numDigits=\"1\"><Say>Press <![CDATA[<1>]]></Say></Gather>"
                  "<Pause length=\"2\"/><Connect><Stream url=\"wss://a/b?c=1&amp;d=2\"/></Connect>"
                  "<Dial>+1</Dial><Redirect method=\"GET\">/next</Redirect></Response>\n");
  REQUIRE(verbs);
  REQUIRE(verbs->size() == 6);
  CHECK((*verbs)[0].what == verb::say);
  CHECK((*verbs)[0].text == "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d & \xd7\xa9"
                            "A");
  CHECK((*verbs)[1].what == verb::gather);
  CHECK((*verbs)[1].text == "Press <1>");
  CHECK((*verbs)[2].what == verb::pause);
  CHECK((*verbs)[3].what == verb::connect);
  CHECK((*verbs)[4].what == verb::dial);
  CHECK((*verbs)[5].text == "/next");
  CHECK((*verbs)[5].get);
}

TEST_CASE("what is no well-formed response is refused") {
  for (auto document :
       {"", "   ", "hello", "{}", "<Response>", "<Response></Reponse>",
        "<Response><Say>x</Response>", "<Response/><Response/>",
        "<Response><Say>&nope;</Say></Response>", "<Other/>",
        "<Response><Say a=1>x</Say></Response>", "<Response><Say a='1'b='2'/></Response>",
        "<!DOCTYPE x><Response/>", "<Response>&</Response>", "<Response><Say a=\"<\"/></Response>",
        "<Response/>trailing", "<Response><Say", "<Response><!-- ", "</Response>"}) {
    CAPTURE(document);
    CHECK(!parse_twiml(document));
  }
  std::string deep = "<Response>";
  for (int i = 0; i < 100; ++i)
    deep += "<a>";
  CHECK(!parse_twiml(deep));
}

TEST_CASE("a document's course: talk, then hang up or go on elsewhere") {
  auto course = [](const char* document) { return course_of(parse_twiml(document).value()); };
  CHECK(!course("<Response/>").speaks);
  CHECK(!course("<Response><Hangup/><Say>never</Say></Response>").speaks);
  CHECK(course("<Response><Say>x</Say><Hangup/></Response>").speaks);
  CHECK(!course("<Response><Start><Stream/></Start><Bogus/></Response>").speaks);
  auto away = course("<Response><Redirect>http://a/b</Redirect><Say>never</Say></Response>");
  CHECK(!away.speaks);
  CHECK(away.redirects);
  CHECK(away.redirect == "http://a/b");
  CHECK(!course("<Response><Reject/></Response>").redirects);
}
