// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>

#include "conformance.hpp"

using namespace capricorn;
using namespace capricorn::conformance;

TEST_CASE("pipelining") {
  const std::string body = "Content-Length: 2\r\n";
  check(std::to_array<Case>({
      {"RFC 9112, 9.3.2", "three", get("/a") + get("/b") + get("/c"),
       "200 GET /a; 200 GET /b; 200 GET /c; keep"},
      {"RFC 9112, 9.3.2", "behind a slow one", get("/slow") + get("/b") + get("/slow") + get("/d"),
       "200 GET /slow; 200 GET /b; 200 GET /slow; 200 GET /d; keep"},
      {"RFC 9112, 9.3.2", "with bodies", post(body, "hi") + post(body, "ho") + get("/c"),
       "200 POST /a [hi]; 200 POST /a [ho]; 200 GET /c; keep"},
      {"RFC 9112, 9.3.2", "a slow reader of a body", post(body, "hi", "/slow") + get("/b"),
       "200 POST /slow [hi]; 200 GET /b; keep"},
      {"RFC 9112, 9.3.2", "an empty line in between", get("/a") + "\r\n" + get("/b"),
       "200 GET /a; 200 GET /b; keep"},
      {"RFC 9112, 9.3.2", "HEAD and GET", "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" + get("/b"),
       "200 HEAD; 200 GET /b; keep"},
      {"RFC 9112, 9.3.2", "an unread body in between", post(body, "hi", "/unread") + get("/b"),
       "200 unread; 200 GET /b; keep"},
      {"RFC 9112, 9.3.2", "an unread chunked one",
       post("Transfer-Encoding: chunked\r\n", "2\r\nhi\r\n0\r\nA: b\r\n\r\n", "/unread") +
           get("/b"),
       "200 unread; 200 GET /b; keep"},
      {"RFC 9112, 9.3.2", "an answer before its body's end", post(body, "hi", "/early") + get("/b"),
       "200 chunked early; 200 GET /b; keep"},
      {"RFC 9112, 9.3.2", "an error behind answers", get("/slow") + get("/b") + "nonsense\r\n\r\n",
       "200 GET /slow; 200 GET /b; 400; close"},
      {"RFC 9112, 9.3.2", "nothing behind an error",
       "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n" + get("/b"), "400; close"},
      {"RFC 9112, 9.3.2", "nothing behind a failed handler", get("/throw") + get("/b"),
       "500; close"},
      {"RFC 9112, 9.3.2", "a bad Host behind an answer",
       get("/slow") + "GET / HTTP/1.1\r\nHost: a b\r\n\r\n" + get("/b"),
       "200 GET /slow; 400; close"},
      {"RFC 9112, 9.3.2", "too large a body behind an answer",
       get("/slow") + post("Content-Length: 2000000\r\n", ""), "200 GET /slow; 413; close"},
      {"RFC 9112, 9.3.2", "close in the middle",
       get("/a") + get("/b", "Connection: close\r\n") + get("/c"), "200 GET /a; 200 GET /b; close"},
  }));
}

TEST_CASE("answers") {
  check(std::to_array<Case>({
      {"RFC 9112, 7", "an unknown length is chunked", get("/stream") + get("/b"),
       "200 chunked onetwo; 200 GET /b; keep"},
      {"RFC 9112, 8", "one that breaks off ends the connection", get("/half"),
       "200 chunked onebroken off; close"},
      {"RFC 9112, 8", "one shorter than its length", get("/short"),
       "200 a wrong length: one; close"},
      {"RFC 9112, 8", "one longer than its length", get("/long"), "200 a wrong length: one; close"},
      {"RFC 9110, 15.6.1", "a handler that throws", get("/throw"), "500; close"},
      {"RFC 9110, 15.6.1", "a handler that answers nothing", get("/nothing"), "500; close"},
      {"RFC 9110, 15.6.1", "to a HEAD", "HEAD /throw HTTP/1.1\r\nHost: x\r\n\r\n",
       "500 HEAD; close"},
      {"RFC 9110, 9.3.2", "a HEAD of a stream",
       "HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n" + get("/b"), "200 HEAD; 200 GET /b; keep"},
      {"RFC 9110, 15.3.5", "204 has no body", get("/status/204") + get("/b"),
       "204; 200 GET /b; keep"},
      {"RFC 9110, 15.4.5", "304 has no body", get("/status/304") + get("/b"),
       "304; 200 GET /b; keep"},
      {"RFC 9110, 15.3.6", "205 has a body of nothing", get("/status/205") + get("/b"),
       "205 ; 200 GET /b; keep"},
      {"RFC 9110, 15.2", "an interim status is no answer", get("/status/103"), "500; close"},
      {"RFC 9110, 15", "nor is one of four digits", get("/status/1000"), "500; close"},
      {"RFC 9110, 15", "an unknown status", get("/status/299"), "299 GET /status/299; keep"},
      {"RFC 8297, 2", "early hints", get("/hints") + get("/b"),
       "103; 200 GET /hints; 200 GET /b; keep"},
      {"RFC 9112, 6.1", "a coding is the server's to say", get("/coding"), "200 GET /coding; keep"},
  }));
}
