// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>

#include "conformance.hpp"

using namespace capricorn;
using namespace capricorn::conformance;

TEST_CASE("request targets") {
  check(std::to_array<Case>({
      {"RFC 9112, 3.2.1", "a path", get("/a/b"), "200 GET /a/b; keep"},
      {"RFC 9112, 3.2.1", "a query", get("/a?b=c&d"), "200 GET /a?b=c&d; keep"},
      {"RFC 3986, 3.4", "a second question mark", get("/a?b?c"), "200 GET /a?b?c; keep"},
      {"RFC 3986, 3.4", "an empty query", get("/a?"), "200 GET /a; keep"},
      {"RFC 3986, 2.1", "escapes stay in the raw path", get("/%7Ea%2fb"),
       "200 GET /%7Ea%2fb; keep"},
      {"RFC 3986, 3.3", "two slashes are a path", get("//evil.org/a"),
       "200 GET //evil.org/a; keep"},
      {"RFC 3986, 3.3", "dots are the application's", get("/../a"), "200 GET /../a; keep"},
      {"RFC 3986, 3.3", "what a path may have", get("/-._~!$&'()*+,;=:@"),
       "200 GET /-._~!$&'()*+,;=:@; keep"},
      {"RFC 3986, 2.1", "a bad escape", get("/%zz"), "400; close"},
      {"RFC 3986, 2.1", "half an escape", get("/a%4"), "400; close"},
      {"RFC 3986, 2.1", "a percent sign at the end", get("/a%"), "400; close"},
      {"RFC 3986, 2.1", "a percent sign before a query", get("/a%?b"), "400; close"},
      {"RFC 3986, 2.1", "a bad escape in a query is its reader's", get("/a?100%"),
       "200 GET /a?100%; keep"},
      {"RFC 3986, 7.3", "a NUL in a path", get("/a%00b"), "400; close"},
      {"RFC 3986, 7.3", "a NUL at its end", get("/a%00"), "400; close"},
      {"RFC 3986, 7.3", "a NUL in a query is its reader's", get("/a?%00"), "200 GET /a?%00; keep"},
      {"RFC 3986, 7.3", "an escape of an escape", get("/%2500"), "200 GET /%2500; keep"},
      {"RFC 9112, 3.2", "a fragment", get("/a#b"), "400; close"},
      {"RFC 9112, 3.2", "a fragment behind a query", get("/a?b#c"), "400; close"},
      {"RFC 9112, 3.2", "no slash", get("a"), "400; close"},
      {"RFC 9112, 3.2", "a question mark alone", get("?a"), "400; close"},
      {"RFC 9112, 3.2", "a control character", get("/a\x01"), "400; close"},
      {"RFC 9112, 3.2", "DEL", get("/a\x7f"), "400; close"},
      {"RFC 9112, 3.2.3", "an authority without CONNECT", get("x:80"), "400; close"},
      {"RFC 9112, 3.2.2", "the absolute form", get("http://y/host"), "200 GET /host host=y; keep"},
      {"RFC 9112, 3.2.2", "its host wins, port and all", get("http://y:81/host?q"),
       "200 GET /host?q host=y:81; keep"},
      {"RFC 3986, 3.1", "a scheme in capitals", get("HTTP://y/host"), "200 GET /host host=y; keep"},
      {"RFC 3986, 3.1", "a scheme in both", get("hTTps://Y/host"), "200 GET /host host=Y; keep"},
      {"RFC 9112, 3.2.2", "without a path", get("http://y"), "200 GET /; keep"},
      {"RFC 9112, 3.2.2", "a query without a path", get("http://y?q"), "200 GET /?q; keep"},
      {"RFC 9112, 3.2.2", "IPv6", get("http://[::1]:8/host"), "200 GET /host host=[::1]:8; keep"},
      {"RFC 9112, 3.2.2", "to HTTP/1.0 without a Host", "GET http://y/host HTTP/1.0\r\n\r\n",
       "200 GET /host host=y; close"},
      {"RFC 9112, 3.2", "without a Host", "GET http://y/ HTTP/1.1\r\n\r\n", "400; close"},
      {"RFC 9112, 3.2", "beside a bad Host", "GET http://y/ HTTP/1.1\r\nHost: a b\r\n\r\n",
       "400; close"},
      {"RFC 9112, 3.2", "beside two Hosts", get("http://y/", "Host: y\r\n"), "400; close"},
      {"RFC 9110, 4.2.1", "an empty host", get("http:///a"), "400; close"},
      {"RFC 9110, 4.2.1", "a port alone", get("http://:80/a"), "400; close"},
      {"RFC 9110, 4.2.4", "user information", get("http://u:p@y/"), "400; close"},
      {"RFC 9112, 3.2.2", "a bad port", get("http://y:x/"), "400; close"},
      {"RFC 9112, 3.2.2", "another scheme", get("ftp://y/"), "400; close"},
      {"RFC 9112, 3.2.2", "one slash", get("http:/y"), "400; close"},
      {"RFC 9112, 3.2.2", "a NUL", get("http://y/%00"), "400; close"},
      {"RFC 9112, 3.2.2", "a fragment", get("http://y/#a"), "400; close"},
      {"RFC 9112, 3.2.4", "an asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
       "200 OPTIONS *; keep"},
      {"RFC 9112, 3.2.4", "an asterisk with GET", get("*"), "400; close"},
      {"RFC 9112, 3.2.4", "more than an asterisk", "OPTIONS *a HTTP/1.1\r\nHost: x\r\n\r\n",
       "400; close"},
      {"RFC 9112, 3.2.4", "OPTIONS of a path", "OPTIONS /a HTTP/1.1\r\nHost: x\r\n\r\n",
       "200 OPTIONS /a; keep"},
  }));
}

TEST_CASE("methods") {
  const auto line = [](std::string_view method, std::string_view target = "/a") {
    return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  };
  check(std::to_array<Case>({
      {"RFC 9110, 9.3.1", "GET", line("GET"), "200 GET /a; keep"},
      {"RFC 9110, 9.3.2", "HEAD", line("HEAD"), "200 HEAD; keep"},
      {"RFC 9110, 9.3.3", "POST without a body", line("POST"), "200 POST /a; keep"},
      {"RFC 9110, 9.3.4", "PUT", line("PUT"), "200 PUT /a; keep"},
      {"RFC 9110, 9.3.5", "DELETE", line("DELETE"), "200 DELETE /a; keep"},
      {"RFC 5789, 2", "PATCH", line("PATCH"), "200 PATCH /a; keep"},
      {"RFC 9110, 9.3.8", "TRACE is the application's", line("TRACE"), "200 TRACE /a; keep"},
      {"RFC 4918, 9.1", "PROPFIND, too", line("PROPFIND"), "200 PROPFIND /a; keep"},
      {"RFC 9110, 9.3.1", "GET with a body",
       "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", "200 GET /a [hi]; keep"},
      {"RFC 9110, 9.3.5", "DELETE with a body",
       "DELETE /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", "200 DELETE /a [hi]; keep"},
      {"RFC 9110, 9.3.2", "HEAD with a body",
       "HEAD /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" + get("/b"),
       "200 HEAD; 200 GET /b; keep"},
      {"RFC 9110, 9.3.6", "CONNECT", line("CONNECT", "x:80"), "400; close"},
      {"RFC 9110, 9.3.6", "CONNECT with a path", line("CONNECT"), "400; close"},
      {"RFC 9112, 3", "an unknown one", line("BREW"), "501; close"},
      {"RFC 9112, 3", "in lower case it is another", line("get"), "501; close"},
      {"RFC 9112, 3", "in mixed case, too", line("Get"), "501; close"},
      {"RFC 9112, 3", "one that only begins as one", line("GETX"), "501; close"},
      {"RFC 9112, 3", "one that ends too early", line("GE"), "501; close"},
      {"RFC 9112, 3", "what a token may have", line("a!#$%&'*+-.^_`|~0"), "501; close"},
      {"RFC 9112, 3", "a very long one", line(std::string(300, 'M')), "501; close"},
      {"RFC 9110, 5.6.2", "no token", line("G(T"), "400; close"},
      {"RFC 9110, 5.6.2", "UTF-8", line("G\xc3\x84T"), "400; close"},
      {"RFC 9110, 5.6.2", "a colon", line("GET:"), "400; close"},
  }));
}
