// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "echo_app.hpp"

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;

TEST_CASE("the application is started before the first request and shut down at the end") {
  std::string trace;
  App app;
  app.on_startup([&]() -> Task<> {
    co_await sleep(1h);
    trace += "up;";
  });
  app.on_shutdown([&] { trace += "down;"; });
  app.get("/", [&]() -> Task<> {
    trace += "get;";
    co_return;
  });
  {
    TestClient client(app, {.virtual_clock = true});
    client.get("/");
    CHECK(trace == "up;get;");
  }
  CHECK(trace == "up;get;down;");
  trace.clear();
  {
    TestClient client(app, {.lifespan = false});
    client.get("/");
  }
  CHECK(trace == "get;");
}

TEST_CASE("an application that cannot start or stop says so in the test") {
  App app;
  app.on_startup([] { throw std::runtime_error("no database"); });
  CHECK_THROWS_WITH_AS(TestClient{app}, "no database", std::runtime_error);
  App other;
  other.on_shutdown([] { throw std::runtime_error("no goodbye"); });
  TestClient client(other);
  CHECK_THROWS_WITH_AS(client.close(), "no goodbye", std::runtime_error);
  client.close();
}

TEST_CASE("an application that knows no lifespan is served all the same") {
  const Headers headers;
  Raw app([&](Scope& scope, Receive&, Send& send) -> Task<> {
    if (scope.type == Scope::Type::kLifespan) throw std::logic_error("what is that?");
    co_await send(WholeResponse{200, headers, "x"});
  });
  TestClient client(app);
  CHECK(client.get("/").text() == "x");
}

TEST_CASE("with a virtual clock sleeping takes no time") {
  App app;
  app.get("/", []() -> Task<int> {
    co_await sleep(10h);
    co_return 1;
  });
  app.get("/pool", [] { return 2; });
  app.get("/slow", []() -> Task<> { co_await sleep(3s); }, {.timeout = 2s});
  TestClient client(app, {.virtual_clock = true});
  const TimePoint begin = client.loop().time();
  CHECK(client.get("/").text() == "1");
  CHECK(client.get("/pool").text() == "2");
  CHECK(client.get("/slow").status_code == 504);
  CHECK(client.loop().time() - begin >= 10h + 2s);
}
