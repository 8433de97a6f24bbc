// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/cookie_jar.hpp>

#include <stdexcept>
#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

const Uri kHere = Uri::parse("http://shop.example.com/a/b");
constexpr CookieJar::Time kNow{std::chrono::seconds(1'700'000'000)};

/// What a jar that took these sends there.
std::string sent(std::initializer_list<std::string_view> set, std::string_view to,
                 std::chrono::seconds later = 0s) {
  CookieJar jar;
  for (const std::string_view cookie : set) jar.store(kHere, cookie, kNow);
  return jar.header(Uri::parse(to), kNow + later);
}

}  // namespace

TEST_CASE("a cookie goes back to its host and path") {
  CHECK(sent({"a=1"}, "http://shop.example.com/a/") == "a=1");
  CHECK(sent({"a=1"}, "http://shop.example.com/a") == "a=1");
  CHECK(sent({"a=1"}, "http://shop.example.com/ab") == "");
  CHECK(sent({"a=1"}, "http://shop.example.com/") == "");
  CHECK(sent({"a=1; Path=/"}, "http://shop.example.com:81/") == "a=1");
  CHECK(sent({"a=1; path=/x"}, "http://shop.example.com/x/y") == "a=1");
  CHECK(sent({"a=1; Path=/"}, "http://example.com/") == "");
  CHECK(sent({"a=1; Path=/"}, "http://x.shop.example.com/") == "");
}

TEST_CASE("a domain is a cookie's wish, within limits") {
  CHECK(sent({"a=1; Path=/; Domain=.Example.com"}, "http://other.example.com/") == "a=1");
  CHECK(sent({"a=1; Path=/; Domain=example.com"}, "http://example.com/") == "a=1");
  CHECK(sent({"a=1; Path=/; Domain=example.com"}, "http://badexample.com/") == "");
  CHECK(sent({"a=1; Path=/; Domain=else.com"}, "http://else.com/") == "");
  CookieJar jar;
  jar.store(Uri::parse("http://10.0.0.1/"), "a=1; Domain=0.0.1", kNow);
  CHECK(jar.size() == 0);
}

TEST_CASE("secure cookies need a secure scheme") {
  CHECK(sent({"a=1; Path=/; Secure"}, "https://shop.example.com/") == "");
  CookieJar jar;
  jar.store(Uri::parse("https://h/"), "a=1; Secure", kNow);
  CHECK(jar.header(Uri::parse("https://h/"), kNow) == "a=1");
  CHECK(jar.header(Uri::parse("wss://h/"), kNow) == "a=1");
  CHECK(jar.header(Uri::parse("http://h/"), kNow) == "");
}

TEST_CASE("cookies end, and Max-Age counts more than Expires") {
  const char* here = "http://shop.example.com/a/";
  CHECK(sent({"a=1; Max-Age=10"}, here, 9s) == "a=1");
  CHECK(sent({"a=1; Max-Age=10"}, here, 10s) == "");
  CHECK(sent({"a=1; Expires=Tue, 14 Nov 2023 22:13:30 GMT"}, here, 9s) == "a=1");
  CHECK(sent({"a=1; Expires=Tue, 14 Nov 2023 22:13:30 GMT"}, here, 10s) == "");
  CHECK(sent({"a=1; Max-Age=20; Expires=Tue, 14 Nov 2023 22:13:30 GMT"}, here, 15s) == "a=1");
  CHECK(sent({"a=1; Max-Age=x; Expires=soon"}, here, 1000h) == "a=1");
  CHECK(sent({"a=1", "a=; Max-Age=0"}, here) == "");
  CHECK(sent({"a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, here) == "");
  for (const char* forever :
       {"a=1; Max-Age=99999999999", "a=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
        "a=1; Expires=Sat, 01 Jan 2300 00:00:00 GMT"}) {
    CAPTURE(forever);
    CHECK(sent({forever}, here, std::chrono::hours(399 * 24)) == "a=1");
    CHECK(sent({forever}, here, std::chrono::hours(401 * 24)) == "");
  }
  CHECK(sent({"a=1", "a=; Expires=Sun, 01 Jan 1601 00:00:00 GMT"}, here) == "");
}

TEST_CASE("longer paths first, then the older; one set again keeps its place") {
  CHECK(sent({"a=1; Path=/", "b=2; Path=/a", "c=3; Path=/", "a=4; Path=/"},
             "http://shop.example.com/a/b") == "b=2; a=4; c=3");
  CHECK(sent({"a=1; Path=/", "a=2; Path=/a"}, "http://shop.example.com/a") == "a=2; a=1");
}

TEST_CASE("a jar is asked and filled by hand") {
  CookieJar jar;
  jar.store(kHere, R"(q="a b\054")", kNow);
  jar.store(kHere, "=nothing", kNow);
  CHECK(jar.get("q") == "a b,");
  CHECK_FALSE(jar.get("none"));
  jar.set("any", "1");
  jar.set("one", "2", "Example.com", "/x");
  CHECK(jar.header(Uri::parse("http://w.example.com/x"), kNow) == "one=2; any=1");
  CHECK(jar.header(Uri::parse("http://h/"), kNow) == "any=1");
  jar.remove("any");
  CHECK(jar.header(Uri::parse("http://h/"), kNow) == "");
  jar.clear();
  CHECK(jar.size() == 0);
  CHECK_THROWS_AS(jar.set("a", "x; b=1"), std::invalid_argument);
  CHECK_THROWS_AS(jar.set("a=b", "x"), std::invalid_argument);
  CHECK_THROWS_AS(jar.set("", "x"), std::invalid_argument);
}
