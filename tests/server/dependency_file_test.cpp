// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/server/dev/dependency_file.hpp>

using namespace capricorn;
using Words = std::vector<std::string>;

TEST_CASE("a rule's files are told without its target") {
  CHECK(read_dependencies("out/app.so: app.cpp \\\n  models/item.hpp \\\r\n /usr/include/x.h\n") ==
        Words{"app.cpp", "models/item.hpp", "/usr/include/x.h"});
}

TEST_CASE("spaces, number signs and dollars in names are read as make writes them") {
  CHECK(read_dependencies("a\\ b.so: my\\ app.cpp c\\#.hpp d$$.hpp back\\slash.hpp") ==
        Words{"my app.cpp", "c#.hpp", "d$.hpp", "back\\slash.hpp"});
}

TEST_CASE("a rule without files has none") {
  CHECK(read_dependencies("").empty());
  CHECK(read_dependencies("app.so:\n").empty());
}
