// SPDX-License-Identifier: MIT
// What a request leaves behind in figures and in the log, however it ended.
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/logging.hpp>
#include <capricorn/server/metrics.hpp>
#include <capricorn/server/server.hpp>
#include <temporary_folder.hpp>
#include <test_transport.hpp>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <system_error>
#include <variant>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";

App make_framework() {
  App app;
  app.get("/trace", [](Request& request) -> Task<Response> {
    const auto trace = request.trace();
    co_return PlainTextResponse(trace ? trace->trace_id() : "none");
  });
  return app;
}

/// Each path is one way to end.
struct Ways final : Application {
  App framework = make_framework();

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    const std::string path(scope.path);
    const Headers none;
    scope.route = "/{way}";
    if (path == "/throw") throw std::runtime_error("thrown");
    if (path == "/sleep") co_await sleep(40ms);
    if (path == "/hangs") co_await sleep(1h);
    if (path == "/half") {
      co_await send(ResponseStart{200, none});
      co_await send(ResponseBody{"part", true});
      throw std::runtime_error("thrown");
    }
    if (path == "/bad") {
      co_await send(WholeResponse{503, none, "no"});
      co_return;
    }
    if (path == "/trace") co_return co_await framework(scope, receive, send);
    if (path == "/echo") co_await receive();
    if (path == "/upload") {
      for (bool more = true; more;) {
        const ReceiveEvent event = co_await receive();
        const auto* piece = std::get_if<HttpRequest>(&event);
        more = piece && piece->more_body;
      }
    }
    co_await send(WholeResponse{200, none, "0123456789"});
  }
};

struct Case {
  explicit Case(Config with = {}) : config(std::move(with)) {
    config.access_log = config.log_format == "json";
  }

  /// Sends it on a connection of its own, which the client leaves after so long.
  std::string ask(std::string_view bytes, Duration patience = 100ms) {
    TestTransport pipe(loop);
    pipe.start(std::make_unique<HttpProtocol>(server, pipe));
    pipe.feed(bytes);
    loop.run_until_complete(wait(patience));
    pipe.lose(std::make_error_code(std::errc::connection_reset));
    loop.run_until_complete(wait(1ms));
    return pipe.take();
  }
  static Task<> wait(Duration patience) { co_await sleep(patience); }

  const RequestSeries& only() const {
    REQUIRE(slot.series_count.load() == 1);
    return slot.series[0];
  }

  Config config;
  Ways app;
  TestLoop loop;
  MetricsBoard board{1};
  MetricsSlot& slot{*board.claim()};
  Metrics metrics{board, slot, loop, true};
  HttpServer server{app, config, loop};
  const bool attached = (server.set_metrics(&metrics), true);
};

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nhost: x\r\n\r\n"; }

struct Silence {
  Silence() : before(set_log_sink([](LogLevel, std::string_view) noexcept {})) {}
  Silence(const Silence&) = delete;
  ~Silence() { set_log_sink(before); }
  LogSink before;
};

}  // namespace

TEST_CASE("an answered request counts with its route, its time and its bytes") {
  Case one;
  one.ask("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc");
  CHECK(one.only().kind == RequestKind{.method = Method::kPost, .status = 200});
  CHECK(one.only().route() == "/{way}");
  CHECK(one.only().request_bytes.sum.get() == 3);
  CHECK(one.only().response_bytes.sum.get() == 10);
}

TEST_CASE("its time is that until the answer is whole") {
  Case one;
  one.ask(get("/sleep"));
  CHECK(one.only().durations.sum.get() >= 40'000'000);
  CHECK(one.only().durations.sum.get() < 60'000'000);
}

TEST_CASE("the body of an answer to HEAD does not count") {
  Case one;
  one.ask("HEAD / HTTP/1.1\r\nhost: x\r\n\r\n");
  CHECK(one.only().response_bytes.sum.get() == 0);
}

TEST_CASE("an application that throws, before its answer or within, is an exception") {
  const Silence silence;
  Case before;
  before.ask(get("/throw"));
  CHECK(before.only().kind == RequestKind{.error = RequestError::kException, .status = 500});
  Case within;
  within.ask(get("/half"));
  CHECK(within.only().kind == RequestKind{.error = RequestError::kException, .status = 200});
}

TEST_CASE("a status from 500 on is an error of its own") {
  Case one;
  one.ask(get("/bad"));
  CHECK(one.only().kind == RequestKind{.error = RequestError::kStatus, .status = 503});
}

TEST_CASE("a client that leaves before its answer leaves a request without a status") {
  Case one;
  one.ask(get("/sleep"), 10ms);
  CHECK(one.only().kind == RequestKind{.error = RequestError::kDisconnect});
}

TEST_CASE("a request that is given up for its client's slowness, or its handler's, is a timeout") {
  const Silence silence;
  Case body;
  body.server.begin();
  body.ask("POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\na", 20s);
  CHECK(body.only().kind ==
        RequestKind{.method = Method::kPost, .error = RequestError::kTimeout, .status = 408});
  CHECK(body.only().route() == "/{way}");
  body.server.end();
  Case head;
  head.server.begin();
  head.ask("GET /", 20s);
  CHECK(head.only().kind ==
        RequestKind{.method = Method::kOther, .error = RequestError::kTimeout, .status = 408});
  head.server.end();
  Case handler({.timeout_handler = 2s});
  handler.server.begin();
  handler.ask(get("/hangs"), 20s);
  CHECK(handler.only().kind == RequestKind{.error = RequestError::kTimeout, .status = 504});
  handler.server.end();
}

TEST_CASE("the last of the requests that a server may serve is told, and no other") {
  static std::string told;
  told.clear();
  const LogSink before =
      set_log_sink([](LogLevel, std::string_view text) noexcept { told.append(text); });
  Case one({.limit_max_requests = 2});
  one.ask(get("/"));
  CHECK(told == "");
  one.ask(get("/"));
  CHECK(told == "Maximum request limit of 2 exceeded. Terminating process.");
  one.ask(get("/"));
  CHECK(told == "Maximum request limit of 2 exceeded. Terminating process.");
  set_log_sink(before);
}

TEST_CASE("what never reaches the application is counted, without a route") {
  const Silence silence;
  Case one;
  one.ask("BREW / HTTP/1.1\r\nhost: x\r\n\r\n");
  CHECK(one.only().kind ==
        RequestKind{.method = Method::kOther, .error = RequestError::kStatus, .status = 501});
  CHECK(one.only().route().empty());
}

TEST_CASE("connections are counted by what they wait for") {
  Case one;
  TestTransport idle(one.loop);
  idle.start(std::make_unique<HttpProtocol>(one.server, idle));
  TestTransport reading(one.loop);
  reading.start(std::make_unique<HttpProtocol>(one.server, reading));
  reading.feed("GET / HT");
  TestTransport active(one.loop);
  active.start(std::make_unique<HttpProtocol>(one.server, active));
  active.feed(get("/sleep"));
  one.server.begin();
  CHECK(one.slot[WorkerGauge::kConnectionsIdle].get() == 1);
  CHECK(one.slot[WorkerGauge::kConnectionsReading].get() == 1);
  CHECK(one.slot[WorkerGauge::kConnectionsActive].get() == 1);
  CHECK(one.slot[WorkerGauge::kActiveRequests].get() == 1);
  one.loop.run_until_complete(Case::wait(50ms));
}

TEST_CASE("a handler sees the caller's trace, and none where there is none") {
  Case one;
  const std::string field = "traceparent: 00-" + std::string(kTrace) + "-00f067aa0ba902b7-01\r\n";
  CHECK(one.ask("GET /trace HTTP/1.1\r\nhost: x\r\n" + field + "\r\n").ends_with(kTrace));
  CHECK(one.ask(get("/trace")).ends_with("none"));
}

TEST_CASE("where the log tells a trace, a handler sees the same") {
  test::TemporaryFolder folder;
  Config config;
  config.log_format = "json";
  config.log_file = folder.path() + "/log";
  configure_logging(config);
  std::string answer;
  {
    Case one(config);
    answer = one.ask(get("/trace"));
    one.ask(get("/sleep"), 10ms);
  }
  flush_logs();
  std::ifstream file(config.log_file);
  std::string line;
  REQUIRE(std::getline(file, line));
  CHECK(answer.ends_with(nlohmann::json::parse(line)["trace_id"].get<std::string>()));
  REQUIRE(std::getline(file, line));
  CHECK(nlohmann::json::parse(line)["status"].is_null());
  CHECK(nlohmann::json::parse(line)["duration"] == doctest::Approx(0.01).epsilon(0.5));
  Config usual;
  usual.access_log = false;
  configure_logging(usual);
  set_log_sink(nullptr);
}
