// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/urlencoded.hpp>

#include <string>
#include <string_view>

using namespace capricorn;

namespace {

void take(UrlencodedParser& parser, std::string& out) {
  using Event = UrlencodedParser::Event;
  for (Event event = parser.next(); event != Event::kMore; event = parser.next()) {
    if (event == Event::kTooLarge) {
      if (!out.ends_with("!")) out += "!";
      return;
    }
    out += parser.pair().first + "=" + parser.pair().second + ";";
  }
}

std::string read(std::initializer_list<std::string_view> pieces) {
  UrlencodedParser parser(16);
  std::string out;
  for (const std::string_view piece : pieces) {
    parser.feed(piece);
    take(parser, out);
  }
  parser.finish();
  take(parser, out);
  return out;
}

}  // namespace

TEST_CASE("URL-encoded forms are read, however their bytes are split") {
  struct Case {
    std::string_view body;
    std::string_view expected;
  };
  for (const Case& c : {
           Case{"", ""},
           {"a=1", "a=1;"},
           {"a=1&b=2", "a=1;b=2;"},
           {"a=1&a=2&", "a=1;a=2;"},
           {"&&a=&=b&&c", "a=;=b;c=;"},
           {"a+b=%26+%3d&x=1=2", "a b=& =;x=1=2;"},
           {"a=%zz%4&b=%c3%a4", "a=%zz%4;b=\xc3\xa4;"},
           {"name=12 characters", "!"},
           {"ok=1&123456789=12345678", "ok=1;!"},
           {"12345678=12345678", "12345678=12345678;"},
       }) {
    CAPTURE(c.body);
    CHECK(read({c.body}) == c.expected);
    for (std::size_t split = 0; split <= c.body.size(); ++split) {
      CAPTURE(split);
      CHECK(read({c.body.substr(0, split), c.body.substr(split)}) == c.expected);
    }
    UrlencodedParser parser(16);
    std::string out;
    for (const char& byte : c.body) {
      parser.feed({&byte, 1});
      take(parser, out);
    }
    parser.finish();
    take(parser, out);
    CHECK(out == c.expected);
  }
}
