// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>

#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> told;

AsyncGenerator<> lifespan(App& app) {
  told.push_back("begins");
  app.state().emplace<int>(7);
  co_await sleep(0s);
  co_yield {};
  told.push_back("ends");
}
AsyncGenerator<> fails(App&) {
  throw std::runtime_error("no database");
  co_yield {};
}
AsyncGenerator<> without_yield(App&) { co_return; }

/// Awaits what somebody has cancelled.
Task<> lose() {
  auto lost = create_task(sleep(1h));
  lost.cancel("lost");
  co_await lost;
}
AsyncGenerator<> loses(App&) {
  co_await lose();
  co_yield {};
}
AsyncGenerator<> throws_a_number(App&) {
  throw 7;
  co_yield {};
}

/// Starts the application, lets `meanwhile` pass and stops it; what it answered.
std::vector<std::string> live(App& app, Duration meanwhile = {}) {
  struct Events final : Receive {
    explicit Events(Duration while_up) : up(while_up) {}
    ValueTask<ReceiveEvent> operator()() override {
      return asked++ == 0 ? ValueTask<ReceiveEvent>(ReceiveEvent(LifespanStartup{})) : stop();
    }
    Task<ReceiveEvent> stop() {
      co_await sleep(up);
      co_return LifespanShutdown{};
    }
    Duration up;
    int asked = 0;
  } receive(meanwhile);
  struct Answers final : Send {
    ValueTask<void> operator()(const SendEvent& event) override {
      if (std::holds_alternative<LifespanStartupComplete>(event)) all.push_back("started");
      if (std::holds_alternative<LifespanShutdownComplete>(event)) all.push_back("stopped");
      if (const auto* failed = std::get_if<LifespanStartupFailed>(&event))
        all.push_back("failed: " + std::string(failed->message));
      if (const auto* failed = std::get_if<LifespanShutdownFailed>(&event))
        all.push_back("stopped badly: " + std::string(failed->message));
      return {};
    }
    std::vector<std::string> all;
  } send;
  Scope scope;
  scope.type = Scope::Type::kLifespan;
  TestLoop loop;
  loop.run_until_complete(app(scope, receive, send));
  return send.all;
}

}  // namespace

TEST_CASE("a lifespan runs to its co_yield at startup, and on at shutdown") {
  App app({.lifespan = lifespan});
  app.on_startup([] { told.push_back("startup"); });
  app.on_shutdown([]() -> Task<> {
    told.push_back("shutdown");
    co_return;
  });
  told.clear();
  CHECK(live(app) == std::vector<std::string>{"started", "stopped"});
  CHECK(told == std::vector<std::string>{"begins", "startup", "shutdown", "ends"});
  CHECK(app.state().get<int>() == 7);
}

TEST_CASE("a lifespan that fails keeps the server from starting") {
  App app({.lifespan = fails});
  CHECK(live(app) == std::vector<std::string>{"failed: no database"});
  App none({.lifespan = without_yield});
  CHECK(live(none) ==
        std::vector<std::string>{"failed: the lifespan has ended without a co_yield"});
  App hook({.lifespan = lifespan});
  hook.on_startup([] { throw std::runtime_error("hook"); });
  told.clear();
  CHECK(live(hook) == std::vector<std::string>{"failed: hook"});
  CHECK(told == std::vector<std::string>{"begins", "ends"});
}

// 1. A lifespan awaits a task that was cancelled, and ends by CancelledError.
// 2. That is no std::exception: it went out of the application without a word.
// 3. The server took the application for one that knows no lifespan, and served it unready.
TEST_CASE("a lifespan that fails by whatever it threw keeps the server from starting, too") {
  App app({.lifespan = loses});
  CHECK(live(app) == std::vector<std::string>{"failed: CancelledError: lost"});
  App number({.lifespan = throws_a_number});
  CHECK(live(number) == std::vector<std::string>{"failed: not a std::exception"});
  App hook({.lifespan = lifespan});
  hook.on_startup(lose);
  told.clear();
  CHECK(live(hook) == std::vector<std::string>{"failed: CancelledError: lost"});
  CHECK(told == std::vector<std::string>{"begins", "ends"});
}

TEST_CASE("at the end everything is left, whatever one of it throws") {
  App app({.lifespan = lifespan});
  app.on_shutdown([] { told.push_back("first"); });
  app.on_shutdown(lose);
  told.clear();
  CHECK(live(app) == std::vector<std::string>{"started", "stopped badly: CancelledError: lost"});
  CHECK(told == std::vector<std::string>{"begins", "first", "ends"});
}

TEST_CASE("a periodic function goes on behind whatever it throws") {
  int calls = 0;
  App app;
  app.every(60s, [&]() -> Task<> {
    if (++calls == 1) co_await lose();
    if (calls == 2) throw 7;
  });
  live(app, 200s);
  CHECK(calls == 3);
}

TEST_CASE("a periodic function runs each interval while the application serves") {
  int calls = 0;
  App app;
  app.every(60s, [&]() -> Task<> {
    ++calls;
    if (calls == 1) throw std::runtime_error("once");
    co_return;
  });
  live(app, 59s);
  CHECK(calls == 0);
  live(app, 185s);
  CHECK(calls == 3);
}
