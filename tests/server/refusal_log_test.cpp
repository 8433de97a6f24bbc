// SPDX-License-Identifier: MIT
// Answers that the server makes itself are told as those of the application.
#include <doctest/doctest.h>
#include <capricorn/server/logging.hpp>
#include <protocol_bench.hpp>
#include <temporary_folder.hpp>

#include <fstream>
#include <iterator>
#include <string>

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// What is logged of requests, in the format given, while `body` runs.
template <class Body>
std::string logged(const Body& body, Config config, const std::string& format = "") {
  const TemporaryFolder folder;
  config.access_log = true;
  config.access_log_file = folder / "requests";
  config.access_log_format = format;
  configure_logging(config);
  serve(body, config);
  flush_logs();
  std::ifstream file(config.access_log_file);
  std::string lines{std::istreambuf_iterator<char>(file), {}};
  config.access_log = false;
  configure_logging(config);
  set_log_sink(nullptr);
  return lines;
}

std::string line(const std::string& request, const std::string& status) {
  return "INFO:     192.0.2.1:4711 - \"" + request + " HTTP/1.1\" " + status + "\n";
}

/// Of a request whose own line is none, or too long.
std::string line(const std::string& status) {
  return "INFO:     192.0.2.1:4711 - \"-\" " + status + "\n";
}

std::string exceeded;
void gather(LogLevel level, std::string_view message) noexcept {
  if (level == LogLevel::kWarning) exceeded.append(message).append("\n");
}

}  // namespace

TEST_CASE("a request beyond the limit of those under way is told once, with a warning") {
  Config config = quiet();
  config.limit_concurrency = 1;
  const auto body = [](Bench& bench) -> Task<> {
    Client slow(bench);
    slow.pipe.feed(get("/slow"));
    exceeded.clear();
    const LogSink before = set_log_sink(&gather);
    Client second(bench);
    second.pipe.feed(get("/b?token=secret"));
    set_log_sink(before);
    CHECK(exceeded == "Exceeded concurrency limit.\n");
    co_await sleep(15ms);
  };
  const std::string second = line("GET /b?token=***", "503 Service Unavailable");
  CHECK(logged(body, config) == second + line("GET /slow", "200 OK"));
  CHECK(logged(body, config, "%(m)s %(U)s %(s)s %(B)s %({retry-after}o)s") ==
        "GET /b 503 19 1\nGET /slow 200 5 -\n");
}

TEST_CASE("a request that a proxy passed on is refused in its client's name") {
  Config config = quiet();
  config.limit_concurrency = 1;
  config.forwarded_allow_ips = {"192.0.2.1"};
  const auto body = [](Bench& bench) -> Task<> {
    Client slow(bench);
    slow.pipe.feed(get("/slow"));
    Client second(bench);
    second.pipe.feed("GET /b HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 198.51.100.7\r\n\r\n");
    co_return;
  };
  CHECK(logged(body, config, "%(h)s %(s)s").starts_with("198.51.100.7 503\n"));
}

TEST_CASE("a handler that is given up is told with the answer in its place") {
  Config config = quiet();
  config.timeout_handler = 5ms;
  const auto body = [](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(get("/wait"));
    co_await sleep(10ms);
    bench.server.begin();  // the sweep, at once
    CHECK(client.pipe.sent().contains("504 Gateway Timeout"));
    bench.server.end();
  };
  CHECK(logged(body, config) == line("GET /wait", "504 Gateway Timeout"));
  CHECK(logged(body, config, "%(m)s %(s)s %(B)s") == "GET 504 15\n");
}

TEST_CASE("a body that is too large is told once") {
  const auto body = [](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("POST /large HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n");
    co_await passes();
    CHECK(client.pipe.sent().contains("413"));
  };
  CHECK(logged(body, quiet()) == line("POST /large", "413 Content Too Large"));
  CHECK(logged(body, quiet(), "%(m)s %(s)s") == "POST 413\n");
}

TEST_CASE("a head that is at fault is told, with its first line where that was good") {
  struct Case {
    std::string request;
    std::string told;
  };
  const Case cases[] = {
      {"GET /a HTTP/1.1\r\n\r\n", line("GET /a", "400 Bad Request")},
      {"GET /a HTTP/1.1\r\nhost: x\r\nbad field: 1\r\n\r\n", line("GET /a", "400 Bad Request")},
      {"POST /a?b HTTP/1.1\r\nhost: x\r\nexpect: tea\r\n\r\n",
       line("POST /a?b", "417 Expectation Failed")},
      {"GET /a HTTP/1.1\r\nhost: x\r\nx: " + std::string(70000, 'x'),
       line("GET /a", "431 Request Header Fields Too Large")},
      {"GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nhost: x\r\n\r\n", line("414 URI Too Long")},
      {"GET a HTTP/1.1\r\nhost: x\r\n\r\n", line("400 Bad Request")},
      {"GET  /a HTTP/1.1\r\n\r\n", line("400 Bad Request")},
      {"nonsense\r\n\r\n", line("400 Bad Request")},
      {"GET /a HTTP/2.0\r\n\r\n", line("505 HTTP Version Not Supported")},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", line("505 HTTP Version Not Supported")},
  };
  for (const Case& each : cases) {
    CAPTURE(each.request.substr(0, 80));
    for (const std::size_t cut : {std::size_t{0}, std::size_t{9}, std::size_t{25}}) {
      const auto body = [&](Bench& bench) -> Task<> {
        Client client(bench);
        client.pipe.feed(each.request.substr(0, cut));
        co_await passes();
        if (cut < each.request.size()) client.pipe.feed(each.request.substr(cut));
        co_await passes();
        CHECK(client.pipe.closed());
      };
      CHECK(logged(body, quiet()) == each.told);
    }
  }
}

TEST_CASE("a head that does not come is told where its first line came") {
  Config config = quiet();
  config.timeout_headers = 5ms;
  for (const std::string request : {"GET /a HTTP/1.1\r\nho", "GET /a HT"}) {
    CAPTURE(request);
    const auto body = [&](Bench& bench) -> Task<> {
      Client client(bench);
      client.pipe.feed(request);
      co_await sleep(10ms);
      bench.server.begin();  // the sweep, at once
      CHECK(client.pipe.sent().contains("408 Request Timeout"));
      bench.server.end();
    };
    const bool whole = request.contains("HTTP/1.1");
    CHECK(logged(body, config) ==
          (whole ? line("GET /a", "408 Request Timeout") : line("408 Request Timeout")));
  }
}

TEST_CASE("a request without a line has nothing in the places of its parts") {
  const auto body = [](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("nonsense\r\n\r\n");
    co_return;
  };
  CHECK(logged(body, quiet(), "%(h)s \"%(r)s\" %(m)s %(U)s %(H)s %(s)s") ==
        "192.0.2.1 \"-\" - - - 400\n");
  const std::string object = logged(body, quiet(), "json");
  CHECK(object.contains(R"("message":"- 400","client":"192.0.2.1:4711","status":400)"));
}
