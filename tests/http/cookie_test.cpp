// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/cookie.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

std::string read(std::initializer_list<std::string_view> fields) {
  Cookies cookies;
  for (const std::string_view field : fields) cookies.parse(field);
  std::string out;
  for (const auto& [name, value] : cookies) out += name + "=" + value + "|";
  return out;
}

}  // namespace

TEST_CASE("Cookie fields are read as browsers write them") {
  struct Case {
    std::string_view field;
    std::string_view expected;
  };
  for (const Case& c : {
           Case{"a=b", "a=b|"},
           {"a=b; c=d", "a=b|c=d|"},
           {"a=b;c=d ;\te = f ", "a=b|c=d|e=f|"},
           {"a=b=c", "a=b=c|"},
           {"a=", "a=|"},
           {"=b", "=b|"},
           {"b", "=b|"},
           {"a=b; c; d=e", "a=b|=c|d=e|"},
           {";;  ; a=b;;", "a=b|"},
           {"", ""},
           {" = ", ""},
           {R"(a="b c")", "a=b c|"},
           {R"(a="x\"y\\z")", R"(a=x"y\z|)"},
           {R"(a="\073\054\303\244")", "a=;,\xc3\xa4|"},
           {R"(a="\q\12\400")", "a=q12400|"},
           {R"(a="b)", "a=\"b|"},
           {R"(a=")", "a=\"|"},
           {R"(a="")", "a=|"},
           {R"(a=b"c")", "a=b\"c\"|"},
           {R"(keebler="E=mc2; L=\"Loves\"; fudge=;")",
            "keebler=\"E=mc2|L=\\\"Loves\\\"|fudge=|=\"|"},
           {"a b=c d", "a b=c d|"},
           {"$Version=1; a=\xc3\xa4", "$Version=1|a=\xc3\xa4|"},
       }) {
    CAPTURE(c.field);
    CHECK(read({c.field}) == c.expected);
  }
  CHECK(read({"a=1; b=2", "c=3", "a=4"}) == "a=1|b=2|c=3|a=4|");
}

TEST_CASE("the last cookie of a name counts, its case as well") {
  Cookies cookies;
  cookies.parse("a=1; A=2; a=3");
  CHECK(cookies.get("a") == "3");
  CHECK(cookies.get("A") == "2");
  CHECK_FALSE(cookies.get("b"));
  CHECK(cookies.size() == 3);
}

TEST_CASE("Set-Cookie has Python's format and order") {
  CHECK(format_set_cookie("mycookie", "myvalue",
                          {.max_age = 10s,
                           .expires = std::chrono::system_clock::from_time_t(2147472000 - 99590),
                           .path = "/",
                           .domain = "localhost",
                           .secure = true,
                           .httponly = true,
                           .samesite = "none",
                           .partitioned = true}) ==
        "mycookie=myvalue; Domain=localhost; expires=Sun, 17 Jan 2038 20:20:10 GMT; HttpOnly; "
        "Max-Age=10; Partitioned; Path=/; SameSite=none; Secure");
  CHECK(format_set_cookie("a", "b", {}) == "a=b; Path=/; SameSite=lax");
  CHECK(format_set_cookie("a", "b", {.path = "", .samesite = ""}) == "a=b");
  CHECK(format_set_cookie("__Host-a", "b", {.secure = true, .samesite = "strict"}) ==
        "__Host-a=b; Path=/; SameSite=strict; Secure");
  CHECK(format_set_cookie("__Secure-a", "b", {.path = "/x", .domain = "a.b", .secure = true}) ==
        "__Secure-a=b; Domain=a.b; Path=/x; SameSite=lax; Secure");
}

TEST_CASE("what is set comes back") {
  for (const std::string_view value :
       {"", "plain", "with space", "v; Secure", "a=b", "a,b", "\"quoted\"", "back\\slash",
        "\xc3\xa4\xe2\x82\xac", "a:b!#$%&'*+-.^_`|~", "\\054"}) {
    CAPTURE(value);
    const std::string field = format_set_cookie("k", value, {.path = "", .samesite = ""});
    CHECK(field.find('\xc3') == std::string::npos);
    Cookies cookies;
    cookies.parse(field);
    CHECK(cookies.get("k") == value);
  }
  const CookieOptions bare{.path = "", .samesite = ""};
  CHECK(format_set_cookie("k", "", bare) == "k=\"\"");
  CHECK(format_set_cookie("k", "a,b c", bare) == R"(k="a\054b c")");
  CHECK(format_set_cookie("k", "v; Secure", bare) == R"(k="v\073 Secure")");
  CHECK(format_set_cookie("k", "a/b+c==", {.path = "", .samesite = "", .verbatim = true}) ==
        "k=a/b+c==");
}

TEST_CASE("a cookie that would be another one, or none, is refused") {
  struct Case {
    std::string_view what, name, value;
    CookieOptions options = {};
  };
  for (const Case& c : {
           Case{"no name", "", "v"},
           {"a space in the name", "a b", "v"},
           {"= in the name", "a=b", "v"},
           {"; in the name", "a;b", "v"},
           {"CR in the name", "a\rb", "v"},
           {"; in a verbatim value", "a", "v;Secure", {.verbatim = true}},
           {"a space in a verbatim value", "a", "v w", {.verbatim = true}},
           {"a quote in a verbatim value", "a", "\"v\"", {.verbatim = true}},
           {"no ASCII in a verbatim value", "a", "\xc3\xa4", {.verbatim = true}},
           {"LF in the value", "a", "v\nSet-Cookie: x=y"},
           {"CR in the value", "a", "v\r"},
           {"NUL in the value", "a", std::string_view("\0", 1)},
           {"a tab in the value", "a", "\t"},
           {"; in the path", "a", "v", {.path = "/;Domain=x"}},
           {"LF in the domain", "a", "v", {.domain = "x\n"}},
           {"SameSite=None alone", "a", "v", {.samesite = "None"}},
           {"an unknown SameSite", "a", "v", {.samesite = "maybe"}},
           {"partitioned alone", "a", "v", {.partitioned = true}},
           {"__Secure- alone", "__Secure-a", "v"},
           {"__Host- alone", "__Host-a", "v"},
           {"__Host- with a domain", "__Host-a", "v", {.domain = "x", .secure = true}},
           {"__Host- with a path", "__Host-a", "v", {.path = "/x", .secure = true}},
           {"__host- in another case", "__hOST-a", "v"},
       }) {
    CAPTURE(c.what);
    CHECK_THROWS_AS(format_set_cookie(c.name, c.value, c.options), std::invalid_argument);
  }
  CHECK_THROWS_AS(format_set_cookie("k", std::string(4096, 'x'), {}), std::invalid_argument);
  CHECK_NOTHROW(format_set_cookie("k", std::string(4095, 'x'), {}));
}
