// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>

#include "conformance.hpp"

using namespace capricorn;
using namespace capricorn::conformance;

TEST_CASE("Host") {
  const auto host = [](std::string_view value) {
    return "GET /host HTTP/1.1\r\nHost:" + std::string(value) + "\r\n\r\n";
  };
  const auto good = [](std::string_view value) {
    return "200 GET /host host=" + std::string(value) + "; keep";
  };
  check(std::to_array<Case>({
      {"RFC 9112, 3.2", "a name", host(" example.org"), good("example.org")},
      {"RFC 9112, 3.2", "a port", host(" example.org:8080"), good("example.org:8080")},
      {"RFC 3986, 3.2.3", "an empty port", host(" example.org:"), good("example.org:")},
      {"RFC 3986, 3.2.3", "the largest port", host(" a:65535"), good("a:65535")},
      {"RFC 3986, 3.2.2", "an IPv4 address", host(" 192.0.2.1"), good("192.0.2.1")},
      {"RFC 3986, 3.2.2", "an IPv6 address", host(" [::1]"), good("[::1]")},
      {"RFC 3986, 3.2.2", "and a port", host(" [2001:db8::7]:80"), good("[2001:db8::7]:80")},
      {"RFC 3986, 3.2.2", "IPv4 within IPv6", host(" [::ffff:1.2.3.4]"), good("[::ffff:1.2.3.4]")},
      {"RFC 3986, 3.2.2", "an underscore", host(" a_b"), good("a_b")},
      {"RFC 3986, 3.2.2", "a percent escape", host(" a%2db"), good("a%2db")},
      {"RFC 3986, 3.2.2", "a dot at its end", host(" a.b."), good("a.b.")},
      {"RFC 9112, 3.2", "an empty one", host(""), good("")},
      {"RFC 9110, 5.5", "spaces and tabs around it", host(" \t a \t"), good("a")},
      {"RFC 9112, 3.2", "none", "GET / HTTP/1.1\r\n\r\n", "400; close"},
      {"RFC 9112, 3.2", "none to a HEAD", "HEAD / HTTP/1.1\r\n\r\n", "400 HEAD; close"},
      {"RFC 9112, 3.2", "two", get("/", "Host: y\r\n"), "400; close"},
      {"RFC 9112, 3.2", "the same one twice", get("/", "Host: x\r\n"), "400; close"},
      {"RFC 9112, 3.2", "the same one twice, in another case", get("/", "hOST: x\r\n"),
       "400; close"},
      {"RFC 9112, 3.2", "an empty second one", get("/", "Host:\r\n"), "400; close"},
      {"RFC 9112, 3.2", "a space within", host(" a b"), "400; close"},
      {"RFC 9112, 3.2", "a list", host(" a, b"), "400; close"},
      {"RFC 9112, 3.2", "a slash", host(" a/b"), "400; close"},
      {"RFC 9112, 3.2", "a backslash", host(" a\\b"), "400; close"},
      {"RFC 9112, 3.2", "a query", host(" a?b"), "400; close"},
      {"RFC 9112, 3.2", "a fragment", host(" a#b"), "400; close"},
      {"RFC 9112, 3.2", "user information", host(" u@a"), "400; close"},
      {"RFC 9112, 3.2", "a scheme", host(" http://a"), "400; close"},
      {"RFC 9112, 3.2", "a port of letters", host(" a:b"), "400; close"},
      {"RFC 9112, 3.2", "two ports", host(" a:1:2"), "400; close"},
      {"RFC 9112, 3.2", "a port too large", host(" a:65536"), "400; close"},
      {"RFC 9112, 3.2", "a port with a sign", host(" a:+80"), "400; close"},
      {"RFC 9112, 3.2", "an open bracket", host(" [::1"), "400; close"},
      {"RFC 9112, 3.2", "a closed bracket", host(" ::1]"), "400; close"},
      {"RFC 9112, 3.2", "IPv6 without brackets", host(" ::1"), "400; close"},
      {"RFC 9112, 3.2", "brackets around nothing", host(" []"), "400; close"},
      {"RFC 9112, 3.2", "brackets around a name", host(" [a.b]"), "400; close"},
      {"RFC 9112, 3.2", "brackets around IPv4", host(" [1.2.3.4]"), "400; close"},
      {"RFC 9112, 3.2", "more behind the bracket", host(" [::1]x"), "400; close"},
      {"RFC 9112, 3.2", "a zone", host(" [fe80::1%25eth0]"), "400; close"},
      {"RFC 9112, 3.2", "a bad escape", host(" a%2"), "400; close"},
      {"RFC 9112, 3.2", "UTF-8", host(" \xc3\xa4"), "400; close"},
      {"RFC 9112, 3.2", "a quote", host(" \"a\""), "400; close"},
      {"RFC 9112, 3.2", "a NUL", std::string("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 28),
       "400; close"},
  }));
}
