#include "net/http/message.hpp"
#include "net/http/url.hpp"

#include <catch2/catch.hpp>

using namespace ringmaster::net;

TEST_CASE("percent encoding leaves only unreserved characters as they are") {
  CHECK(percent_encode("") == "");
  CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
  CHECK(percent_encode("a b+c/d?e&f=g%#:@") == "a%20b%2Bc%2Fd%3Fe%26f%3Dg%25%23%3A%40");
  CHECK(percent_encode("שלום") == "%D7%A9%D7%9C%D7%95%D7%9D");
  CHECK(percent_encode(std::string("\0\r\n\x7f\xff", 5)) == "%00%0D%0A%7F%FF");
}

TEST_CASE("percent decoding takes back every byte") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte)
    all += static_cast<char>(byte);
  CHECK(percent_decode(percent_encode(all), false) == all);
  CHECK(percent_decode(percent_encode(all), true) == all);
  CHECK(percent_decode("%d7%a9%D7%9c", false) == "של");
}

TEST_CASE("a plus is a space in forms only") {
  CHECK(percent_decode("a+b", true) == "a b");
  CHECK(percent_decode("a+b", false) == "a+b");
  CHECK(percent_decode("a%2Bb", true) == "a+b");
}

TEST_CASE("a percent sign without two hex digits is refused") {
  for (auto text : {"%", "a%", "%4", "%zz", "%4g", "%g4", "ok%20then%2", "%%41", "% 41", "%-1"}) {
    INFO(text);
    CHECK_FALSE(percent_decode(text, false));
    CHECK_FALSE(percent_decode(text, true));
  }
}

TEST_CASE("a form is read in order, repeated names kept") {
  auto fields = parse_form("b=2&a=1&b=3&empty=&bare&=nameless");
  REQUIRE(fields);
  CHECK(*fields ==
        field_list{
            {"b", "2"}, {"a", "1"}, {"b", "3"}, {"empty", ""}, {"bare", ""}, {"", "nameless"}});
  CHECK(*find_field(*fields, "b") == "2");
  CHECK(find_field(*fields, "c") == nullptr);
  CHECK(find_field(*fields, "B") == nullptr);
}

TEST_CASE("a form keeps Hebrew, equal signs in values and encoded delimiters") {
  auto fields = parse_form("name=%D7%A9%D7%9C%D7%95%D7%9D+world&x=a=b&y%26z=%3D%26");
  REQUIRE(fields);
  CHECK(*fields == field_list{{"name", "שלום world"}, {"x", "a=b"}, {"y&z", "=&"}});
}

TEST_CASE("an empty form has no fields, and empty parts are skipped") {
  CHECK(parse_form("") == field_list{});
  CHECK(parse_form("&&a=1&") == field_list{{"a", "1"}});
}

TEST_CASE("a malformed or too long form is refused whole") {
  CHECK_FALSE(parse_form("a=1&b=%"));
  CHECK_FALSE(parse_form("a%2=1"));
  CHECK(parse_form("a=1&b=2&c=3", 3));
  CHECK_FALSE(parse_form("a=1&b=2&c=3", 2));
  CHECK_FALSE(parse_form("a=1", 0));
  std::string many;
  for (int i = 0; i < 257; ++i)
    many += "a=1&";
  CHECK_FALSE(parse_form(many));
}

TEST_CASE("an encoded form reads back as it was") {
  field_list fields{{"To", "+972501234567"}, {"name", "דנה כהן"}, {"a b", "c&d=e%"}, {"", ""}};
  CHECK(encode_form(fields) == "To=%2B972501234567&name=%D7%93%D7%A0%D7%94%20%D7%9B%D7%94%D7%9F"
                               "&a%20b=c%26d%3De%25&=");
  CHECK(parse_form(encode_form(fields)) == fields);
  CHECK(encode_form({}) == "");
}

TEST_CASE("a URL falls into its parts") {
  auto url =
      parse_url("HTTPS://API.Twilio.com:8443/2010-04-01/Calls.json?To=%2B1&x=[1]#rc=5&rp=all");
  REQUIRE(url);
  CHECK(url->scheme == "https");
  CHECK(url->host == "api.twilio.com");
  CHECK(url->port == 8443);
  CHECK(url->port_named);
  CHECK(url->target == "/2010-04-01/Calls.json?To=%2B1&x=[1]");
  CHECK(url->fragment == "rc=5&rp=all");
}

TEST_CASE("a scheme has its port, and an empty path is a slash") {
  auto port_of = [](const char* text) { return parse_url(text).value_or(url_parts{}).port; };
  CHECK(port_of("http://a") == 80);
  CHECK(port_of("https://a") == 443);
  CHECK(port_of("ws://a") == 80);
  CHECK(port_of("wss://a") == 443);
  CHECK_FALSE(parse_url("https://a")->port_named);
  CHECK(parse_url("https://a:443")->port_named);
  CHECK(parse_url("https://a")->target == "/");
  CHECK(parse_url("https://a?b=1")->target == "/?b=1");
  CHECK(parse_url("https://a#f")->target == "/");
  CHECK(parse_url("https://a#f")->fragment == "f");
  CHECK(parse_url("https://a/b#")->fragment == "");
  CHECK(parse_url("https://a/p?q=http://b/c?d")->target == "/p?q=http://b/c?d");
}

TEST_CASE("an IPv6 host stands in brackets and comes without them") {
  auto url = parse_url("http://[2001:DB8:0:0::1]:8080/x");
  REQUIRE(url);
  CHECK(url->host == "2001:db8::1");
  CHECK(url->port == 8080);
  CHECK(parse_url("http://[::1]")->host == "::1");
  for (auto text : {"http://::1/", "http://[::1", "http://[]", "http://[::1]x", "http://[::1]8080",
                    "http://[1.2.3.4]", "http://[fe80::1%25eth0]/", "http://[zz::]/"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text));
  }
}

TEST_CASE("ports outside 1 to 65535 or not in plain digits are refused") {
  CHECK(parse_url("http://a:1")->port == 1);
  CHECK(parse_url("http://a:65535")->port == 65535);
  for (auto text :
       {"http://a:", "http://a:0", "http://a:65536", "http://a:99999999999", "http://a:-1",
        "http://a:+1", "http://a:8a", "http://a:080", "http://a: 80", "http://a:80:80"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text));
  }
}

TEST_CASE("user names and passwords in a URL are refused") {
  for (auto text :
       {"http://user@a/", "http://user:secret@a/", "http://@a/", "http://a@/",
        "https://api.twilio.com@evil.example/", "https://api.twilio.com:443@evil.example/"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text));
  }
  CHECK(parse_url("http://a/user@b")->target == "/user@b");
}

TEST_CASE("hosts are names or full addresses, nothing that a resolver might read otherwise") {
  CHECK(parse_url("http://a-b.c_d.example9")->host == "a-b.c_d.example9");
  CHECK(parse_url("http://127.0.0.1")->host == "127.0.0.1");
  CHECK(parse_url("http://" + std::string(63, 'a') + ".b"));
  CHECK_FALSE(parse_url("http://" + std::string(64, 'a') + ".b"));
  std::string long_host;
  for (int i = 0; i < 127; ++i)
    long_host += "a.";
  CHECK_FALSE(parse_url("http://" + long_host + "ab"));
  for (auto text : {"http://", "http:///x", "http://?x", "http://.", "http://a.", "http://.a",
                    "http://a..b", "http://-a", "http://a-", "http://127.1", "http://0x7f.1",
                    "http://2130706433", "http://256.1.1.1", "http://1.2.3.4.5",
                    "http://0177.0.0.1", "http://a%41/", "http://שלום/", "http://a\\b/"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text));
  }
}

TEST_CASE("control characters, spaces, raw UTF-8 and broken percent sequences are refused") {
  for (std::string text : {"http://a/b c", "http://a/\r\nX: 1", "http://a/\t", "http://a/\x7f",
                           " http://a", "http://a ", "http://a/%", "http://a/%zz", "http://a/?x=%4",
                           "http://a/#%", "http://a/#a b", "http://a/#a#b", "http://a/שלום",
                           "http://a/\"", "http://a/<b>", "http://a/\\b", "http://a/{b}"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text));
  }
  CHECK_FALSE(parse_url(std::string_view("http://a/\0b", 11)));
  CHECK_FALSE(parse_url(std::string_view("http://a\0.b/", 12)));
  CHECK(parse_url("http://a/%D7%A9?q=%00")->target == "/%D7%A9?q=%00");
}

TEST_CASE("other schemes, relative URLs and endless ones are refused") {
  for (auto text : {"", "a", "/a", "//a/b", "ftp://a", "file:///etc/passwd", "javascript:alert(1)",
                    "http:/a", "http:a", "://a", "httpx://a", " https://a"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text));
  }
  CHECK(parse_url("http://a/" + std::string(8192 - 9, 'x')));
  CHECK_FALSE(parse_url("http://a/" + std::string(8192 - 8, 'x')));
}

TEST_CASE("loopback is 127/8, ::1 and localhost only") {
  for (auto host : {"127.0.0.1", "127.255.0.9", "::1", "localhost", "LocalHost"}) {
    INFO(host);
    CHECK(is_loopback_host(host));
  }
  for (auto host :
       {"", "128.0.0.1", "126.255.255.255", "127.1", "127.0.0.1.example", "localhost.example",
        "0.0.0.0", "::", "::2", "[::1]", "10.0.0.1", "127.0.0.1 "}) {
    INFO(host);
    CHECK_FALSE(is_loopback_host(host));
  }
}

TEST_CASE("a request tells its path, query and headers") {
  http_request request;
  request.target = "/a/b?c=d?e";
  request.headers = {{"Host", "x"}, {"X-One", "1"}, {"x-one", "2"}};
  CHECK(request.path() == "/a/b");
  CHECK(request.query() == "c=d?e");
  CHECK(*request.header("HOST") == "x");
  CHECK(*request.header("x-ONE") == "1");
  CHECK(request.header("X-On") == nullptr);
  CHECK(request.count_headers("X-ONE") == 2);
  CHECK(request.count_headers("absent") == 0);
  request.target = "/a";
  CHECK(request.path() == "/a");
  CHECK(request.query() == "");
  request.target = "/a?";
  CHECK(request.path() == "/a");
  CHECK(request.query() == "");
}
