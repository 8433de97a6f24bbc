// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <stdexcept>
#include <string>

#include "connection.hpp"
#include "scenario.hpp"

using namespace capricorn;
using namespace std::chrono_literals;
using capricorn::test::Connection;

namespace {

/// One request on a clock that jumps: its status, and what came with it.
struct Answer final : Receive, Send {
  ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpRequest{}); }
  ValueTask<void> operator()(const SendEvent& event) override {
    if (const auto* whole = std::get_if<WholeResponse>(&event)) {
      status = whole->status;
      body = whole->body;
      retry_after = whole->headers.get("retry-after").value_or("");
    } else if (const auto* start = std::get_if<ResponseStart>(&event)) {
      status = start->status;
    } else if (const auto* piece = std::get_if<ResponseBody>(&event)) {
      body += piece->body;
    }
    return {};
  }
  int status = 0;
  std::string body;
  std::string retry_after;
};

Task<Answer> ask(App& app, std::string path, std::string host = "192.0.2.1", std::string key = "") {
  Answer answer;
  Scope scope;
  scope.path = scope.raw_path = path;
  scope.client_host = host;
  if (!key.empty()) scope.headers.append("x-key", key);
  co_await app(scope, answer, answer);
  co_return std::move(answer);
}

Task<int> status_of(App& app, std::string host = "192.0.2.1", std::string key = "") {
  const Answer answer = co_await ask(app, "/", std::move(host), std::move(key));
  co_return answer.status;
}

App one() {
  App app;
  app.get("/", []() -> Task<int> { co_return 1; });
  return app;
}

}  // namespace

TEST_CASE("who asks too often waits until there is a token again") {
  test::run_virtually([]() -> Task<> {
    App app = one();
    app.add_middleware<RateLimitMiddleware>({.limit = 6, .window = 60s, .burst = 2});
    CHECK(co_await status_of(app) == 200);
    CHECK(co_await status_of(app) == 200);
    const Answer refused = co_await ask(app, "/");
    CHECK(refused.status == 429);
    CHECK(refused.body == R"({"detail":"Too Many Requests"})");
    CHECK(refused.retry_after == "10");
    CHECK(co_await status_of(app, "192.0.2.2") == 200);
    co_await sleep(9500ms);
    const Answer early = co_await ask(app, "/");
    CHECK(early.status == 429);
    CHECK(early.retry_after == "1");
    co_await sleep(500ms);
    CHECK(co_await status_of(app) == 200);
    CHECK(co_await status_of(app) == 429);
    co_await sleep(1h);
    CHECK(co_await status_of(app) == 200);
    CHECK(co_await status_of(app) == 200);
    CHECK(co_await status_of(app) == 429);
  }());
}

TEST_CASE("a key of the application's own, and none for those who are not limited") {
  test::run_virtually([]() -> Task<> {
    App app = one();
    app.add_middleware<RateLimitMiddleware>(
        RateLimitOptions{.limit = 1, .key = [](Request& request) {
                           return std::string(request.headers().get("x-key").value_or(""));
                         }});
    CHECK(co_await status_of(app, "192.0.2.1", "a") == 200);
    CHECK(co_await status_of(app, "192.0.2.2", "a") == 429);
    CHECK(co_await status_of(app, "192.0.2.2", "b") == 200);
    for (int i = 0; i < 3; ++i) CHECK(co_await status_of(app) == 200);
  }());
}

TEST_CASE("a long key counts as a whole: not its beginning alone") {
  test::run_virtually([]() -> Task<> {
    App app = one();
    app.add_middleware<RateLimitMiddleware>({.limit = 1, .key = [](Request& request) {
                                               return std::string(5000, 'x') +
                                                      std::string(*request.headers().get("x-key"));
                                             }});
    CHECK(co_await status_of(app, "192.0.2.1", "a") == 200);
    CHECK(co_await status_of(app, "192.0.2.1", "b") == 200);
    CHECK(co_await status_of(app, "192.0.2.1", "a") == 429);
  }());
}

TEST_CASE("the table of clients is bounded: the one that was idle longest is forgotten") {
  test::run_virtually([]() -> Task<> {
    App app = one();
    app.add_middleware<RateLimitMiddleware>(RateLimitOptions{.limit = 1, .max_keys = 2});
    CHECK(co_await status_of(app, "192.0.2.1") == 200);
    CHECK(co_await status_of(app, "192.0.2.2") == 200);
    CHECK(co_await status_of(app, "192.0.2.1") == 429);  // the one that was used last now
    CHECK(co_await status_of(app, "192.0.2.3") == 200);
    CHECK(co_await status_of(app, "192.0.2.1") == 429);
    CHECK(co_await status_of(app, "192.0.2.2") == 200);
  }());
}

TEST_CASE("a customer's IPv6 network is one client") {
  CHECK(client_network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(client_network("2001:db8:1:2::1") == client_network("2001:db8:1:2:ffff::"));
  CHECK(client_network("2001:db8:1:3::1") != client_network("2001:db8:1:2::1"));
  CHECK(client_network("::ffff:192.0.2.1") == "::ffff:192.0.2.1");
  CHECK(client_network("192.0.2.1") == "192.0.2.1");
  CHECK(client_network("").empty());
}

TEST_CASE("a rate limit of nothing and a timeout of nothing are refused") {
  App app;
  CHECK_THROWS_AS(app.add_middleware<RateLimitMiddleware>(RateLimitOptions{.limit = 0}),
                  std::invalid_argument);
  CHECK_THROWS_AS(app.add_middleware<RateLimitMiddleware>(RateLimitOptions{.window = 0s}),
                  std::invalid_argument);
  CHECK_THROWS_AS(app.add_middleware<TimeoutMiddleware>(TimeoutOptions{}), std::invalid_argument);
}

TEST_CASE("an answer that has not begun in time is 504, one that has begun goes on") {
  test::run_virtually([]() -> Task<> {
    static std::string trace;
    trace.clear();
    App app;
    app.get("/slow", []() -> Task<int> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        trace += "cancelled";
        throw;
      }
      co_return 0;
    });
    app.get("/stream", []() -> Task<Response> {
      co_return StreamingResponse([](BodyWriter& writer) -> Task<> {
        co_await writer.write("a");
        co_await sleep(1h);
        co_await writer.write("b");
      });
    });
    app.get("/own", []() -> Task<int> { co_return co_await wait_for(test::forever(), 1s); });
    app.middleware([](Request& request, CallNext next) -> Task<Response> {
      co_return co_await next(request);
    });
    app.add_middleware<TimeoutMiddleware>(TimeoutOptions{.timeout = 5s});
    const TimePoint begun = get_running_loop().time();
    const Answer slow = co_await ask(app, "/slow");
    CHECK(slow.status == 504);
    CHECK(slow.body == R"({"detail":"Gateway Timeout"})");
    CHECK(get_running_loop().time() - begun < 6s);
    CHECK(trace == "cancelled");
    const Answer stream = co_await ask(app, "/stream");
    CHECK(stream.status == 200);
    CHECK(stream.body == "ab");
    // A TimeoutError of the handler's own is none of the middleware's.
    CHECK_THROWS_AS(co_await ask(app, "/own"), TimeoutError);
  }());
}

TEST_CASE("a body's limit is the middleware's, and a route's own comes before it") {
  struct Shown final : Application {
    Task<> operator()(Scope& scope, Receive&, Send& send) override {
      Response response = PlainTextResponse(std::to_string(scope.max_body));
      co_await response.send(scope, send);
    }
  };
  App app;
  app.mount("/m", Shown());
  app.add_middleware<BodyLimitMiddleware>(std::uint64_t{77});
  TestClient client(app);
  CHECK(client.get("/m/").text() == "77");
}
