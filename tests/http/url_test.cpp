// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/url.hpp>

using namespace capricorn;

TEST_CASE("percent escapes are decoded and invalid ones stay") {
  struct Case {
    std::string_view in, out;
    bool decoded;
  };
  for (Case c : {Case{"", "", false},
                 {"/a", "/a", false},
                 {"/a%20b", "/a b", true},
                 {"%2f%2F", "//", true},
                 {"%", "%", false},
                 {"%4", "%4", false},
                 {"%zz%41", "%zzA", true},
                 {"a+b", "a+b", false},
                 {"%c3%a4", "\xc3\xa4", true}}) {
    CAPTURE(c.in);
    Buffer out;
    CHECK(percent_decode(c.in, out) == c.decoded);
    CHECK(out.view() == c.out);
    CHECK(percent_decode(c.in) == c.out);
  }
}

TEST_CASE("what is encoded decodes to itself") {
  CHECK(percent_encode("/a b?%\xff") == "/a%20b%3F%25%FF");
  CHECK(percent_decode(percent_encode("x&y=+\n")) == "x&y=+\n");
}

TEST_CASE("a query string is a list of decoded pairs") {
  QueryParams query("a=1&b=x+y%21&&a=2&flag&=v&c=d=e");
  CHECK(query.size() == 6);
  CHECK(query.get("a") == "2");
  CHECK(query.get_all("a") == std::vector<std::string_view>{"1", "2"});
  CHECK(query.get("b") == "x y!");
  CHECK(query.get("flag") == "");
  CHECK(query.get("") == "v");
  CHECK(query.get("c") == "d=e");
  CHECK_FALSE(query.get("z"));
}
