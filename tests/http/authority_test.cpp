// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/authority.hpp>

#include <string_view>

using namespace capricorn;

TEST_CASE("an authority is a host and what stands behind its last colon") {
  struct Case {
    std::string_view text, host, port;
  };
  for (const Case& c : {Case{"example.com", "example.com", ""},
                        {"example.com:8080", "example.com", "8080"},
                        {"example.com:", "example.com", ""},
                        {"[2001:db8::1]", "[2001:db8::1]", ""},
                        {"[2001:db8::1]:80", "[2001:db8::1]", "80"},
                        {":80", "", "80"},
                        {"", "", ""}}) {
    CAPTURE(c.text);
    CHECK(split_authority(c.text).host == c.host);
    CHECK(split_authority(c.text).port == c.port);
  }
  CHECK(without_brackets("[::1]") == "::1");
  CHECK(without_brackets("a.b") == "a.b");
  CHECK(without_brackets("[") == "[");
}

TEST_CASE("a port is a number of 16 bits, in digits alone") {
  CHECK(parse_port("0") == 0);
  CHECK(parse_port("00080") == 80);
  CHECK(parse_port("65535") == 65535);
  for (const std::string_view text : {"", "65536", "-1", "-0", "+1", " 1", "1 ", "0x1", "a"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_port(text));
  }
}
