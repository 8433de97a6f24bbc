// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/server/logging.hpp>
#include <temporary_folder.hpp>

#include <fstream>
#include <map>
#include <string>
#include <thread>

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

// 1. A process with several loops has a thread for each, and each logs its requests.
// 2. They made their lines in one string that all of them had.
// 3. The lines were mixed, and soon the heap was, too.
TEST_CASE("threads that log requests at the same time each write whole lines") {
  constexpr int kLines = 5000;  // all of them fit into what a writer keeps
  test::TemporaryFolder folder;
  Config config;
  config.log_file = folder / "log";
  for (const char* format : {"", "json", "%(m)s %(U)s %(s)s"}) {
    CAPTURE(format);
    config.log_file += "+";
    config.access_log_format = format;
    configure_logging(config);
    const auto log_requests = [](std::string_view host, std::string_view target) {
      for (int i = 0; i < kLines; ++i) log_access({host, 1, "GET", target, 1, 200});
    };
    {
      const std::string longer(100, 'b');
      const std::jthread one(log_requests, "a", "/a");
      const std::jthread other(log_requests, "bb", longer);
    }
    flush_logs();
    std::map<std::string, int> lines;
    std::ifstream file(config.log_file);
    for (std::string line; std::getline(file, line);) {
      if (const auto time = line.find("\"time\""); time == 1) line.erase(0, line.find("\"level\""));
      ++lines[line];
    }
    CHECK(lines.size() == 2);
    for (const auto& [line, count] : lines) CHECK(count == kLines);
  }
  Config usual;
  usual.access_log = false;
  configure_logging(usual);
  set_log_sink(nullptr);
}
