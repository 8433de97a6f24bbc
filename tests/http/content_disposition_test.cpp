// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/content_disposition.hpp>

#include <vector>

using namespace capricorn;

TEST_CASE("names of downloads (RFC 6266, RFC 8187)") {
  struct Case {
    std::string_view name;
    std::string_view expected;
  };
  const std::vector<Case> cases = {
      {"a.txt", R"(attachment; filename="a.txt")"},
      {"a b;c.txt", R"(attachment; filename="a b;c.txt")"},
      {"r\xc3\xa9sum\xc3\xa9.pdf",
       R"(attachment; filename="r_sum_.pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf)"},
      {"\xe2\x82\xac rates",
       R"(attachment; filename="_ rates"; filename*=UTF-8''%E2%82%AC%20rates)"},
      {R"(a"b\c)", R"(attachment; filename="a_b_c"; filename*=UTF-8''a%22b%5Cc)"},
      {"100%.txt", R"(attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt)"},
      {"../etc", R"(attachment; filename=".._etc"; filename*=UTF-8''..%2Fetc)"},
      {"a\r\nset-cookie: b", R"(attachment; filename="a__set-cookie: b"; )"
                             R"(filename*=UTF-8''a%0D%0Aset-cookie%3A%20b)"},
      {"\xff.txt", R"(attachment; filename="_.txt"; filename*=UTF-8''_.txt)"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(content_disposition("attachment", c.name) == c.expected);
  }
  CHECK(content_disposition("inline", "a") == R"(inline; filename="a")");
}
