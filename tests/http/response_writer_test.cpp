// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/response_writer.hpp>

#include <stdexcept>
#include <string>

using namespace capricorn;

namespace {

constexpr DefaultHeaders kDefaults{"date: now\r\nserver: capricorn\r\n", 11};
constexpr std::string_view kDefaultLines = "date: now\r\nserver: capricorn\r\n";

ResponseWriter writer_for(bool head = false, std::uint8_t minor = 1, bool keep_alive = true) {
  ResponseWriter writer;
  writer.begin({head, minor, keep_alive});
  return writer;
}

std::string head(std::string_view status_line, std::string_view fields) {
  return std::string(status_line) + "\r\n" + std::string(kDefaultLines) + std::string(fields) +
         "\r\n";
}

}  // namespace

TEST_CASE("a whole response says its length and is one piece") {
  ResponseWriter writer = writer_for();
  Buffer out;
  writer.whole(out, 200, {{"content-type", "text/plain"}}, "hi", kDefaults, false);
  CHECK(out.view() ==
        head("HTTP/1.1 200 OK", "content-type: text/plain\r\ncontent-length: 2\r\n") + "hi");
  CHECK(writer.complete());
  CHECK(writer.keep_alive());
}

TEST_CASE("statuses and requests without a body write none") {
  struct Case {
    int status;
    bool head;
    std::string_view line, fields;
  };
  for (Case c : {Case{200, true, "HTTP/1.1 200 OK", "content-length: 2\r\n"},
                 {204, false, "HTTP/1.1 204 No Content", ""},
                 {304, false, "HTTP/1.1 304 Not Modified", ""},
                 {205, false, "HTTP/1.1 205 Reset Content", "content-length: 0\r\n"},
                 {101, false, "HTTP/1.1 101 Switching Protocols", ""}}) {
    CAPTURE(c.status);
    ResponseWriter writer = writer_for(c.head);
    Buffer out;
    writer.whole(out, c.status, {}, "hi", kDefaults, false);
    CHECK(out.view() == head(c.line, c.fields));
    CHECK(writer.keep_alive() == (c.status != 101));
  }
}

TEST_CASE("early hints go before the answer, and not to HTTP/1.0") {
  ResponseWriter writer = writer_for();
  Buffer out;
  writer.early_hints(out, {{"link", "</a.css>; rel=preload"}});
  CHECK(out.view() == "HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n");
  CHECK_FALSE(writer.started());
  writer.whole(out, 200, {}, "", kDefaults, false);
  CHECK_THROWS_AS(writer.early_hints(out, {}), std::logic_error);
  ResponseWriter old = writer_for(false, 0);
  out.clear();
  old.early_hints(out, {{"link", "</a.css>"}});
  CHECK(out.empty());
}

TEST_CASE("a body of unknown length is chunked") {
  ResponseWriter writer = writer_for();
  Buffer out;
  writer.start(out, 299, {}, kDefaults, false);
  writer.body(out, "0123456789abcdef", true);
  writer.body(out, "", true);
  writer.body(out, "x", false);
  CHECK(out.view() == head("HTTP/1.1 299 ", "transfer-encoding: chunked\r\n") +
                          "10\r\n0123456789abcdef\r\n1\r\nx\r\n0\r\n\r\n");
  CHECK(writer.keep_alive());
}

TEST_CASE("an HTTP/1.0 client learns the end of an unknown length by the close") {
  ResponseWriter writer = writer_for(false, 0, true);
  Buffer out;
  writer.start(out, 200, {}, kDefaults, false);
  writer.body(out, "x", false);
  CHECK(out.view() == head("HTTP/1.1 200 OK", "connection: close\r\n") + "x");
  CHECK_FALSE(writer.keep_alive());
}

TEST_CASE("an HTTP/1.0 client that asks for it is kept") {
  ResponseWriter writer = writer_for(false, 0, true);
  Buffer out;
  writer.whole(out, 200, {}, "", kDefaults, false);
  CHECK(out.view() == head("HTTP/1.1 200 OK", "content-length: 0\r\nconnection: keep-alive\r\n"));
}

TEST_CASE("the connection closes where the application, the server or the client says so") {
  const std::string closed = head("HTTP/1.1 200 OK", "content-length: 0\r\nconnection: close\r\n");
  for (int who = 0; who < 3; ++who) {
    CAPTURE(who);
    ResponseWriter writer = writer_for(false, 1, who != 0);
    Headers headers;
    if (who == 1) headers.append("Connection", "foo, Close");
    Buffer out;
    writer.whole(out, 200, headers, "", kDefaults, who == 2);
    CHECK(out.view() == closed);
    CHECK_FALSE(writer.keep_alive());
  }
}

TEST_CASE("the application's date, server and framing fields are not doubled") {
  ResponseWriter writer = writer_for();
  Buffer out;
  writer.whole(
      out, 200,
      {{"date", "d"}, {"server", "s"}, {"content-length", "1"}, {"transfer-encoding", "chunked"}},
      "x", kDefaults, false);
  CHECK(out.view() == "HTTP/1.1 200 OK\r\ndate: d\r\nserver: s\r\ncontent-length: 1\r\n\r\nx");
}

TEST_CASE("a body must be as long as its Content-Length") {
  Buffer out;
  const Headers two{{"content-length", "2"}};
  ResponseWriter longer = writer_for();
  longer.start(out, 200, two, kDefaults, false);
  CHECK_THROWS_WITH_AS(longer.body(out, "abc", false),
                       "Response content longer than Content-Length", std::runtime_error);
  CHECK_FALSE(longer.keep_alive());
  ResponseWriter shorter = writer_for();
  shorter.start(out, 200, two, kDefaults, false);
  CHECK_THROWS_WITH_AS(shorter.body(out, "a", false),
                       "Response content shorter than Content-Length", std::runtime_error);
  CHECK_FALSE(shorter.keep_alive());
  ResponseWriter whole = writer_for();
  out.clear();
  CHECK_THROWS_AS(whole.whole(out, 200, two, "abc", kDefaults, false), std::runtime_error);
  CHECK(out.empty());
  CHECK_FALSE(whole.started());
}

TEST_CASE("events out of order are bugs and say which") {
  Buffer out;
  ResponseWriter writer = writer_for();
  CHECK_THROWS_WITH_AS(writer.body(out, "", false),
                       "Expected ASGI message 'http.response.start', but got 'http.response.body'.",
                       std::logic_error);
  writer.start(out, 200, {}, kDefaults, false);
  CHECK_THROWS_WITH_AS(writer.start(out, 200, {}, kDefaults, false),
                       "Expected ASGI message 'http.response.body', but got 'http.response.start'.",
                       std::logic_error);
  writer.body(out, "", false);
  CHECK_THROWS_AS(writer.body(out, "", false), std::logic_error);
  CHECK_THROWS_AS(writer.whole(out, 200, {}, "", kDefaults, false), std::logic_error);
  ResponseWriter bad = writer_for();
  CHECK_THROWS_AS(bad.start(out, 99, {}, kDefaults, false), std::logic_error);
  CHECK_THROWS_WITH_AS(bad.start(out, 103, {}, kDefaults, false),
                       "Response status must be from 200 to 999, got 103", std::logic_error);
  CHECK_THROWS_AS(bad.start(out, 200, {{"content-length", "x"}}, kDefaults, false),
                  std::logic_error);
}

TEST_CASE("bytes sent by others are framed and counted") {
  Buffer out;
  ResponseWriter chunks = writer_for();
  chunks.start(out, 200, {}, kDefaults, false);
  out.clear();
  CHECK(chunks.account(out, 255, true) == "\r\n");
  CHECK(chunks.account(out, 1, false) == "\r\n0\r\n\r\n");
  CHECK(out.view() == "ff\r\n1\r\n");
  CHECK(chunks.complete());
  ResponseWriter sized = writer_for();
  sized.start(out, 200, {{"content-length", "3"}}, kDefaults, false);
  out.clear();
  CHECK(sized.account(out, 3, true) == "");
  CHECK_THROWS_AS(sized.account(out, 1, false), std::runtime_error);
  CHECK(out.empty());
}
