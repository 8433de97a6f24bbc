// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/server/dev/source_directives.hpp>

using namespace capricorn;
using Words = std::vector<std::string>;

TEST_CASE("a source says what it is compiled with") {
  const SourceDirectives said = read_directives(
      "// capricorn: pkg-config sqlite3 libpq\n"
      "#include <x>\r\n"
      "// capricorn: cxxflags -DA=1  -DB\r\n"
      "// capricorn: ldflags -lm",
      "app.cpp");
  CHECK(said.packages == Words{"sqlite3", "libpq"});
  CHECK(said.cxxflags == Words{"-DA=1", "-DB"});
  CHECK(said.ldflags == Words{"-lm"});
  CHECK(said.mistakes.empty());
}

TEST_CASE("a directive stands at the beginning of a line") {
  const SourceDirectives said =
      read_directives("  // capricorn: ldflags -lm\n// see capricorn: it\n", "app.cpp");
  CHECK(said.ldflags.empty());
  CHECK(said.mistakes.empty());
}

TEST_CASE("a directive that is none is told with its line") {
  const SourceDirectives said = read_directives(
      "int x;\n// capricorn: libs -lm\n// capricorn:\n// capricorn: ldflags\n", "app.cpp");
  CHECK(said.mistakes ==
        Words{"app.cpp:2: expected pkg-config, cxxflags or ldflags after '// capricorn:', got "
              "'libs'.",
              "app.cpp:3: expected pkg-config, cxxflags or ldflags after '// capricorn:', got ''.",
              "app.cpp:4: nothing stands after 'ldflags'."});
}
