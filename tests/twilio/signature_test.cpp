#include "net/twilio/signature.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace ringmaster::net;

namespace {

const std::string auth_token = "12345";
const std::string url = "https://mycompany.com/myapp.php?foo=1&bar=2";
const std::string url_443 = "https://mycompany.com:443/myapp.php?foo=1&bar=2";
const std::string url_1234 = "https://mycompany.com:1234/myapp.php?foo=1&bar=2";
const std::string plain_url = "http://mycompany.com/myapp.php?foo=1&bar=2";
const std::string plain_url_80 = "http://mycompany.com:80/myapp.php?foo=1&bar=2";
const std::string plain_url_1234 = "http://mycompany.com:1234/myapp.php?foo=1&bar=2";
const std::string bare_url = "https://mycompany.com/myapp.php";

const field_list call = {{"CallSid", "CA1234567890ABCDE"},
                         {"Caller", "+14158675309"},
                         {"Digits", "1234"},
                         {"From", "+14158675309"},
                         {"To", "+18005551212"}};

field_list with(field_list fields, const field_list& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

const field_list prefixed_names =
    with(call, {{"ReasonConferenceEnded", "test"}, {"Reason", "Participant"}});
const field_list repeated = {{"Sid", "CA123"},
                             {"SidAccount", "AC123"},
                             {"Digits", "5678"},
                             {"Digits", "1234"},
                             {"Digits", "1234"}};
const field_list addresses = {{"MessagingBinding.Address", "+1325xxxxxxx"},
                              {"MessagingBinding.Address", "+1415xxxxxxx"}};
const field_list with_empty_values = {
    {"Digits", ""}, {"CallSid", "CA1234567890ABCDE"}, {"EmptyParam", ""}};

const std::string body = R"({"property": "value", "boolean": true})";
const std::string body_hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

struct vector {
  int number; ///< as the carrier contract counts them
  std::string url;
  field_list fields;
  std::string signature;
};

const std::vector<vector> vectors = {
    {1, url, call, "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
    {2, url_443, call, "kvajT1Ptam85bY51eRf/AJRuM3w="},
    {3, plain_url_80, call, "0ZXoZLH/DfblKGATFgpif+LLRf4="},
    {4, plain_url_1234, call, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="},
    {6, url, prefixed_names, "vOEb5UThFn24KEfnOFLQY2AE5FY="},
    {7, plain_url, prefixed_names, "n2xBNyzSW7rfYStDtOFiFMv7qNo="},
    {8, url, repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU="},
    {9, url, addresses, "83O6e2vORAoJHUNzJjDWN1jz+BA="},
    {10, url, {}, "zYQTYrRWXE7LtzbG4PfP7/bkkGo="},
    {11, bare_url, call, "1xaxFBvyzXYvWplzNOSs28HWO94="},
    {14, url, with_empty_values, "9HHp/OqQMEwdrVebHDdA/+tqjX8="},
};

} // namespace

TEST_CASE("each vector of the contract is signed and verified") {
  for (const auto& v : vectors) {
    CAPTURE(v.number);
    CHECK(sign_form(auth_token, v.url, v.fields) == v.signature);
    CHECK(form_signature_fits(auth_token, v.url, v.fields, v.signature));
  }
}

TEST_CASE("the order in which fields arrive does not matter") {
  for (auto v : vectors) {
    CAPTURE(v.number);
    std::reverse(v.fields.begin(), v.fields.end());
    CHECK(form_signature_fits(auth_token, v.url, v.fields, v.signature));
  }
}

TEST_CASE("the default port may be signed or left out") {
  CHECK(form_signature_fits(auth_token, url, call, "kvajT1Ptam85bY51eRf/AJRuM3w="));
  CHECK(form_signature_fits(auth_token, url_443, call, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
  CHECK(form_signature_fits(auth_token, plain_url, call, "0ZXoZLH/DfblKGATFgpif+LLRf4="));
}

TEST_CASE("a signature without the port fits a URL that names one") {
  CHECK(form_signature_fits(auth_token, url_1234, call, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
}

TEST_CASE("a signature for another port does not fit") {
  CHECK_FALSE(form_signature_fits(auth_token, plain_url, call, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="));
  CHECK_FALSE(form_signature_fits(auth_token, url_1234, call, "kvajT1Ptam85bY51eRf/AJRuM3w="));
}

TEST_CASE("a port is told from the colons of an IPv6 address") {
  const field_list none;
  const auto without = sign_form(auth_token, "http://[::1]/x", none);
  const auto with_80 = sign_form(auth_token, "http://[::1]:80/x", none);
  CHECK(form_signature_fits(auth_token, "http://[::1]/x", none, without));
  CHECK(form_signature_fits(auth_token, "http://[::1]/x", none, with_80));
  CHECK(form_signature_fits(auth_token, "http://[::1]:80/x", none, without));
}

TEST_CASE("fields sorted by name and value together must fail") {
  CHECK_FALSE(form_signature_fits(auth_token, url, prefixed_names, "95+Bu0JVPi0r/SsESZCVf0dWAjw="));
}

TEST_CASE("of a repeated name only the first value may be signed") {
  const auto first_only =
      sign_form(auth_token, url, {{"Digits", "5678"}, {"Sid", "CA123"}, {"SidAccount", "AC123"}});
  CHECK(form_signature_fits(auth_token, url, repeated, first_only));
  const auto second_only =
      sign_form(auth_token, url, {{"Digits", "1234"}, {"Sid", "CA123"}, {"SidAccount", "AC123"}});
  CHECK_FALSE(form_signature_fits(auth_token, url, repeated, second_only));
}

TEST_CASE("the scheme belongs to what is signed") {
  CHECK_FALSE(form_signature_fits(auth_token, plain_url, call, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
  CHECK_FALSE(form_signature_fits(auth_token, url, prefixed_names, "n2xBNyzSW7rfYStDtOFiFMv7qNo="));
}

TEST_CASE("whatever is tampered with breaks the signature") {
  const std::string good = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
  for (std::size_t i = 0; i < call.size(); ++i) {
    auto changed = call;
    changed[i].second.back() ^= 1;
    CHECK_FALSE(form_signature_fits(auth_token, url, changed, good));
    auto renamed = call;
    renamed[i].first.back() ^= 1;
    CHECK_FALSE(form_signature_fits(auth_token, url, renamed, good));
    auto missing = call;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK_FALSE(form_signature_fits(auth_token, url, missing, good));
  }
  CHECK_FALSE(form_signature_fits(auth_token, url, with(call, {{"Unknown", ""}}), good));
  CHECK_FALSE(form_signature_fits(auth_token, url + "&x=1", call, good));
  CHECK_FALSE(form_signature_fits("12346", url, call, good));
}

TEST_CASE("a signature that is missing, cut or differs in one bit does not fit") {
  const std::string good = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
  CHECK_FALSE(form_signature_fits(auth_token, url, call, ""));
  CHECK_FALSE(form_signature_fits("", url, call, sign_form("", url, call)));
  CHECK_FALSE(form_signature_fits(auth_token, url, call, good.substr(0, good.size() - 1)));
  CHECK_FALSE(form_signature_fits(auth_token, url, call, good + "="));
  CHECK_FALSE(form_signature_fits(auth_token, url, call, good + std::string(1, '\0')));
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto flipped = good;
    flipped[i] ^= 1;
    CHECK_FALSE(form_signature_fits(auth_token, url, call, flipped));
  }
}

TEST_CASE("UTF-8 values and an encoded query are signed as they are") {
  const std::string hebrew_url = "https://mycompany.com/a?name=%D7%A9%D7%9C%D7%95%D7%9D";
  const field_list fields = {{"CallerName", "שלום עולם"}, {"a", "lower case sorts last"}};
  const auto signature = sign_form(auth_token, hebrew_url, fields);
  CHECK(form_signature_fits(auth_token, hebrew_url, fields, signature));
  CHECK_FALSE(
      form_signature_fits(auth_token, "https://mycompany.com/a?name=שלום", fields, signature));
}

TEST_CASE("a JSON body fits by its hash and the URL's signature") {
  const auto long_url = url + "&bodySHA256=" + body_hash;
  const auto short_url = bare_url + "?bodySHA256=" + body_hash;
  CHECK(body_signature_fits(auth_token, long_url, body, "a9nBmqA0ju/hNViExpshrM61xv4="));
  CHECK(body_signature_fits(auth_token, short_url, body, "y77kIzt2vzLz71DgmJGsen2scGs="));
}

TEST_CASE("a JSON body must fit both hash and signature") {
  const auto long_url = url + "&bodySHA256=" + body_hash;
  const std::string good = "a9nBmqA0ju/hNViExpshrM61xv4=";
  CHECK_FALSE(body_signature_fits(auth_token, long_url, body + " ", good));
  CHECK_FALSE(body_signature_fits(auth_token, long_url, body, "y77kIzt2vzLz71DgmJGsen2scGs="));
  CHECK_FALSE(body_signature_fits(auth_token, long_url, body, ""));
  CHECK_FALSE(body_signature_fits(auth_token, url, body, sign_form(auth_token, url, {})));
  const auto twice = long_url + "&bodySHA256=" + body_hash;
  CHECK_FALSE(body_signature_fits(auth_token, twice, body, sign_form(auth_token, twice, {})));
  const auto wrong_hash = url + "&bodySHA256=" + std::string(64, '0');
  CHECK_FALSE(
      body_signature_fits(auth_token, wrong_hash, body, sign_form(auth_token, wrong_hash, {})));
}

TEST_CASE("texts compare equal only as a whole") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("abc", "ab"));
  CHECK_FALSE(equal_in_constant_time("", "a"));
}
