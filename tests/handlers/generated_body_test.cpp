// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>

#include "scenario.hpp"
#include "send_counter.hpp"

using namespace capricorn;
using namespace std::chrono_literals;
using capricorn::test::SendCounter;

namespace {

struct Line {
  int n;
  std::string text;
};

AsyncGenerator<Line> lines(int count) {
  for (int i = 0; i < count; ++i) {
    co_await sleep(0s);
    co_yield Line{i, "a\nb"};
  }
}

AsyncGenerator<std::string> texts() {
  co_yield "one ";
  co_yield "two";
}

}  // namespace

TEST_CASE("JSON Lines are one line for each item, each sent as it comes") {
  App app;
  app.get("/", []() -> Task<Response> { co_return JSONLinesResponse(lines(3)); });
  app.get("/texts", []() -> Task<Response> { co_return JSONLinesResponse(texts(), 202); });
  SendCounter counter(app);
  TestClient client(counter);
  const auto response = client.get("/");
  CHECK(response.header("content-type") == "application/jsonl");
  CHECK(response.text() ==
        "{\"n\":0,\"text\":\"a\\nb\"}\n{\"n\":1,\"text\":\"a\\nb\"}\n"
        "{\"n\":2,\"text\":\"a\\nb\"}\n");
  CHECK(counter.events() == 5);
  CHECK(client.get("/texts").status_code == 202);
  CHECK(client.get("/texts").text() == "\"one \"\n\"two\"\n");
}

TEST_CASE("a handler that is a generator answers in JSON Lines, on the loop") {
  App app;
  const auto here = std::this_thread::get_id();
  app.get("/{count}", [here](Path<int, "count"> count) -> AsyncGenerator<Line> {
    for (int i = 0; i < *count; ++i) {
      co_yield Line{i, std::this_thread::get_id() == here ? "loop" : "pool"};
    }
  });
  TestClient client(app);
  const auto response = client.get("/2");
  CHECK(response.header("content-type") == "application/jsonl");
  CHECK(response.text() == "{\"n\":0,\"text\":\"loop\"}\n{\"n\":1,\"text\":\"loop\"}\n");
  CHECK(client.get("/x").status_code == 422);
}

TEST_CASE("a handler that is a generator takes no response_model, which nobody would apply") {
  const auto one = []() -> AsyncGenerator<Line> { co_yield Line{1, "one"}; };
  App app;
  constexpr const char* kRefused =
      "\"/lines\": a handler that is an AsyncGenerator sends its items as they are: it takes no "
      "response_model, response_model_include, _exclude, _exclude_unset, _defaults, _none or "
      "_by_alias. Yield the model itself";
  CHECK_THROWS_WITH_AS(app.get("/lines", one, {.response_model = response_model<Line>()}), kRefused,
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(app.get("/lines", one, {.response_model_exclude_none = true}), kRefused,
                       std::invalid_argument);
  app.get("/made", one, {.status_code = 202});
  TestClient client(app);
  CHECK(client.get("/made").status_code == 202);
}

TEST_CASE("a generator of texts is a stream of bytes where it is asked to be") {
  App app;
  app.get("/", []() -> Task<Response> { co_return StreamingResponse(texts(), "text/csv"); });
  SendCounter counter(app);
  TestClient client(counter);
  const auto response = client.get("/");
  CHECK(response.header("content-type") == "text/csv; charset=utf-8");
  CHECK(response.text() == "one two");
  CHECK(counter.events() == 4);
}

TEST_CASE("a stream takes fields of its answer, as other answers do") {
  App app;
  app.get("/generated", []() -> Task<Response> {
    co_return StreamingResponse(texts(), "text/csv", 200, {{"x-rows", "2"}});
  });
  app.get("/written", []() -> Task<Response> {
    co_return StreamingResponse([](BodyWriter& writer) -> Task<> { co_await writer.write("x"); },
                                "text/csv", 201,
                                {{"X-Rows", "1"}, {"Content-Type", "text/x-mine"}});
  });
  TestClient client(app);
  CHECK(client.get("/generated").header("x-rows") == "2");
  const auto written = client.get("/written");
  CHECK(written.status_code == 201);
  CHECK(written.header("x-rows") == "1");
  CHECK(written.header("content-type") == "text/x-mine");
}

TEST_CASE("a generator waits while the client reads slowly, and is closed when it leaves") {
  test::run_virtually([]() -> Task<> {
    static std::string trace;
    trace.clear();
    App app;
    app.get("/", []() -> AsyncGenerator<int> {
      struct Closed {
        ~Closed() { trace += "closed"; }
      } closed;
      for (int i = 0;; ++i) {
        trace += std::to_string(i) + " ";
        co_yield i;
      }
    });
    struct Leaving final : Receive, Send {
      ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpRequest{}); }
      ValueTask<void> operator()(const SendEvent& event) override {
        if (!std::holds_alternative<ResponseBody>(event)) return {};
        if (++pieces == 3) throw ClientDisconnect();
        return wait();
      }
      Task<> wait() {
        co_await sleep(1s);
        CHECK(trace.size() == static_cast<std::size_t>(pieces) * 2);
      }
      int pieces = 0;
    } client;
    Scope scope;
    scope.path = scope.raw_path = "/";
    CHECK(co_await test::outcome(app(scope, client, client)) == "the client left");
    CHECK(trace == "0 1 2 closed");
  }());
}

TEST_CASE("what a generator throws ends the answer") {
  App app;
  app.get("/", []() -> AsyncGenerator<int> {
    co_yield 1;
    throw std::runtime_error("broken");
  });
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/"), "broken", std::runtime_error);
}

TEST_CASE("a response of any JSON is what its text says") {
  App app;
  app.get("/", []() -> Task<Response> {
    const nlohmann::json value = {{"a", {1, 2.5, nullptr}}, {"b", "\xc3\xa4"}};
    co_return JSONResponse(value, 203);
  });
  TestClient client(app);
  const auto response = client.get("/");
  CHECK(response.status_code == 203);
  CHECK(response.header("content-type") == "application/json");
  CHECK(response.text() == "{\"a\":[1,2.5,null],\"b\":\"\xc3\xa4\"}");
}
