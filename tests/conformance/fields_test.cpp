// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>

#include "conformance.hpp"

using namespace capricorn;
using namespace capricorn::conformance;

TEST_CASE("field lines") {
  const auto with = [](std::string_view field) { return get("/a", field); };
  const auto seen = [](std::string_view fields) {
    return "200 GET /a" + std::string(fields) + "; keep";
  };
  check(std::to_array<Case>({
      {"RFC 9112, 5", "a field", with("X-A: b\r\n"), seen(" x-a=b")},
      {"RFC 9112, 5", "no space behind the colon", with("X-A:b\r\n"), seen(" x-a=b")},
      {"RFC 9112, 5", "spaces and tabs around", with("X-A: \t b \t \r\n"), seen(" x-a=b")},
      {"RFC 9112, 5", "spaces within", with("X-A: b  c\td\r\n"), seen(" x-a=b  c\td")},
      {"RFC 9112, 5", "an empty value", with("X-A:\r\n"), seen(" x-a=")},
      {"RFC 9112, 5", "a blank value", with("X-A:   \r\n"), seen(" x-a=")},
      {"RFC 9112, 5", "colons in the value", with("X-A: b:c::d\r\n"), seen(" x-a=b:c::d")},
      {"RFC 9110, 5.3", "twice, in order", with("X-A: 1\r\nX-B: 2\r\nX-A: 3\r\n"),
       seen(" x-a=1 x-b=2 x-a=3")},
      {"RFC 9110, 5.5", "bytes beyond ASCII", with("X-A: \xc3\xa4\xff\r\n"),
       seen(" x-a=\xc3\xa4\xff")},
      {"RFC 9110, 5.6.2", "what a name may have", with("X-!#$%&'*+.^_`|~09: b\r\n"),
       seen(" x-!#$%&'*+.^_`|~09=b")},
      {"RFC 9112, 5.1", "a space before the colon", with("X-A : b\r\n"), "400; close"},
      {"RFC 9112, 5.1", "a tab before the colon", with("X-A\t: b\r\n"), "400; close"},
      {"RFC 9112, 5.1", "a space within the name", with("X A: b\r\n"), "400; close"},
      {"RFC 9112, 5.1", "a name of nothing", with(": b\r\n"), "400; close"},
      {"RFC 9112, 5.1", "no colon", with("X-A\r\n"), "400; close"},
      {"RFC 9112, 2.2", "a space before the first field", "GET /a HTTP/1.1\r\n Host: x\r\n\r\n",
       "400; close"},
      {"RFC 9112, 5.2", "folded", with("X-A: b\r\n c\r\n"), "400; close"},
      {"RFC 9112, 5.2", "folded with a tab", with("X-A: b\r\n\tc\r\n"), "400; close"},
      {"RFC 9112, 5.2", "folded and empty", with("X-A:\r\n \r\n"), "400; close"},
      {"RFC 9110, 5.6.2", "a name in UTF-8", with("X-\xc3\xa4: b\r\n"), "400; close"},
      {"RFC 9110, 5.6.2", "a name with a parenthesis", with("X(A): b\r\n"), "400; close"},
      {"RFC 9110, 5.6.2", "a name with a slash", with("X/A: b\r\n"), "400; close"},
      {"RFC 9110, 5.6.2", "a name with a NUL", with(std::string_view("X\0A: b\r\n", 8)),
       "400; close"},
      {"RFC 9110, 5.6.2", "a name with a control character", with("X\x01: b\r\n"), "400; close"},
      {"RFC 9110, 5.6.2", "a name in quotes", with("\"X\": b\r\n"), "400; close"},
      {"RFC 9110, 5.5", "a NUL in the value", with(std::string_view("X-A: b\0c\r\n", 10)),
       "400; close"},
      {"RFC 9110, 5.5", "a CR in the value", with("X-A: b\rc\r\n"), "400; close"},
      {"RFC 9110, 5.5", "a CR at its end", with("X-A: b\r\r\n"), "400; close"},
      {"RFC 9110, 5.5", "an LF in the value", with("X-A: b\nX-B: c\r\n"), "400; close"},
      {"RFC 9112, 2.2", "a bare LF ends a field", with("X-A: b\n"), "400; close"},
      {"RFC 9112, 2.2", "a bare LF ends the head", "GET /a HTTP/1.1\r\nHost: x\r\n\n",
       "400; close"},
      {"RFC 9112, 2.2", "a bare CR ends the head", "GET /a HTTP/1.1\r\nHost: x\r\n\rX",
       "400; close"},
      {"RFC 9112, 5", "to a HEAD, too", "HEAD /a HTTP/1.1\r\nHost: x\r\nX : b\r\n\r\n",
       "400 HEAD; close"},
  }));
}

TEST_CASE("Connection and Upgrade") {
  const auto with = [](std::string_view field) { return get("/a", field) + get("/b"); };
  const std::string stays = "200 GET /a; 200 GET /b; keep";
  const std::string closes = "200 GET /a; close";
  check(std::to_array<Case>({
      {"RFC 9112, 9.3", "it stays", with(""), stays},
      {"RFC 9112, 9.3", "keep-alive says nothing new", with("Connection: keep-alive\r\n"), stays},
      {"RFC 9112, 9.6", "close", with("Connection: close\r\n"), closes},
      {"RFC 9112, 9.6", "in capitals", with("Connection: CLOSE\r\n"), closes},
      {"RFC 9110, 7.6.1", "in a list", with("Connection: x, close\r\n"), closes},
      {"RFC 9110, 7.6.1", "in a list without spaces", with("Connection: x,close,y\r\n"), closes},
      {"RFC 9110, 7.6.1", "beside keep-alive", with("Connection: keep-alive, close\r\n"), closes},
      {"RFC 9110, 7.6.1", "on a line of its own",
       with("Connection: keep-alive\r\nConnection: close\r\n"), closes},
      {"RFC 9110, 7.6.1", "on the first line",
       with("Connection: close\r\nConnection: keep-alive\r\n"), closes},
      {"RFC 9110, 7.6.1", "a longer word", with("Connection: closed\r\n"), stays},
      {"RFC 9110, 7.6.1", "a word before it", with("Connection: not close\r\n"), stays},
      {"RFC 9110, 7.6.1", "empty", with("Connection:\r\n"), stays},
      {"RFC 9110, 7.6.1", "commas alone", with("Connection: ,,\r\n"), stays},
      {"RFC 9110, 7.6.1", "empty elements", with("Connection: ,, close ,\r\n"), closes},
      {"RFC 9112, 9.6", "behind a body",
       post("Connection: close\r\nContent-Length: 2\r\n", "hi") + get("/b"),
       "200 POST /a [hi]; close"},
      {"RFC 9112, 9.6", "a handler asks for it", get("/close") + get("/b"),
       "200 GET /close; close"},
      {"RFC 9110, 7.8", "an upgrade nobody takes",
       with("Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n"), stays},
      {"RFC 9110, 7.8", "with a body",
       post("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n", "hi") + get("/b"),
       "200 POST /a [hi]; 200 GET /b; keep"},
      {"RFC 9110, 7.8", "with a chunked body",
       post("Connection: Upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n",
            "2\r\nhi\r\n0\r\n\r\n") +
           get("/b"),
       "200 POST /a [hi]; 200 GET /b; keep"},
      {"RFC 9110, 7.8", "without Connection", with("Upgrade: h2c\r\n"), stays},
      {"RFC 9112, 9.6", "FIN behind a request", get("/a"), "200 GET /a; close", true},
      {"RFC 9112, 9.6", "FIN behind two, the first slow", get("/slow") + get("/b"),
       "200 GET /slow; 200 GET /b; close", true},
      {"RFC 9112, 9.6", "FIN behind a body", post("Content-Length: 2\r\n", "hi", "/late"),
       "200 POST /late [hi]; close", true},
      {"RFC 9112, 9.6", "FIN behind half a request", get("/slow") + "GET /b HT",
       "200 GET /slow; close", true},
      {"RFC 9112, 9.6", "FIN alone", "", "close", true},
  }));
}

TEST_CASE("Expect") {
  const std::string body = "Content-Length: 2\r\n";
  const auto expecting = [&body](std::string_view value, std::string_view target = "/a") {
    return post(body + "Expect: " + std::string(value) + "\r\n", "hi", target);
  };
  check(std::to_array<Case>({
      {"RFC 9110, 10.1.1", "100-continue", expecting("100-continue"),
       "100; 200 POST /a [hi]; keep"},
      {"RFC 9110, 10.1.1", "in capitals", expecting("100-Continue"), "100; 200 POST /a [hi]; keep"},
      {"RFC 9110, 10.1.1", "of a chunked body",
       post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "2\r\nhi\r\n0\r\n\r\n"),
       "100; 200 POST /a [hi]; keep"},
      {"RFC 9110, 10.1.1", "without a body", get("/a", "Expect: 100-continue\r\n"),
       "200 GET /a; keep"},
      {"RFC 9110, 10.1.1", "with a body of nothing",
       post("Content-Length: 0\r\nExpect: 100-continue\r\n", ""), "200 POST /a; keep"},
      {"RFC 9110, 10.1.1", "who does not read the body does not ask for it",
       post(body + "Expect: 100-continue\r\n", "", "/unread"), "200 unread; close"},
      {"RFC 9110, 10.1.1", "nor after the answer began",
       post(body + "Expect: 100-continue\r\n", "hi", "/early"), "200 chunked early; close"},
      {"RFC 9110, 10.1.1", "no 100 before a refusal",
       post("Content-Length: 2000000\r\nExpect: 100-continue\r\n", ""), "413; close"},
      {"RFC 9110, 10.1.1", "nor before a route's own",
       post("Content-Length: 9\r\nExpect: 100-continue\r\n", "", "/limited"), "413; close"},
      {"RFC 9110, 10.1.1", "HTTP/1.0 cannot mean it",
       "POST /a HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi",
       "200 POST /a [hi]; close"},
      {"RFC 9110, 10.1.1", "something else", expecting("200-ok"), "417; close"},
      {"RFC 9110, 10.1.1", "something else besides", expecting("100-continue, x"), "417; close"},
      {"RFC 9110, 10.1.1", "on a second line", expecting("100-continue\r\nExpect: x"),
       "417; close"},
      {"RFC 9110, 10.1.1", "with a value", expecting("100-continue=1"), "417; close"},
      {"RFC 9110, 10.1.1", "nothing", expecting(""), "200 POST /a [hi]; keep"},
      {"RFC 9110, 10.1.1", "something else to HTTP/1.0", "GET /a HTTP/1.0\r\nExpect: x\r\n\r\n",
       "200 GET /a; close"},
  }));
}
