// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>

#include "conformance.hpp"

using namespace capricorn;
using namespace capricorn::conformance;

TEST_CASE("limits") {
  Config config;
  config.limits = {.request_line = 64,
                   .head_bytes = 256,
                   .head_fields = 5,
                   .body_bytes = 8,
                   .trailer_bytes = 64,
                   .chunk_extension_bytes = 16};
  const std::string path(64 - 14, 'p');  // "GET /" and " HTTP/1.1"
  const std::string line(100, 'l');
  const std::string three = "A: 1\r\nB: 2\r\nC: 3\r\n";
  const std::string big(230, 'v');
  check(
      std::to_array<Case>({
          {"RFC 9110, 15.5.15", "the longest request line", get("/" + path),
           "200 GET /" + path + "; keep"},
          {"RFC 9110, 15.5.15", "a longer one", get("/p" + path), "414; close"},
          {"RFC 9110, 15.5.15", "one without end", "GET /" + line, "414; close"},
          {"RFC 9110, 15.5.15", "a HEAD of one", "HEAD /" + line, "414 HEAD; close"},
          {"RFC 6585, 5", "as many fields as may be", get("/a", three + "D: 4\r\n"),
           "200 GET /a; keep"},
          {"RFC 6585, 5", "one more", get("/a", three + "D: 4\r\nE: 5\r\n"), "431; close"},
          {"RFC 6585, 5", "a large field", get("/a", "X: " + big + "\r\n"), "431; close"},
          {"RFC 6585, 5", "a name without end", "GET / HTTP/1.1\r\n" + big + big, "431; close"},
          {"RFC 6585, 5", "a value without end", "GET / HTTP/1.1\r\nX: " + big + big, "431; close"},
          {"RFC 6585, 5", "a HEAD of one", "HEAD / HTTP/1.1\r\nX: " + big + big, "431 HEAD; close"},
          {"RFC 9110, 15.5.14", "the largest body", post("Content-Length: 8\r\n", "12345678"),
           "200 POST /a [12345678]; keep"},
          {"RFC 9110, 15.5.14", "a larger one", post("Content-Length: 9\r\n", "123456789"),
           "413; close"},
          {"RFC 9110, 15.5.14", "announced only", post("Content-Length: 9\r\n", ""), "413; close"},
          {"RFC 9110, 15.5.14", "in one chunk", chunked("9\r\n123456789\r\n0\r\n\r\n"),
           "413; close"},
          {"RFC 9110, 15.5.14", "in several", chunked("8\r\n12345678\r\n1\r\n9\r\n0\r\n\r\n"),
           "413; close"},
          {"RFC 9110, 15.5.14", "a HEAD with one",
           "HEAD /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", "413 HEAD; close"},
          {"RFC 9110, 15.5.14", "one that nobody reads",
           post("Content-Length: 9\r\n", "", "/unread"), "200 unread; close"},
          {"RFC 9110, 15.5.14", "once the answer began it only breaks off",
           post("Transfer-Encoding: chunked\r\n", "1\r\na\r\n9\r\n", "/early"),
           "200 chunked earlybroken off; close"},
          {"RFC 9112, 7.1.1", "extensions", chunked("1;abcdefg=abcdefg\r\na\r\n0\r\n\r\n"),
           "200 POST /a [a]; keep"},
          {"RFC 9112, 7.1.1", "longer ones", chunked("1;abcdefg=abcdefghi\r\na\r\n0\r\n\r\n"),
           "413; close"},
          {"RFC 9112, 7.1.1", "in all", chunked("1;abcdefgh\r\na\r\n1;abcdefgh\r\na\r\n0\r\n\r\n"),
           "413; close"},
          {"RFC 9112, 7.1.1", "of no letters", chunked("1" + std::string(20, ';')), "413; close"},
          {"RFC 9112, 7.1.2", "trailers", chunked("0\r\nA: 1\r\nB: 2\r\n\r\n"),
           "200 POST /a a=1 b=2; keep"},
          {"RFC 6585, 5", "large trailers", chunked("0\r\nA: " + big + "\r\n\r\n"), "431; close"},
          {"RFC 6585, 5", "trailers without end", chunked("0\r\nA: " + big), "431; close"},
          {"RFC 6585, 5", "many trailers",
           chunked("0\r\n" + three + "D: 4\r\nE: 5\r\nF: 6\r\n\r\n"), "431; close"},
      }),
      config);
}

TEST_CASE("a route's own limit") {
  check(std::to_array<Case>({
      {"RFC 9110, 15.5.14", "the largest body",
       post("Content-Length: 8\r\n", "12345678", "/limited"), "200 POST /limited [12345678]; keep"},
      {"RFC 9110, 15.5.14", "a larger one", post("Content-Length: 9\r\n", "12345678", "/limited"),
       "413; close"},
  }));
}

TEST_CASE("an overloaded server") {
  Config config;
  config.limit_concurrency = 1;
  check(std::to_array<Case>({
            {"RFC 9110, 15.6.4", "one after the other", get("/slow") + get("/b"),
             "200 GET /slow; 200 GET /b; keep"},
        }),
        config);
}
