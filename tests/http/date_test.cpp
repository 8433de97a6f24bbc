// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/date.hpp>

using namespace capricorn;

TEST_CASE("the three date formats name the same second") {
  CHECK(format_http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == 784111777);
  CHECK(parse_http_date("Sun Nov  6 08:49:37 1994") == 784111777);
}

TEST_CASE("dates survive being written and read") {
  for (std::time_t time : {0L, 951782400L, 1709164800L, 4102444799L}) {
    CHECK(parse_http_date(format_http_date(time)) == time);
  }
}

TEST_CASE("what is no date is nothing") {
  for (std::string_view text :
       {"", "Sun", "Sun, ", "yesterday", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMTx", "Sun, 06 ovD 1994 08:49:37 GMT", "Sun Nov 06"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_http_date(text));
  }
}
