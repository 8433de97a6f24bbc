// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/server/logging.hpp>

#include <string>

using namespace capricorn;

namespace {

std::string line_of(const AccessRecord& record, bool colors = false) {
  std::string line;
  append_access_line(line, record, colors);
  return line;
}

}  // namespace

TEST_CASE("an access line is uvicorn's") {
  CHECK(line_of({"127.0.0.1", 55188, "GET", "/x?y", 1, 200}) ==
        "INFO:     127.0.0.1:55188 - \"GET /x?y HTTP/1.1\" 200 OK");
}

TEST_CASE("a websocket's line says that it was accepted, or how it was refused") {
  AccessRecord record{"127.0.0.1", 55188, "GET", "/ws?a", 1, 101, true};
  CHECK(line_of(record) == "INFO:     127.0.0.1:55188 - \"WebSocket /ws?a\" [accepted]");
  record.status = 403;
  CHECK(line_of(record) == "INFO:     127.0.0.1:55188 - \"WebSocket /ws?a\" 403 Forbidden");
}

TEST_CASE("a request's id stands at the end of its line, and cannot leave it either") {
  AccessRecord record{"127.0.0.1", 55188, "GET", "/", 1, 200, false, "abc-1"};
  CHECK(line_of(record) == "INFO:     127.0.0.1:55188 - \"GET / HTTP/1.1\" 200 OK [abc-1]");
  record.request_id = "a\nb";
  CHECK(line_of(record).find('\n') == std::string::npos);
}

TEST_CASE("a client cannot leave its quotes or its line") {
  const std::string line = line_of({"::1", 1, "GET", "/\"\r\nINFO: \x1b[2J\\\xff", 0, 404});
  CHECK(line ==
        "INFO:     ::1:1 - \"GET /\\x22\\x0d\\x0aINFO: \\x1b[2J\\x5c\\xff HTTP/1.0\" "
        "404 Not Found");
}

TEST_CASE("colours stand around level, request and status") {
  CHECK(line_of({"h", 1, "GET", "/", 1, 500}, true) ==
        "\x1b[32mINFO\x1b[0m:     h:1 - \"\x1b[1mGET / HTTP/1.1\x1b[0m\" "
        "\x1b[91m500 Internal Server Error\x1b[0m");
}
