// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <ctime>
#include <nlohmann/json.hpp>
#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

TEST_CASE("a client that loses patience cancels the application") {
  std::string trace;
  App app;
  app.get("/", [&]() -> Task<> {
    try {
      co_await sleep(1h);
    } catch (const CancelledError&) {
      trace += "cancelled";
      throw;
    }
  });
  TestClient client(app, {.virtual_clock = true});
  CHECK_THROWS_AS(client.get("/", {.timeout = 5s}), TimeoutError);
  client.close();
  CHECK(trace == "cancelled");
}

TEST_CASE("a client can leave within its body, or while it waits") {
  std::string trace;
  App app;
  app.post("/body", [&](Request& request) -> Task<> {
    try {
      auto stream = request.stream();
      while (const auto piece = co_await stream.next()) trace += std::string(*piece) + ".";
    } catch (const ClientDisconnect&) {
      trace += "gone";
      throw;
    }
  });
  app.get("/wait", [&]() -> Task<> {
    try {
      co_await sleep(1h);
    } catch (const CancelledError&) {
      trace += "cancelled";
      throw;
    }
  });
  app.post("/work", [&](Request& request) -> Task<> {
    co_await sleep(1h);
    trace += co_await request.is_disconnected() ? "left" : "here";
  });
  TestClient client(app, {.virtual_clock = true});
  client.post("/body", {.content = "abcde", .chunk_size = 2});
  CHECK(std::exchange(trace, "") == "ab.cd.e.");
  client.post("/body", {.content = "abcde", .chunk_size = 2, .cut_body = 3});
  CHECK(std::exchange(trace, "") == "ab.c.gone");
  CHECK(client.get("/wait", {.leave_after = 5s}).status_code == 0);
  CHECK(std::exchange(trace, "") == "cancelled");
  CHECK(client.post("/work", {.leave_after = 5s}).status_code == 200);
  CHECK(std::exchange(trace, "") == "left");
}

TEST_CASE("a route's own body limit holds") {
  App app;
  app.post(
      "/",
      [](Request& request) -> Task<std::size_t> { co_return (co_await request.body()).size(); },
      {.max_body = 3});
  TestClient client(app);
  CHECK(client.post("/", {.content = "abc"}).text() == "3");
  const TestResponse refused = client.post("/", {.content = "abcd"});
  CHECK(refused.status_code == 413);
  CHECK(refused.text() == "Request body too large.");
}

TEST_CASE("a stream is read while it is sent, one piece at a time") {
  std::string trace;
  App app;
  app.get("/", [&]() -> Task<Response> {
    co_return StreamingResponse([&](BodyWriter& writer) -> Task<> {
      for (int i = 0;; ++i) {
        trace += std::to_string(i);
        co_await writer.write(std::to_string(i) + "\r\n");
      }
    });
  });
  app.get("/short", [&]() -> Task<Response> {
    co_return StreamingResponse([](BodyWriter& writer) -> Task<> {
      co_await writer.write("a\nb");
      co_await writer.write("c\n\nd");
    });
  });
  app.get("/fails", [&]() -> Task<Response> {
    co_return StreamingResponse([](BodyWriter& writer) -> Task<> {
      co_await writer.write("a");
      throw std::out_of_range("in the middle");
    });
  });
  TestClient client(app);
  {
    auto stream = client.stream("GET", "/");
    CHECK(stream.status_code() == 200);
    CHECK(stream.next() == "0\r\n");
    CHECK(stream.next_line() == "1");
    CHECK(stream.next_line() == "2");
    CHECK(trace.size() <= 4);
    stream.close();
  }
  auto dropped = client.stream("GET", "/");
  CHECK(dropped.next() == "0\r\n");
  auto lines = client.stream("GET", "/short");
  CHECK(lines.next_line() == "a");
  CHECK(lines.next_line() == "bc");
  CHECK(lines.next_line() == "");
  CHECK(lines.next_line() == "d");
  CHECK_FALSE(lines.next_line());
  auto fails = client.stream("GET", "/fails");
  CHECK(fails.next() == "a");
  CHECK_THROWS_AS(fails.next(), std::out_of_range);
}

TEST_CASE("an answer's lines are read in the time that its bytes take") {
  constexpr int kLines = 600'000;
  App app;
  app.get("/", []() -> Task<Response> {
    std::string body;
    for (int i = 0; i < kLines; ++i) body += std::to_string(i) + "\n";
    co_return PlainTextResponse(body);
  });
  TestClient client(app);
  auto stream = client.stream("GET", "/");
  const std::clock_t begun = std::clock();
  int good = 0;
  for (int i = 0; i < kLines / 2; ++i) good += stream.next_line() == std::to_string(i) ? 1 : 0;
  CHECK(std::clock() - begun < 5 * CLOCKS_PER_SEC);
  CHECK(good == kLines / 2);
  const std::string rest = stream.read();
  CHECK(rest.starts_with("300000\n300001\n"));
  CHECK(rest.ends_with("\n599999\n"));
}

TEST_CASE("server-sent events are tested as they come, and end with the client") {
  App app;
  app.get("/events", []() -> Task<Response> {
    co_return EventSourceResponse([](EventWriter& events) -> Task<> {
      for (int i = 0;; ++i) {
        co_await events.send(i);
        co_await sleep(20s);
      }
    });
  });
  TestClient client(app, {.virtual_clock = true});
  auto events = client.stream("GET", "/events");
  CHECK(events.headers().get("content-type") == "text/event-stream; charset=utf-8");
  CHECK(events.next_line() == "data: 0");
  CHECK(events.next_line() == "");
  CHECK(events.next_line()->starts_with(": ping"));
  CHECK(events.next_line() == "");
  CHECK(events.next_line() == "data: 1");
}

TEST_CASE("a client that closes ends endless streams") {
  bool ended = false;
  App app;
  app.post("/", [&ended]() -> Task<Response> {
    co_return EventSourceResponse(
        [&ended](EventWriter&) -> Task<> {
          struct Leave {
            bool& left;
            ~Leave() { left = true; }
          } leave{ended};
          co_await sleep(std::chrono::hours(10'000));
        },
        {.ping = 0s});
  });
  TestClient client(app);
  auto events = client.stream("POST", "/");
  CHECK_FALSE(ended);
  client.close();
  CHECK(ended);
}
