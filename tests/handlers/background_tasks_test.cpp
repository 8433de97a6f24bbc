// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>
#include <capricorn/handlers/testing/async_client.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "scenario.hpp"

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> told;
void tell(std::string what) { told.push_back(std::move(what)); }

Task<> write_log(std::string who, int times) {
  co_await sleep(0s);
  tell(who + std::to_string(times));
}
void tell_pointer(std::unique_ptr<std::string> what) { tell(*what); }

Task<> logs_too(BackgroundTasks& background) {
  background.add_task(write_log, std::string("dependency"), 1);
  co_return;
}
AsyncGenerator<int> connection() {
  co_yield 5;
  tell("closed");
}
Task<int> sets_cookie(Response& response) {
  response.set_cookie("seen", "yes");
  co_return 1;
}

Task<Response> telling() {
  co_return StreamingResponse([](BodyWriter& writer) -> Task<> {
    co_await writer.write("x");
    tell("sent");
  });
}

}  // namespace

TEST_CASE("background tasks run in order, when the response is sent") {
  App app;
  app.get("/",
          [](BackgroundTasks& background, Depends<logs_too>,
             Depends<connection> connection) -> Task<Response> {
            background.add_task(tell_pointer, std::make_unique<std::string>("plain"));
            background.add_task(write_log, std::string("handler"), *connection);
            background.add_task([thread = std::this_thread::get_id()] {
              if (thread == std::this_thread::get_id()) tell("on the loop");
            });
            background.add_task(on_loop([thread = std::this_thread::get_id()] {
              if (thread == std::this_thread::get_id()) tell("cheap");
            }));
            co_return co_await telling();
          });
  TestClient client(app);
  told.clear();
  CHECK(client.get("/").text() == "x");
  CHECK(told ==
        std::vector<std::string>{"sent", "dependency1", "plain", "handler5", "cheap", "closed"});
}

TEST_CASE("one that fails is told to the server, and those behind it do not run") {
  App app;
  app.get("/", [](BackgroundTasks& background) -> Task<int> {
    background.add_task([]() -> Task<> {
      throw std::runtime_error("background");
      co_return;
    });
    background.add_task(tell, std::string("behind"));
    co_return 1;
  });
  TestClient client(app);
  told.clear();
  CHECK_THROWS_WITH_AS(client.get("/"), "background", std::runtime_error);
  CHECK(told.empty());
}

TEST_CASE("none runs where the request fails") {
  App app;
  app.get("/", [](BackgroundTasks& background) -> Task<int> {
    background.add_task(tell, std::string("never"));
    throw HTTPException(400);
    co_return 1;
  });
  TestClient client(app);
  told.clear();
  CHECK(client.get("/").status_code == 400);
  CHECK(told.empty());
}

TEST_CASE("Response& gives status, headers and cookies to the answer of a value") {
  App app;
  app.put("/item", [](Response& response, Depends<sets_cookie>) -> Task<int> {
    response.set_status(201);
    response.headers().append("x-made", "now");
    co_return 1;
  });
  app.get("/plain", [](Response& response) {
    response.set_status(202);
    return 2;
  });
  app.delete_("/item", [](Response& response) -> Task<> {
    response.set_status(204);
    co_return;
  });
  app.get("/direct", [](Response& response) -> Task<Response> {
    response.headers().append("x-made", "now");
    co_return PlainTextResponse("own");
  });
  TestClient client(app);
  const auto made = client.put("/item");
  CHECK(made.status_code == 201);
  CHECK(made.text() == "1");
  CHECK(made.header("x-made") == "now");
  CHECK(made.header("set-cookie").starts_with("seen=yes"));
  CHECK(client.get("/plain").status_code == 202);
  const auto gone = client.delete_("/item");
  CHECK(gone.status_code == 204);
  CHECK(gone.text().empty());
  CHECK(gone.header("content-type").empty());
  CHECK(client.get("/direct").header("x-made").empty());
}

TEST_CASE("a request's tasks end with it") {
  App app;
  bool ended = false;
  app.get("/", [&](Request& request) -> Task<int> {
    request.create_task([](bool& ended) -> Task<> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        ended = true;
        throw;
      }
    }(ended));
    co_await sleep(0s);
    co_return 1;
  });
  TestClient client(app);
  CHECK(client.get("/").text() == "1");
  CHECK(ended);
}

TEST_CASE("a request's tasks end before it where its answer cannot be sent") {
  // 1. A handler leaves a task running. 2. Sending its answer throws, or is cancelled. 3. The
  // task's clean-up must still find the request.
  struct Gone final : Receive, Send {
    ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpDisconnect{}); }
    ValueTask<void> operator()(const SendEvent&) override { throw ClientDisconnect(); }
  } gone;
  App app;
  std::string seen;
  const auto leave_task = [&seen](Request& request) {
    request.create_task([](Request& request, std::string& seen) -> Task<> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        seen += request.path();
        throw;
      }
    }(request, seen));
  };
  app.get("/whole", [&](Request& request) -> Task<int> {
    leave_task(request);
    co_await sleep(0s);
    co_return 1;
  });
  app.get("/stream", [&](Request& request) -> Task<Response> {
    leave_task(request);
    co_await sleep(0s);
    co_return StreamingResponse([](BodyWriter& writer) -> Task<> { co_await writer.write("x"); });
  });
  for (const std::string_view path : {"/whole", "/stream"}) {
    Loop loop;
    Scope scope;
    scope.path = scope.raw_path = path;
    loop.run_until_complete([](App& app, Scope& scope, Gone& gone, std::string& seen) -> Task<> {
      seen.clear();
      CHECK_THROWS_AS(co_await app(scope, gone, gone), ClientDisconnect);
      CHECK(seen == scope.path);
    }(app, scope, gone, seen));
  }
}

TEST_CASE("state is kept by the application and by the request") {
  struct Pool {
    int size;
  };
  App app;
  app.state().emplace<Pool>(3);
  app.middleware([](Request& request, CallNext next) -> Task<Response> {
    request.state().emplace<std::string>("from outside");
    co_return co_await next(request);
  });
  app.get("/", [](Request& request) -> Task<std::string> {
    co_return request.state().get<std::string>() +
        std::to_string(request.app().state().get<Pool>().size);
  });
  TestClient client(app);
  CHECK(client.get("/").text() == "\"from outside3\"");
  CHECK_THROWS_WITH_AS(app.state().get<double>(), "the state has no double", LookupError);
  app.state().emplace<Pool>(4);
  CHECK(app.state().get<Pool>().size == 4);
  app.state().erase<Pool>();
  CHECK(!app.state().contains<Pool>());
}

namespace {

/// Stops the application a second behind an answer with a background task; how long that took.
Task<Duration> stop_behind_an_answer(App& app, std::optional<Duration> grace) {
  struct Wire final : Receive, Send {
    explicit Wire(std::optional<Duration> of_shutdown) : grace(of_shutdown) {}
    ValueTask<ReceiveEvent> operator()() override {
      if (asked++ == 0) return ReceiveEvent(LifespanStartup{});
      return ReceiveEvent(LifespanShutdown{grace});
    }
    ValueTask<void> operator()(const SendEvent&) override { return {}; }
    std::optional<Duration> grace;
    int asked = 0;
  } wire(grace);
  AsyncClient client(app);
  const auto request = create_task(client.get("/"));
  co_await sleep(1s);
  Scope scope;
  scope.type = Scope::Type::kLifespan;
  const TimePoint begin = get_running_loop().cached_time();
  co_await app(scope, wire, wire);
  co_return get_running_loop().cached_time() - begin;
}

Task<> write_for_an_hour() {
  co_await sleep(1h);
  tell("written");
}

}  // namespace

TEST_CASE("an application that ends waits for background tasks as long as the server lets it") {
  App app;
  app.get("/", [](BackgroundTasks& background) -> Task<> {
    background.add_task(write_for_an_hour);
    co_return;
  });
  told.clear();
  CHECK(test::run_virtually(stop_behind_an_answer(app, 5s)) == 5s);
  CHECK(test::run_virtually(stop_behind_an_answer(app, 0s)) == 0s);
  CHECK(told.empty());
  CHECK(test::run_virtually(stop_behind_an_answer(app, 2h)) == 1h - 1s);
  CHECK(test::run_virtually(stop_behind_an_answer(app, std::nullopt)) == 1h - 1s);
  CHECK(told == std::vector<std::string>{"written", "written"});
}
