// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <stdexcept>
#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

struct Point {
  int x;
  std::string label;
};

std::string encode(const ServerSentEvent& event) {
  Buffer out;
  write_event(out, event);
  return std::string(out.view());
}

/// A client on a clock that jumps: it leaves, or the server stops, at a given time.
struct Exchange final : Receive, Send {
  explicit Exchange(Application& app) : application(app) {}

  ValueTask<ReceiveEvent> operator()() override {
    if (!std::exchange(asked, true)) return ReceiveEvent(HttpRequest{"", false});
    return wait();
  }
  Task<ReceiveEvent> wait() {
    co_await sleep(leaves);
    co_return HttpDisconnect{};
  }
  ValueTask<void> operator()(const SendEvent& event) override {
    if (std::get_if<ResponseStart>(&event)) trace += "start;";
    const auto* body = std::get_if<ResponseBody>(&event);
    if (body && body->more_body && pieces-- == 0) throw ClientDisconnect();
    if (body) {
      trace += body->more_body ? "[" + std::string(body->body) + "]" : "end";
    }
    if (slow == Duration::zero() || !body || body->body.empty()) return {};
    return pause();
  }
  Task<> pause() { co_await sleep(slow); }

  /// Runs the request for "/"; gives the virtual seconds it took.
  double run() {
    TestLoop loop;
    const TimePoint begin = loop.time();
    loop.run_until_complete(drive());
    return std::chrono::duration<double>(loop.time() - begin).count();
  }
  Task<> drive() {
    Scope scope;
    scope.method = Method::kPost;
    scope.method_name = "POST";
    scope.path = scope.raw_path = "/";
    scope.shutdown = &shutdown;
    TimerHandle stopping = get_running_loop().call_later(stops, [this] { shutdown.set(); });
    co_await application(scope, *this, *this);
    stopping.cancel();
  }

  Application& application;
  std::string trace;
  Event shutdown;
  Duration leaves = 1h;
  Duration stops = 1h;
  Duration slow = 0s;
  int pieces = 1000;  // until it has gone
  bool asked = false;
};

/// Counts, a second each, and says what became of it.
AsyncGenerator<ServerSentEvent> ticks(int count, std::string& trace) {
  struct Gone {
    std::string& trace;
    ~Gone() { trace += "gone;"; }
  } gone{trace};
  for (int i = 1; i <= count; ++i) {
    co_yield ServerSentEvent{.data = i};
    co_await sleep(1s);
  }
}

App ticking(std::string& trace, int count, EventSourceOptions options = {}) {
  App app;
  app.post("/", [&trace, count, options]() -> Task<Response> {
    co_return EventSourceResponse(ticks(count, trace), options);
  });
  return app;
}

}  // namespace

TEST_CASE("events are written as WHATWG says") {
  struct Case {
    ServerSentEvent event;
    std::string_view expected;
  };
  for (const Case& c : {
           Case{{.data = "hello"}, "data: hello\n\n"},
           {{.data = ""}, "data: \n\n"},
           {{.data = "a\nb\r\nc\rd"}, "data: a\ndata: b\ndata: c\ndata: d\n\n"},
           {{.data = "a\n"}, "data: a\ndata: \n\n"},
           {{.data = "\r\r\n\n"}, "data: \ndata: \ndata: \ndata: \n\n"},
           {{.data = Point{1, "a\nb"}}, "data: {\"x\":1,\"label\":\"a\\nb\"}\n\n"},
           {{.data = 5}, "data: 5\n\n"},
           {{.data = true}, "data: true\n\n"},
           {{.data = "x", .event = "add", .id = "7", .retry = 1500ms, .comment = "c"},
            ": c\nevent: add\ndata: x\nid: 7\nretry: 1500\n\n"},
           {{.id = ""}, "id: \n\n"},
           {{.comment = "a\nb"}, ": a\n: b\n\n"},
           {{.retry = 0ms}, "retry: 0\n\n"},
       }) {
    CHECK(encode(c.event) == c.expected);
  }
  CHECK_THROWS_WITH_AS(encode({.event = "a\nb"}), "SSE 'event' must be a single line",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(encode({.id = "a\rb"}), "SSE 'id' must be a single line",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(encode({.id = std::string("\0", 1)}),
                       "SSE 'id' must not contain null characters", std::invalid_argument);
  CHECK_THROWS_AS(encode({.retry = -1ms}), std::invalid_argument);
}

TEST_CASE("a stream has the headers that keep it flowing") {
  std::string trace;
  App app;
  app.get("/", [&]() -> Task<Response> { co_return EventSourceResponse(ticks(1, trace)); });
  app.get("/values", []() -> Task<Response> {
    co_return EventSourceResponse([](EventWriter& events) -> Task<> {
      co_await events.send("text\nof two lines");
      co_await events.send(Point{1, "a"});
      co_await events.send(ServerSentEvent{.data = "x", .id = "1"});
    });
  });
  TestClient client(app);
  const auto response = client.get("/values");
  CHECK(response.status_code == 200);
  CHECK(response.header("content-type") == "text/event-stream; charset=utf-8");
  CHECK(response.header("cache-control") == "no-cache");
  CHECK(response.header("x-accel-buffering") == "no");
  CHECK(response.text() ==
        "data: text\ndata: of two lines\n\ndata: {\"x\":1,\"label\":\"a\"}\n\ndata: x\nid: 1\n\n");
  CHECK(client.head("/").text().empty());
}

TEST_CASE("a handler that is a generator of events answers with an event stream") {
  App app;
  app.get("/ticks", [](Query<int, "count"> count) -> AsyncGenerator<ServerSentEvent> {
    for (int i = 0; i < *count; ++i) co_yield ServerSentEvent{.data = i, .event = "tick"};
  });
  TestClient client(app);
  const auto response = client.get("/ticks?count=2");
  CHECK(response.header("content-type") == "text/event-stream; charset=utf-8");
  CHECK(response.text() == "event: tick\ndata: 0\n\nevent: tick\ndata: 1\n\n");
  CHECK(client.get("/ticks?count=x").status_code == 422);
}

TEST_CASE("events come one by one and the stream ends with its source") {
  std::string trace;
  App app = ticking(trace, 3);
  Exchange exchange(app);
  CHECK(exchange.run() == 3);
  CHECK(exchange.trace == "start;[][data: 1\n\n][data: 2\n\n][data: 3\n\n]end");
  CHECK(trace == "gone;");
}

TEST_CASE("a client that leaves ends the stream while its source waits") {
  std::string trace;
  App app = ticking(trace, 1'000'000);
  Exchange exchange(app);
  exchange.leaves = 2500ms;
  CHECK(exchange.run() == 2.5);
  CHECK(exchange.trace == "start;[][data: 1\n\n][data: 2\n\n][data: 3\n\n]end");
  CHECK(trace == "gone;");
}

TEST_CASE("a server that stops ends the stream cleanly") {
  std::string trace;
  App app = ticking(trace, 1'000'000);
  Exchange exchange(app);
  exchange.stops = 1500ms;
  CHECK(exchange.run() == 1.5);
  CHECK(exchange.trace == "start;[][data: 1\n\n][data: 2\n\n]end");
  CHECK(trace == "gone;");
  Exchange late(app);
  late.stops = 0s;
  CHECK(late.run() == 0);
}

TEST_CASE("a generator that yields while the client leaves is closed") {
  std::string trace;
  App app = ticking(trace, 1'000'000);
  Exchange exchange(app);
  exchange.slow = 1h;
  exchange.leaves = 5s;
  CHECK(exchange.run() == 5);
  CHECK(exchange.trace == "start;[][data: 1\n\n]end");
  CHECK(trace == "gone;");
}

TEST_CASE("a cancelled request closes the generator before it ends") {
  std::string trace;
  App app = ticking(trace, 1'000'000);
  Exchange exchange(app);
  TestLoop loop;
  loop.run_until_complete([](Exchange& of, std::string& seen) -> Task<> {
    auto request = get_running_loop().create_task(of.drive());
    co_await sleep(1500ms);
    CHECK(seen == "");
    request.cancel();
    CHECK_THROWS_AS(co_await request, CancelledError);
    CHECK(seen == "gone;");
  }(exchange, trace));
}

TEST_CASE("silence is broken by comments, and only silence") {
  App app;
  app.post("/", []() -> Task<Response> {
    co_return EventSourceResponse(
        [](EventWriter& events) -> Task<> {
          for (int i = 0; i < 3; ++i) {
            co_await events.send("quick");
            co_await sleep(9s);
          }
          co_await sleep(16s);
          co_await events.send("slow");
        },
        {.ping = 10s, .retry = 3s});
  });
  Exchange exchange(app);
  CHECK(exchange.run() == 43);
  std::string trace = exchange.trace;
  int pings = 0;
  for (std::size_t at = trace.find("[: ping - "); at != std::string::npos;
       at = trace.find("[: ping - ")) {
    CHECK(trace.substr(trace.find("GMT", at), 6) == "GMT\n\n]");
    trace.erase(at, trace.find(']', at) + 1 - at);
    ++pings;
  }
  CHECK(pings == 2);
  CHECK(trace ==
        "start;[retry: 3000\n\n][data: quick\n\n][data: quick\n\n][data: quick\n\n]"
        "[data: slow\n\n]end");
}

TEST_CASE("pings are off where no time is given") {
  App app;
  app.post("/", []() -> Task<Response> {
    co_return EventSourceResponse([](EventWriter&) -> Task<> { co_await sleep(10min); },
                                  {.ping = 0s});
  });
  Exchange exchange(app);
  exchange.run();
  CHECK(exchange.trace == "start;[]end");
}

TEST_CASE("a comment that finds the client gone ends the stream, and is no failure") {
  App app;
  app.post("/", []() -> Task<Response> {
    co_return EventSourceResponse([](EventWriter&) -> Task<> { co_await sleep(10min); },
                                  {.ping = 10s});
  });
  Exchange exchange(app);
  exchange.pieces = 1;
  CHECK(exchange.run() == 10);
  CHECK(exchange.trace == "start;[]end");
}

TEST_CASE("what the source throws is the response's") {
  App app;
  app.post("/", []() -> Task<Response> {
    co_return EventSourceResponse([](EventWriter& events) -> Task<> {
      co_await events.send("one");
      co_await events.send(ServerSentEvent{.id = "\n"});
    });
  });
  Exchange exchange(app);
  CHECK_THROWS_AS(exchange.run(), std::invalid_argument);
  CHECK(exchange.trace == "start;[][data: one\n\n]");
}

// It stayed open, silent but for its pings, until the client left.
TEST_CASE("a source that ends by somebody else's cancellation ends the stream") {
  App app;
  app.post("/", []() -> Task<Response> {
    co_return EventSourceResponse([](EventWriter& events) -> Task<> {
      co_await events.send("one");
      auto lost = create_task(sleep(1min));
      lost.cancel();
      co_await lost;
    });
  });
  Exchange exchange(app);
  CHECK_THROWS_AS(exchange.run(), CancelledError);
  CHECK(exchange.trace == "start;[][data: one\n\n]");
}

TEST_CASE("a browser that comes again says which event it saw last") {
  App app;
  app.get("/", [](Request& request) -> Task<std::string> {
    co_return std::string(request.last_event_id().value_or("none"));
  });
  TestClient client(app);
  CHECK(client.get("/").text() == "\"none\"");
  CHECK(client.get("/", {.headers = {{"Last-Event-ID", "7"}}}).text() == "\"7\"");
}
