// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
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
AsyncGenerator<int> kept_open() {
  struct Close {
    ~Close() { told.push_back("closed"); }
  } const close;
  co_yield 1;
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

TEST_CASE("a periodic function that is under way at the end is cancelled") {
  int calls = 0;
  App app;
  app.every(1s, [&]() -> Task<> {
    ++calls;
    co_await sleep(1h);
  });
  CHECK(live(app, 5s) == std::vector<std::string>{"started", "stopped"});
  CHECK(calls == 1);
}

// 1. A hook of the start declared others, as one that finds out at run time what there is to do.
// 2. What was gone through had moved: the start went on in memory that had been freed.
TEST_CASE("hooks may declare others, which are called as well") {
  App app;
  told.clear();
  app.on_startup([&]() -> Task<> {
    for (int i = 0; i < 8; ++i) {
      app.on_startup([] { told.push_back("start"); });
      app.on_shutdown([] { told.push_back("end"); });
    }
    co_await sleep(0s);
  });
  app.on_shutdown([&]() -> Task<> {
    for (int i = 0; i < 8; ++i) app.on_shutdown([] { told.push_back("late"); });
    co_await sleep(0s);
  });
  app.on_shutdown([] { told.push_back("first"); });
  CHECK(live(app) == std::vector<std::string>{"started", "stopped"});
  CHECK(std::ranges::count(told, "start") == 8);
  CHECK(std::ranges::count(told, "end") == 8);
  CHECK(std::ranges::count(told, "first") == 1);
  CHECK(std::ranges::count(told, "late") == 8);
}

// 1. A handler had something else done each interval.
// 2. Those that were done already stood somewhere else then: their tasks used what had been freed.
TEST_CASE("a periodic function may be added while the application serves") {
  int calls = 0;
  int later = 0;
  App app;
  app.every(10s, [&]() -> Task<> {
    ++calls;
    for (int i = 0; i < 8 && calls == 1; ++i) {
      app.every(10s, [&]() -> Task<> {
        ++later;
        co_return;
      });
    }
    co_return;
  });
  live(app, 35s);
  CHECK(calls == 3);
  CHECK(later == 16);  // 20 and 30 seconds behind the start
}

namespace {

/// Starts the application, has `body` done beside it on the loop, and stops it.
void live_through(App& app, Task<> (*body)(App&)) {
  struct Events final : Receive {
    Events(App& a, Task<> (*b)(App&)) : application(a), body_of(b) {}
    ValueTask<ReceiveEvent> operator()() override {
      return asked++ == 0 ? ValueTask<ReceiveEvent>(ReceiveEvent(LifespanStartup{})) : stop();
    }
    Task<ReceiveEvent> stop() {
      co_await body_of(application);
      co_return LifespanShutdown{0s};
    }
    App& application;
    Task<> (*body_of)(App&);
    int asked = 0;
  } receive(app, body);
  struct Ignored final : Send {
    ValueTask<void> operator()(const SendEvent&) override { return {}; }
  } send;
  Scope scope;
  scope.type = Scope::Type::kLifespan;
  Loop loop;
  loop.run_until_complete(app(scope, receive, send));
}

/// What outlives a request whose function a thread is still at.
struct Exchange final : Receive, Send {
  ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpDisconnect{}); }
  ValueTask<void> operator()(const SendEvent& event) override {
    status = std::get<WholeResponse>(event).status;
    return {};
  }
  Scope scope;
  int status = 0;
};

}  // namespace

// 1. A plain function's time was over: the answer was 504, and its thread went on.
// 2. The application ended, and waited for no thread: with its lifespan went what that used.
TEST_CASE("a lifespan ends behind plain functions whose requests are over") {
  static std::atomic<bool> go_on;
  static std::atomic<bool> begun;
  static Exchange exchange;
  exchange.scope.path = exchange.scope.raw_path = "/inner/";
  std::atomic<bool> done = false;
  for (const bool mounted : {false, true}) {
    CAPTURE(mounted);
    go_on = begun = done = false;
    const auto function = [&](Depends<kept_open>) {
      begun = true;
      while (!go_on) std::this_thread::yield();
      done = true;
    };
    App app({.lifespan = [&](App&) -> AsyncGenerator<> {
      co_yield {};
      told.push_back(done ? "ends" : "ends too early");
      go_on = true;
    }});
    if (mounted) {
      App inner;
      inner.get("/", function, {.timeout = 20ms});
      app.mount("/inner", std::move(inner));
    } else {
      app.get("/inner/", function, {.timeout = 20ms});
    }
    const LogSink before = set_log_sink([](LogLevel, std::string_view text) noexcept {
      if (text.starts_with("Waiting for 1 plain function of requests that are over.")) go_on = true;
    });
    live_through(app, [](App& application) -> Task<> {
      while (!begun) {  // or its time was over before a thread had it
        told.clear();
        co_await application(exchange.scope, exchange, exchange);
        CHECK(exchange.status == 504);
      }
    });
    set_log_sink(before);
    CHECK(told == std::vector<std::string>{"closed", "ends"});
  }
}

TEST_CASE("a lifespan ends behind a periodic function that a thread is at") {
  static std::atomic<bool> begun;
  std::atomic<bool> done = false;
  App app({.lifespan = [&](App&) -> AsyncGenerator<> {
    co_yield {};
    told.push_back(done ? "ends" : "ends too early");
  }});
  app.every(1ms, [&] {
    begun = true;
    std::this_thread::sleep_for(20ms);
    done = true;
  });
  told.clear();
  live_through(app, [](App&) -> Task<> {
    while (!begun) co_await sleep(1ms);
  });
  CHECK(told == std::vector<std::string>{"ends"});
}
