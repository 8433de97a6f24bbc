// SPDX-License-Identifier: MIT
// The task of a request: what an application may do before it is a coroutine, and without being
// one.
#include <doctest/doctest.h>
#include <capricorn/http/application.hpp>
#include <capricorn/loop/context.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/task_handle.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/server.hpp>
#include <test_transport.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

ContextVar<int> answered_before("answered_before", 0);

Task<> answer(Send& send, std::string text) {
  const Headers none;
  co_await send(WholeResponse{200, none, text});
}

/// Has its head by the next pass, and its body an hour later.
Task<> answer_late(Send& send) {
  const Headers none;
  co_await sleep(0s);
  co_await send(ResponseStart{200, none});
  co_await sleep(1h);
  co_await send(ResponseBody{"late", false});
}

/// Awaits what somebody has cancelled.
Task<> lose() {
  auto lost = create_task([]() -> Task<> { co_await sleep(1h); }());
  lost.cancel();
  co_await lost;
}

/// Of a file that is a tenth of what it was.
Task<> answer_with_a_file(Send& send) {
  std::FILE* const file = std::tmpfile();
  std::fputs("1", file);
  std::fflush(file);
  const Headers length{{"content-length", "10"}};
  co_await send(ResponseStart{200, length});
  co_await send(FileRange{::fileno(file), 0, 10, false});
  std::fclose(file);
}

/// A function that gives a coroutine, as routers and middleware are.
struct Plain final : Application {
  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope& scope, Receive&, Send& send) override {
    const AnyTask task = current_task();
    if (scope.path == "/late") return answer_late(send);
    if (scope.path == "/lose") return lose();
    if (scope.path == "/adds") {
      scope.headers.append("x-user", std::string(200'000, 'x'));
      std::vector<std::string> others;  // one of them has the memory of what was given back
      for (std::size_t size = 32; size < 8192; size += 16) others.emplace_back(size, 'y');
      return answer(send, std::string(scope.method_name) + " " + std::string(scope.path));
    }
    if (scope.path == "/file") return answer_with_a_file(send);
    if (scope.path == "/throw") {
      throw std::runtime_error("thrown\nINFO: forged, \xc2\x9bJ, \xc3\x84\xc2\xa0\xc2");
    }
    const int before = answered_before.get();
    answered_before.set(before + 1);
    return answer(send, task ? "within a task, " + std::to_string(before) : "outside");
  }
};

struct Case {
  std::string ask(const std::string& path) {
    TestTransport pipe(loop);
    pipe.start(std::make_unique<HttpProtocol>(server, pipe));
    pipe.feed("GET " + path + " HTTP/1.1\r\nhost: x\r\n\r\n");
    loop.run_until_complete([]() -> Task<> { co_await sleep(1ms); }());
    pipe.lose(std::make_error_code(std::errc::connection_reset));
    loop.run_until_complete([]() -> Task<> { co_await sleep(1ms); }());
    return pipe.take();
  }

  Config config;
  Plain app;
  TestLoop loop;
  HttpServer server{app, config, loop};
};

std::string logged;

}  // namespace

TEST_CASE("the application is called within its task, with a context of its own") {
  Case one;
  for (int time = 0; time < 2; ++time) {
    const std::string answered = one.ask("/");
    CAPTURE(answered);
    CHECK(answered.starts_with("HTTP/1.1 200 "));
    CHECK(answered.ends_with("within a task, 0"));
  }
}

// It waited for the first of the body, unless the handler had answered without waiting itself.
TEST_CASE("a head is sent when it is there, also where its body takes its time") {
  Case one;
  const std::string answered = one.ask("/late");
  CHECK(answered.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answered.ends_with("transfer-encoding: chunked\r\n\r\n"));
}

TEST_CASE("an application that throws before it is a coroutine is answered for") {
  Case one;
  const LogSink before =
      set_log_sink([](LogLevel, std::string_view line) noexcept { logged = line; });
  const std::string answered = one.ask("/throw");
  set_log_sink(before);
  CHECK(answered.starts_with("HTTP/1.1 500 "));
  CHECK(logged ==
        "Exception in application: thrown\\x0aINFO: forged, \\xc2\\x9bJ, \xc3\x84\xc2\xa0\xc2"
        " (std::runtime_error, GET /throw)");
}

// It was answered with 500, and nobody was told.
TEST_CASE("an application that ends by somebody else's cancellation is told of in the log") {
  Case one;
  logged.clear();
  const LogSink before =
      set_log_sink([](LogLevel, std::string_view line) noexcept { logged = line; });
  const std::string answered = one.ask("/lose");
  set_log_sink(before);
  CHECK(answered.starts_with("HTTP/1.1 500 "));
  CHECK(logged ==
        "Exception in application: what it awaited was cancelled (capricorn::CancelledError, GET "
        "/lose)");
}

TEST_CASE("a client that leaves cancels the application, of which nothing is told") {
  Case one;
  logged.clear();
  const LogSink before =
      set_log_sink([](LogLevel, std::string_view line) noexcept { logged = line; });
  one.ask("/late");
  set_log_sink(before);
  CHECK(logged == "");
}

TEST_CASE("middleware may add fields to a request, and its path stays what it was") {
  Case one;
  CHECK(one.ask("/adds").ends_with("GET /adds"));
}

TEST_CASE("a file that became shorter while it was sent is told of") {
  Case one;
  const LogSink before =
      set_log_sink([](LogLevel, std::string_view line) noexcept { logged = line; });
  logged.clear();
  one.ask("/file");
  set_log_sink(before);
  CHECK(logged == "A file became shorter while it was sent, or cannot be read (GET /file)");
}
