// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>

#include "conformance.hpp"

using namespace capricorn;
using namespace capricorn::conformance;

TEST_CASE("request lines") {
  const std::string rest = "\r\nHost: x\r\n\r\n";
  const auto line = [&rest](std::string_view start) { return std::string(start) + rest; };
  check(std::to_array<Case>({
      {"RFC 9112, 3", "a plain GET", line("GET / HTTP/1.1"), "200 GET /; keep"},
      {"RFC 9112, 2.2", "an empty line before it", "\r\n" + get("/"), "200 GET /; keep"},
      {"RFC 9112, 2.2", "a few empty lines", "\r\n\r\n\r\n" + get("/"), "200 GET /; keep"},
      {"RFC 9112, 2.2", "empty lines without end", std::string(40, '\n'), "400; close"},
      {"RFC 9112, 3", "two spaces before the target", line("GET  / HTTP/1.1"), "400; close"},
      {"RFC 9112, 3", "two spaces behind the target", line("GET /  HTTP/1.1"), "400; close"},
      {"RFC 9112, 3", "a space at its end", line("GET / HTTP/1.1 "), "400; close"},
      {"RFC 9112, 3", "a space before it", line(" GET / HTTP/1.1"), "400; close"},
      {"RFC 9112, 3", "tabs for spaces", line("GET\t/\tHTTP/1.1"), "400; close"},
      {"RFC 9112, 3", "a tab behind the method", line("GET\t/ HTTP/1.1"), "400; close"},
      {"RFC 9112, 3", "a form feed", line("GET /\f HTTP/1.1"), "400; close"},
      {"RFC 9112, 3", "a space within the target", line("GET /a b HTTP/1.1"), "400; close"},
      {"RFC 9112, 3", "no target", line("GET HTTP/1.1"), "400; close"},
      {"RFC 9112, 3", "an empty target", line("GET  HTTP/1.1"), "400; close"},
      {"RFC 9112, 3", "no version: HTTP/0.9", "GET /\r\n", "400; close"},
      {"RFC 9112, 3", "no version, then fields", line("GET /"), "400; close"},
      {"RFC 9112, 3", "a space for a version", line("GET / "), "400; close"},
      {"RFC 9112, 2.3", "HTTP in lower case", line("GET / http/1.1"), "400; close"},
      {"RFC 9112, 2.3", "another protocol", line("GET / HTTQ/1.1"), "400; close"},
      {"RFC 9112, 2.3", "another protocol's name", line("GET / ICAP/1.0"), "400; close"},
      {"RFC 9112, 2.3", "a version of one number", line("GET / HTTP/1"), "400; close"},
      {"RFC 9112, 2.3", "a version with a comma", line("GET / HTTP/1,1"), "400; close"},
      {"RFC 9112, 2.3", "a version with letters", line("GET / HTTP/1.x"), "400; close"},
      {"RFC 9112, 2.3", "two digits behind the dot", line("GET / HTTP/1.10"), "400; close"},
      {"RFC 9112, 2.3", "two digits before the dot", line("GET / HTTP/11.1"), "400; close"},
      {"RFC 9112, 2.3", "a sign", line("GET / HTTP/+1.1"), "400; close"},
      {"RFC 9112, 2.3", "a space within", line("GET / HTTP/ 1.1"), "400; close"},
      {"RFC 9110, 15.6.6", "HTTP/0.9 in so many words", line("GET / HTTP/0.9"), "505; close"},
      {"RFC 9110, 15.6.6", "HTTP/2.0", line("GET / HTTP/2.0"), "505; close"},
      {"RFC 9110, 15.6.6", "HTTP/3.0", line("GET / HTTP/3.0"), "505; close"},
      {"RFC 9110, 15.6.6", "HTTP/9.9", line("GET / HTTP/9.9"), "505; close"},
      {"RFC 9113, 3.4", "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505; close"},
      {"RFC 9112, 2.2", "a bare CR at its end", "GET / HTTP/1.1\rHost: x\r\n\r\n", "400; close"},
      {"RFC 9112, 2.2", "a CR within", line("GET /\r HTTP/1.1"), "400; close"},
      {"RFC 9112, 2.2", "bare LFs", "GET / HTTP/1.1\nHost: x\n\n", "400; close"},
      {"RFC 9112, 2.2", "a TLS ClientHello", std::string("\x16\x03\x01\x02\0\x01\0", 7),
       "400; close"},
      {"RFC 9112, 2.2", "a byte order mark", "\xef\xbb\xbf" + get("/"), "400; close"},
      {"RFC 9112, 2.2", "a NUL", std::string("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 28),
       "400; close"},
      {"RFC 9112, 2.2", "an answer", "HTTP/1.1 200 OK\r\n\r\n", "400; close"},
  }));
}

TEST_CASE("HTTP/1.0") {
  check(std::to_array<Case>({
      {"RFC 9112, 9.3", "it closes", "GET /a HTTP/1.0\r\n\r\n", "200 GET /a; close"},
      {"RFC 9112, 3.2", "with a Host", "GET /host HTTP/1.0\r\nHost: x\r\n\r\n",
       "200 GET /host host=x; close"},
      {"RFC 9112, 9.3", "it stays if asked to", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       "200 GET /a; keep"},
      {"RFC 9112, 9.3", "in any case", "GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
       "200 GET /a; keep"},
      {"RFC 9112, 9.3", "close wins", "GET /a HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
       "200 GET /a; close"},
      {"RFC 9112, 6.1", "a body with a length", "POST /a HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi",
       "200 POST /a [hi]; close"},
      {"RFC 9112, 6.1", "with a transfer coding",
       "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400; close"},
      {"RFC 9112, 7", "no chunks to it", "GET /stream HTTP/1.0\r\n\r\n",
       "200 until close onetwo; close"},
      {"RFC 9112, 7", "an unknown length ends what should stay",
       "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "200 until close onetwo; close"},
      {"RFC 9112, 8", "a body without end that breaks off is a reset", "GET /half HTTP/1.0\r\n\r\n",
       "200 until close one; abort"},
      {"RFC 9110, 15.2", "no interim answers to it", "GET /hints HTTP/1.0\r\n\r\n",
       "200 GET /hints; close"},
      {"RFC 9112, 6.1", "a HEAD", "HEAD /a HTTP/1.0\r\n\r\n", "200 HEAD; close"},
  }));
}
