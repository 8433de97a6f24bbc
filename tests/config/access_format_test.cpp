// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/config/access_format.hpp>

#include <string>

using namespace capricorn;

TEST_CASE("an access log's format is text and atoms") {
  const auto atoms = parse_access_format("%(h)s 100%% \"%({User-Agent}i)s\" %({HOME}e)s");
  REQUIRE(atoms);
  REQUIRE(atoms->size() == 5);
  CHECK((*atoms)[0].name == 'h');
  CHECK((*atoms)[1].text == " 100% \"");
  CHECK((*atoms)[2].name == 'i');
  CHECK((*atoms)[2].text == "user-agent");
  CHECK((*atoms)[3].text == "\" ");
  CHECK((*atoms)[4].name == 'e');
  CHECK((*atoms)[4].text == "HOME");
}

TEST_CASE("an atom that is unknown, or does not end, makes no format") {
  for (const std::string_view text :
       {"%", "%h", "%(h)", "%(h", "%(x)s", "%(hh)s", "%()s", "%({}i)s", "%({a}x)s", "%({a)s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_access_format(text));
  }
}
