// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <nlohmann/json.hpp>
#include <string>

using namespace capricorn;

namespace {

std::string email(std::string_view text) {
  std::string reason;
  const auto read = EmailStr::parse(text, &reason);
  return read ? read->str() : reason;
}

template <class U>
std::string url(std::string_view text) {
  U value;
  ErrorDetail error;
  if (TextTraits<U>::parse(text, &value, error)) return value.str();
  return error.type + "|" + error.msg + "|" + error.ctx_json;
}
std::string fault(const std::string& reason) {
  return "url_parsing|Input should be a valid URL, " + reason + "|{\"error\":\"" + reason + "\"}";
}

struct Member {
  EmailStr email;
  HttpUrl site = HttpUrl("https://example.com");
  std::optional<AnyUrl> database;
};

}  // namespace

// The answers of email-validator 2, which pydantic asks.
TEST_CASE("an e-mail address is read, its domain in lower case") {
  CHECK(email("me@example.com") == "me@example.com");
  CHECK(email("Me@Example.COM") == "Me@example.com");
  CHECK(email(" me@example.com ") == "me@example.com");
  CHECK(email("Some Body <me@example.com>") == "me@example.com");
  CHECK(email("a.b+c!#$%&'*/=?^`{|}~-_@a-b.example.co") ==
        "a.b+c!#$%&'*/=?^`{|}~-_@a-b.example.co");
  CHECK(email("jörg@bücher.de") == "jörg@bücher.de");
  CHECK(email("me@xn--bcher-kva.de") == "me@bücher.de");
}

TEST_CASE("what is no e-mail address is told why") {
  CHECK(email("") == "An email address must have an @-sign.");
  CHECK(email("@example.com") == "There must be something before the @-sign.");
  CHECK(email("me@") == "There must be something after the @-sign.");
  CHECK(email("a b@x.com") ==
        "The email address contains invalid characters before the @-sign: SPACE.");
  CHECK(email("a,b;c@x.com") ==
        "The email address contains invalid characters before the @-sign: ',', ';'.");
  CHECK(email("a@b@c.com") == "The part after the @-sign contains invalid characters: '@'.");
  CHECK(email(".a@x.com") == "An email address cannot start with a period.");
  CHECK(email("a.@x.com") ==
        "An email address cannot have a period immediately before the @-sign.");
  CHECK(email("a..b@x.com") == "An email address cannot have two periods in a row.");
  CHECK(email("a@.com") == "An email address cannot have a period immediately after the @-sign.");
  CHECK(email("a@x.") == "An email address cannot end with a period.");
  CHECK(email("a@x-.com") ==
        "An email address cannot have a period and a hyphen next to each other.");
  CHECK(email("a@localhost") == "The part after the @-sign is not valid. It should have a period.");
  CHECK(email("a@x.123") ==
        "The part after the @-sign is not valid. It is not within a valid top-level domain.");
  CHECK(email("a@my.test") ==
        "The part after the @-sign is a special-use or reserved name that cannot be used with "
        "email.");
  CHECK(email(std::string(65, 'a') + "@x.com") ==
        "The email address is too long before the @-sign (1 character too many).");
  CHECK(email("a@" + std::string(66, 'b') + ".com") ==
        "After the @-sign, periods cannot be separated by so many characters (3 characters too "
        "many).");
  CHECK(email(std::string(3000, 'a')) == "Length must not exceed 2048 characters");
}

TEST_CASE("normalization puts no character into an e-mail address that may not be there") {
  constexpr const char* kAfter =
      "The part after the @-sign contains invalid characters after Unicode normalization: ";
  CHECK(email("me@evil.com，x＠example.com") == std::string(kAfter) + "',', '@'.");
  CHECK(email("me@x\u037e.com") == std::string(kAfter) + "';'.");
  CHECK(email("me@ex℀mple.com") == std::string(kAfter) + "'/'.");
  // Punycode of "＠x" and of "a，b", which nobody may register.
  CHECK(email("me@xn--x-2o0i.com") == "The part after the @-sign contains invalid characters.");
  CHECK(email("me@xn--ab-su3n.com") == "The part after the @-sign contains invalid characters.");
  CHECK(email("me@xn--fa-hia.de") == "me@faß.de");
  CHECK(email("me@bücher。de") == "me@bücher.de");
}

TEST_CASE("an e-mail address has nothing that nobody sees") {
  constexpr const char* kUnsafe = "The email address contains unsafe characters: ";
  CHECK(email("a\u200bdmin@example.com") == std::string(kUnsafe) + "U+200B.");
  CHECK(email("a\u202eb\u2028\u0085c@example.com") ==
        std::string(kUnsafe) + "U+0085, U+2028, U+202E.");
  CHECK(email("a\U000e0041b@example.com") == std::string(kUnsafe) + "U+E0041.");
  CHECK(email("me@ex\u00adample.com") == std::string(kUnsafe) + "U+00AD.");
  CHECK(email("a\xff@example.com") == std::string(kUnsafe) + "U+FFFD.");
  CHECK(email("a\xe2\x80@example.com") == std::string(kUnsafe) + "U+FFFD.");
  CHECK(email("葉士豪@臺網中心.tw") == "葉士豪@臺網中心.tw");
  CHECK(email("अजय@example.com") == "अजय@example.com");
}

// The answers of pydantic 2.13.
TEST_CASE("a URL is kept in the form that browsers give it") {
  CHECK(url<HttpUrl>("http://example.com") == "http://example.com/");
  CHECK(url<HttpUrl>("HTTP://Example.COM:80/a b?q=1#f") == "http://example.com/a%20b?q=1#f");
  CHECK(url<HttpUrl>("https://user:pw@EXAMPLE.com:443/%7Efoo/../x") ==
        "https://user:pw@example.com/x");
  CHECK(url<HttpUrl>("http:///x") == "http://x/");
  CHECK(url<HttpUrl>("http://[::1]:8080/") == "http://[::1]:8080/");
  CHECK(url<HttpUrl>("http://[::ffff:1.2.3.4]/") == "http://[::ffff:102:304]/");
  CHECK(url<HttpUrl>("http://[::1.2.0.0]/") == "http://[::102:0]/");
  CHECK(url<HttpUrl>("http://example.com/ü") == "http://example.com/%C3%BC");
  CHECK(url<HttpUrl>("http://bücher.de/") == "http://xn--bcher-kva.de/");
  CHECK(url<HttpUrl>("http://a..b/") == "http://a..b/");
  CHECK(url<HttpUrl>("http:example.com") == "http://example.com/");
  CHECK(url<HttpUrl>("http:\\\\x\\y") == "http://x/y");
  CHECK(url<HttpUrl>(" http://x\n") == "http://x/");
  CHECK(url<HttpUrl>("http://x:") == "http://x/");
  CHECK(url<HttpUrl>("http://x?") == "http://x/?");
  CHECK(url<HttpUrl>("http://x#") == "http://x/#");
  CHECK(url<HttpUrl>("http://%41.com") == "http://a.com/");
  CHECK(url<HttpUrl>("http://a_b.com") == "http://a_b.com/");
  CHECK(url<HttpUrl>("http://0x7f.1/") == "http://127.0.0.1/");
  CHECK(url<HttpUrl>("http://x:080/") == "http://x/");
  CHECK(url<AnyUrl>("postgres://u:p@h:5432/db") == "postgres://u:p@h:5432/db");
  CHECK(url<AnyUrl>("file:///etc/passwd") == "file:///etc/passwd");
  CHECK(url<AnyUrl>("file://LOCALHOST/etc/passwd") == "file:///etc/passwd");
  CHECK(url<AnyUrl>("file://host/etc/passwd") == "file://host/etc/passwd");
  for (const char* other : {"file://host:80/", "file://me@host/", "file://:80/"}) {
    CHECK(url<AnyUrl>(other).contains("invalid international domain name"));
  }
  CHECK(url<AnyUrl>("mailto:me@x.com") == "mailto:me@x.com");
  CHECK(url<AnyUrl>("data:text/plain,hi") == "data:text/plain,hi");
  CHECK(url<AnyUrl>("x:/a/..?b") == "x:/?b");
  CHECK(url<AnyUrl>("x://h/.#b") == "x://h/#b");
  CHECK(url<AnyUrl>("x://h/a/../..") == "x://h/");
  CHECK(url<AnyUrl>("x://") == "x://");
  CHECK(url<AnyUrl>("x:") == "x:");
  CHECK(url<AnyUrl>("ws://x") == "ws://x/");
}

TEST_CASE("what is no URL is told in pydantic's words") {
  CHECK(url<AnyUrl>("") == fault("input is empty"));
  CHECK(url<AnyUrl>("not a url") == fault("relative URL without a base"));
  CHECK(url<AnyUrl>("//x") == fault("relative URL without a base"));
  CHECK(url<AnyUrl>("http://") == fault("empty host"));
  CHECK(url<AnyUrl>("http://user@/x") == fault("empty host"));
  CHECK(url<AnyUrl>("http://a:99999") == fault("invalid port number"));
  CHECK(url<AnyUrl>("http://[zz]/") == fault("invalid IPv6 address"));
  CHECK(url<AnyUrl>("http://1.2.3.256") == fault("invalid IPv4 address"));
  CHECK(url<HttpUrl>("http://xn--x-2o0i.com") == fault("invalid international domain name"));
  CHECK(url<AnyUrl>("http://exa mple.com") == fault("invalid international domain name"));
  CHECK(url<AnyUrl>("http://a%00b/") == fault("invalid international domain name"));
  CHECK(url<HttpUrl>("ftp://x.y/z") ==
        "url_scheme|URL scheme should be 'http' or 'https'|"
        R"({"expected_schemes":"'http' or 'https'"})");
  CHECK(url<HttpUrl>("http://x" + std::string(3000, 'a')) ==
        "url_too_long|URL should have at most 2083 characters|{\"max_length\":2083}");
  CHECK_THROWS_AS(AnyUrl("x"), std::invalid_argument);
  CHECK_THROWS_AS(HttpUrl("ftp://x"), std::invalid_argument);
}

TEST_CASE("a URL's parts are asked for by their names") {
  const AnyUrl all("https://me:secret@example.com:8443/a/b?x=1#top");
  CHECK(all.scheme() == "https");
  CHECK(all.username() == "me");
  CHECK(all.password() == "secret");
  CHECK(all.host() == "example.com");
  CHECK(all.port() == 8443);
  CHECK(all.path() == "/a/b");
  CHECK(all.query() == "x=1");
  CHECK(all.fragment() == "top");
  const AnyUrl few("http://example.com");
  CHECK(few.username().empty());
  CHECK(few.port() == 80);
  CHECK(few.path() == "/");
  CHECK(few.query().empty());
  CHECK(few.fragment().empty());
  CHECK_FALSE(AnyUrl("mailto:me@example.com").port());
}

TEST_CASE("addresses and URLs are members of models") {
  App app;
  app.post("/members", [](Body<Member> member) -> Task<Member> { co_return *member; });
  TestClient client(app);
  const auto post = [&](const char* body) {
    return client
        .post("/members", {.headers = {{"content-type", "application/json"}}, .content = body})
        .text();
  };
  CHECK(post(R"({"email":"Me@X.com","database":"postgres://h/db"})") ==
        R"({"email":"Me@x.com","site":"https://example.com/","database":"postgres://h/db"})");
  CHECK(post(R"({"email":"me","site":5})") ==
        R"({"detail":[{"type":"value_error","loc":["body","email"],"msg":"value is not a valid )"
        R"(email address: An email address must have an @-sign.","input":"me","ctx":{"reason":)"
        R"("An email address must have an @-sign."}},{"type":"url_type","loc":["body","site"],)"
        R"("msg":"URL input should be a string or URL","input":5}]})");
  CHECK(post("{}").contains(R"("type":"missing","loc":["body","email"])"));
  const auto schema = app.openapi()["components"]["schemas"]["Member"];
  CHECK(schema["properties"]["email"].dump() ==
        R"({"type":"string","format":"email","title":"Email"})");
  CHECK(schema["properties"]["site"]["maxLength"] == 2083);
  CHECK(schema["required"].dump() == R"(["email"])");
}
