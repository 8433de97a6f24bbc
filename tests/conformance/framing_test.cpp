// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>

#include "conformance.hpp"

using namespace capricorn;
using namespace capricorn::conformance;

TEST_CASE("Content-Length") {
  const auto length = [](std::string_view value, std::string_view body = "hello") {
    return post("Content-Length:" + std::string(value) + "\r\n", body);
  };
  const std::string good = "200 POST /a [hello]; keep";
  check(std::to_array<Case>({
      {"RFC 9112, 6.2", "a body", length(" 5"), good},
      {"RFC 9112, 6.2", "no space before it", length("5"), good},
      {"RFC 9110, 5.5", "spaces around it", length("   5  "), good},
      {"RFC 9110, 8.6", "zeros before it", length(" 0005"), good},
      {"RFC 9112, 6.2", "zero", length(" 0", ""), "200 POST /a; keep"},
      {"RFC 9112, 6.3", "no length is no body", post("", "") + get("/b"),
       "200 POST /a; 200 GET /b; keep"},
      {"RFC 9112, 6.2", "the next request stands behind it", length(" 5") + get("/b"),
       "200 POST /a [hello]; 200 GET /b; keep"},
      {"RFC 9112, 6.2", "a request within a body is a body",
       length(" 35", "GET /c HTTP/1.1\r\nHost: evil.org\r\n\r\n"),
       "200 POST /a [GET /c HTTP/1.1\r\nHost: evil.org\r\n\r\n]; keep"},
      {"RFC 9110, 8.6", "a sign", length(" +5"), "400; close"},
      {"RFC 9110, 8.6", "negative", length(" -5"), "400; close"},
      {"RFC 9110, 8.6", "minus zero", length(" -0"), "400; close"},
      {"RFC 9110, 8.6", "hexadecimal", length(" 0x5"), "400; close"},
      {"RFC 9110, 8.6", "a fraction", length(" 5.0"), "400; close"},
      {"RFC 9110, 8.6", "an exponent", length(" 5e0"), "400; close"},
      {"RFC 9110, 8.6", "letters", length(" five"), "400; close"},
      {"RFC 9110, 8.6", "empty", length(""), "400; close"},
      {"RFC 9110, 8.6", "spaces alone", length("   "), "400; close"},
      {"RFC 9110, 8.6", "two numbers", length(" 5 5"), "400; close"},
      {"RFC 9110, 8.6", "quoted", length(" \"5\""), "400; close"},
      {"RFC 9110, 8.6", "a semicolon", length(" 5;"), "400; close"},
      {"RFC 9110, 8.6", "an underscore", length(" 5_0"), "400; close"},
      {"RFC 9110, 8.6", "other digits", length(" \xd9\xa5"), "400; close"},
      {"RFC 9110, 8.6", "a list", length(" 5, 5"), "400; close"},
      {"RFC 9110, 8.6", "a list of different ones", length(" 5, 6"), "400; close"},
      {"RFC 9110, 8.6", "a comma at its end", length(" 5,"), "400; close"},
      {"RFC 9110, 8.6", "20 digits", length(" 99999999999999999999"), "400; close"},
      {"RFC 9110, 8.6", "2 to the 64th", length(" 18446744073709551616"), "400; close"},
      {"RFC 9110, 8.6", "5 beyond 2 to the 64th", length(" 18446744073709551621"), "400; close"},
      {"RFC 9110, 8.6", "just below it is too large", length(" 18446744073709551615"),
       "413; close"},
      {"RFC 9112, 6.3", "two different ones",
       post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), "400; close"},
      {"RFC 9112, 6.3", "the same twice",
       post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), "400; close"},
      {"RFC 9112, 6.3", "the same twice, in another case",
       post("Content-Length: 5\r\ncontent-length: 5\r\n", "hello"), "400; close"},
      {"RFC 9112, 5.1", "a space before the colon", post("Content-Length : 5\r\n", "hello"),
       "400; close"},
      {"RFC 9112, 8", "a body that ends early", length(" 6"), "400; close", true},
      {"RFC 9112, 8", "none of it came", length(" 6", ""), "400; close", true},
  }));
}

TEST_CASE("Transfer-Encoding") {
  const std::string body = "2\r\nhi\r\n0\r\n\r\n";
  const auto coding = [&body](std::string_view fields) { return post(fields, body); };
  const std::string good = "200 POST /a [hi]; keep";
  check(std::to_array<Case>({
      {"RFC 9112, 6.1", "chunked", coding("Transfer-Encoding: chunked\r\n"), good},
      {"RFC 9112, 7", "in any case", coding("transfer-encoding: ChunKed\r\n"), good},
      {"RFC 9110, 5.5", "spaces around it", coding("Transfer-Encoding:  chunked  \r\n"), good},
      {"RFC 9112, 6.1", "and the next request",
       coding("Transfer-Encoding: chunked\r\n") + get("/b"), "200 POST /a [hi]; 200 GET /b; keep"},
      {"RFC 9112, 6.1", "in a GET",
       "GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body,
       "200 GET /a [hi]; keep"},
      {"RFC 9112, 6.1", "with a length before it",
       coding("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), "400; close"},
      {"RFC 9112, 6.1", "with a length behind it",
       coding("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"), "400; close"},
      {"RFC 9112, 6.1", "with a length of zero",
       coding("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"), "400; close"},
      {"RFC 9112, 6.1", "another coding with a length",
       coding("Content-Length: 2\r\nTransfer-Encoding: gzip\r\n"), "400; close"},
      {"RFC 9112, 6.1", "an empty one with a length",
       coding("Transfer-Encoding:\r\nContent-Length: 2\r\n"), "400; close"},
      {"RFC 9112, 6.1", "identity with a length",
       coding("Transfer-Encoding: identity\r\nContent-Length: 2\r\n"), "400; close"},
      {"RFC 9112, 6.1", "gzip", coding("Transfer-Encoding: gzip\r\n"), "501; close"},
      {"RFC 9112, 6.1", "identity", coding("Transfer-Encoding: identity\r\n"), "501; close"},
      {"RFC 9112, 6.1", "empty", coding("Transfer-Encoding:\r\n"), "501; close"},
      {"RFC 9112, 6.1", "gzip, then chunked", coding("Transfer-Encoding: gzip, chunked\r\n"),
       "501; close"},
      {"RFC 9112, 6.1", "chunked, then gzip", coding("Transfer-Encoding: chunked, gzip\r\n"),
       "501; close"},
      {"RFC 9112, 6.1", "identity, then chunked",
       coding("Transfer-Encoding: identity, chunked\r\n"), "501; close"},
      {"RFC 9112, 6.1", "chunked twice", coding("Transfer-Encoding: chunked, chunked\r\n"),
       "501; close"},
      {"RFC 9112, 6.1", "a parameter", coding("Transfer-Encoding: chunked;q=1\r\n"), "501; close"},
      {"RFC 9112, 6.1", "a parameter behind a space", coding("Transfer-Encoding: chunked ;q=1\r\n"),
       "501; close"},
      {"RFC 9112, 6.1", "more before it", coding("Transfer-Encoding: xchunked\r\n"), "501; close"},
      {"RFC 9112, 6.1", "more behind it", coding("Transfer-Encoding: chunkedx\r\n"), "501; close"},
      {"RFC 9112, 6.1", "two words", coding("Transfer-Encoding: x chunked\r\n"), "501; close"},
      {"RFC 9112, 6.1", "quoted", coding("Transfer-Encoding: \"chunked\"\r\n"), "501; close"},
      {"RFC 9112, 6.1", "two lines of the same",
       coding("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "501; close"},
      {"RFC 9112, 6.1", "two lines of two",
       coding("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), "501; close"},
      {"RFC 9112, 6.1", "two lines, chunked first",
       coding("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), "501; close"},
      {"RFC 9112, 5.2", "folded", coding("Transfer-Encoding:\r\n chunked\r\n"), "400; close"},
      {"RFC 9112, 5.1", "a space before the colon", coding("Transfer-Encoding : chunked\r\n"),
       "400; close"},
      {"RFC 9112, 5", "a vertical tab", coding("Transfer-Encoding: \vchunked\r\n"), "400; close"},
  }));
}
