// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/test_loop.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "../../server/lifespan.hpp"

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

/// Is a coroutine, which the test gives.
template <class F>
struct Calls final : Application {
  explicit Calls(F called) : function(std::move(called)) {}
  Task<> operator()(Scope&, Receive& receive, Send& send) override {
    co_await function(receive, send);
  }
  F function;
};

/// Is none.
struct RefusesAtOnce final : Application {
  CAPRICORN_CORO_WRAPPER Task<> operator()(Scope&, Receive&, Send&) override {
    throw std::runtime_error("http alone");
  }
};

std::string logged;

/// What a server with that application would do: "starts", "ends" or "refuses".
std::string live(Application& application, const std::string& mode) {
  logged.clear();
  const LogSink before = set_log_sink(
      [](LogLevel, std::string_view text) noexcept { logged.append(text).append(" "); });
  TestLoop loop;
  Lifespan lifespan(loop, application, mode);
  std::string done = loop.run_until_complete(lifespan.startup()) ? "starts" : "refuses";
  if (done == "starts") {
    loop.run_until_complete(lifespan.shutdown(1s));
    done += " and ends";
  }
  set_log_sink(before);
  return done;
}

}  // namespace

// 1. An application without a lifespan said so by an exception, and was no coroutine.
// 2. That went past the server's look at it: the server did not start, whatever `--lifespan` said.
TEST_CASE("an application that refuses the lifespan at once is served without one") {
  RefusesAtOnce at_once;
  Calls later([](Receive&, Send&) -> Task<> {
    throw std::runtime_error("http alone");
    co_return;
  });
  for (Application* application :
       {static_cast<Application*>(&at_once), static_cast<Application*>(&later)}) {
    CHECK(live(*application, "auto") == "starts and ends");
    CHECK(logged.contains("ASGI 'lifespan' protocol appears unsupported."));
    CHECK(live(*application, "on") == "refuses");
    CHECK(logged.contains("http alone"));
    CHECK(logged.contains("Application startup failed. Exiting."));
    CHECK(live(*application, "off") == "starts and ends");
    CHECK(logged.empty());
  }
}

TEST_CASE("a lifespan is told of the start, and then of the end with its grace") {
  std::string told;
  Calls application([&](Receive& receive, Send& send) -> Task<> {
    if (std::holds_alternative<LifespanStartup>(co_await receive())) told += "start ";
    co_await send(LifespanStartupComplete{});
    const ReceiveEvent end = co_await receive();
    if (std::get<LifespanShutdown>(end).grace == 1s) told += "end ";
    co_await send(LifespanShutdownComplete{});
  });
  CHECK(live(application, "on") == "starts and ends");
  CHECK(told == "start end ");
  CHECK(logged ==
        "Waiting for application startup. Application startup complete. "
        "Waiting for application shutdown. Application shutdown complete. ");
}

TEST_CASE("a start that the application says has failed is refused, whatever the mode") {
  Calls application([](Receive& receive, Send& send) -> Task<> {
    static_cast<void>(co_await receive());
    co_await send(LifespanStartupFailed{"no database"});
  });
  for (const char* mode : {"auto", "on"}) {
    CHECK(live(application, mode) == "refuses");
    CHECK(logged.contains("no database"));
  }
}

TEST_CASE("an end that fails is told") {
  Calls says_so([](Receive& receive, Send& send) -> Task<> {
    static_cast<void>(co_await receive());
    co_await send(LifespanStartupComplete{});
    static_cast<void>(co_await receive());
    co_await send(LifespanShutdownFailed{"still busy"});
  });
  CHECK(live(says_so, "auto") == "starts and ends");
  CHECK(logged.contains("still busy Application shutdown failed. Exiting."));
}

TEST_CASE("events out of their order are refused") {
  Calls twice([](Receive& receive, Send& send) -> Task<> {
    static_cast<void>(co_await receive());
    co_await send(LifespanStartupComplete{});
    CHECK_THROWS_AS(co_await send(LifespanStartupComplete{}), std::logic_error);
    static_cast<void>(co_await receive());
    co_await send(LifespanShutdownComplete{});
    CHECK_THROWS_AS(co_await send(LifespanShutdownComplete{}), std::logic_error);
  });
  CHECK(live(twice, "on") == "starts and ends");
  Calls early([](Receive&, Send& send) -> Task<> {
    CHECK_THROWS_AS(co_await send(LifespanShutdownComplete{}), std::logic_error);
    co_await send(LifespanStartupFailed{""});
  });
  CHECK(live(early, "on") == "refuses");
}
