// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/server/dev/compiler_text.hpp>

using namespace capricorn;

namespace {

// As clang and g++ write it.
constexpr const char* kClang = "\x1b[1mapp.cpp:1:2: \x1b[0m\x1b[0;1;31merror: \x1b[0ma < b\n";
constexpr const char* kGcc = "\x1b[01m\x1b[Kapp.cpp:\x1b[m\x1b[K x\n";

}  // namespace

TEST_CASE("colours are taken out for what is no terminal") {
  CHECK(without_colors(kClang) == "app.cpp:1:2: error: a < b\n");
  CHECK(without_colors(kGcc) == "app.cpp: x\n");
  CHECK(without_colors("plain") == "plain");
}

TEST_CASE("colours become spans, and the text is escaped") {
  CHECK(colors_to_html(kClang) ==
        "<span class=\"b\">app.cpp:1:2: </span><span class=\"c31 b\">error: </span>a &lt; b\n");
  CHECK(colors_to_html(kGcc) == "<span class=\"b\">app.cpp:</span> x\n");
}

TEST_CASE("a sequence that breaks off ends the text") {
  CHECK(without_colors("a\x1b[0;3") == "a");
  CHECK(colors_to_html("a\x1b[") == "a");
}
