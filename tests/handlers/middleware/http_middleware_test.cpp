// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include "scenario.hpp"
#include "send_counter.hpp"
#include "temporary_folder.hpp"

using namespace capricorn;
using namespace std::chrono_literals;
using capricorn::test::SendCounter;

namespace {

/// Adds a word to the response's x-trail, around whatever it calls: the pure kind.
class Trail final : public Application {
 public:
  Trail(Application& next, std::string word) : next_(next), word_(std::move(word)) {}
  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    types += scope.type == Scope::Type::kLifespan ? "l"
             : scope.type == Scope::Type::kHttp   ? "h"
                                                  : "w";
    struct Marked final : Send {
      ValueTask<void> operator()(const SendEvent& event) override {
        const auto* whole = std::get_if<WholeResponse>(&event);
        if (!whole) return next(event);
        headers = whole->headers.clone();
        headers.append("x-trail", word);
        return next(WholeResponse{whole->status, headers, whole->body});
      }
      Marked(Send& to, std::string_view w) : next(to), word(w) {}
      Send& next;
      std::string_view word;
      Headers headers;
    } marked(send, word_);
    co_await next_(scope, receive, marked);
  }
  static inline std::string types;

 private:
  Application& next_;
  std::string word_;
};

std::string all_of(const TestResponse& response, std::string_view name) {
  std::string all;
  for (const Headers::Field field : response.headers) {
    if (field.name == name) all += field.value;
  }
  return all;
}

App streaming_app() {
  App app;
  app.get("/stream", []() -> Task<Response> {
    co_return StreamingResponse([](BodyWriter& writer) -> Task<> {
      for (const char* piece : {"one ", "two ", "three"}) co_await writer.write(piece);
    });
  });
  return app;
}

/// Answers as a raw application does, and goes on behind its answer.
class GoesOn final : public Application {
 public:
  explicit GoesOn(std::string& trace) : trace_(&trace) {}
  Task<> operator()(Scope&, Receive&, Send& send) override {
    const Headers headers{{"x-inner", "1"}};
    const SendEvent whole = WholeResponse{200, headers, "body"};
    co_await send(whole);
    *trace_ += "background ";
  }

 private:
  std::string* trace_;
};

}  // namespace

TEST_CASE("the middleware that was added last is the outermost") {
  App app;
  app.get("/", []() -> Task<int> { co_return 1; });
  app.add_middleware<Trail>("a");
  app.middleware([](Request& request, CallNext next) -> Task<Response> {
    Response response = co_await next(request);
    response.headers().append("x-trail", "b");
    co_return response;
  });
  app.add_middleware<Trail>("c");
  SendCounter counter(app);
  TestClient client(counter);
  const auto response = client.get("/");
  CHECK(response.text() == "1");
  CHECK(all_of(response, "x-trail") == "abc");
  CHECK(counter.events() == 1);
  CHECK(response.route == "/");
}

TEST_CASE("an application that moves after a middleware was added is the one that is called") {
  App app;
  app.add_middleware<Trail>("a");
  app.get("/", []() -> Task<int> { co_return 1; });
  App moved = std::move(app);
  moved.get("/late", []() -> Task<int> { co_return 2; });
  TestClient client(moved);
  CHECK(client.get("/late").text() == "2");
  CHECK(client.get("/late").header("x-trail") == "a");
}

TEST_CASE("no middleware is added once the application serves") {
  App app;
  TestClient client(app);
  CHECK(client.get("/").status_code == 404);
  CHECK_THROWS_WITH_AS(app.add_middleware<Trail>("a"),
                       "Cannot add middleware after an application has started", RuntimeError);
}

TEST_CASE("a middleware answers in the application's place, and the application is not asked") {
  App app;
  int asked = 0;
  app.get("/", [&]() -> Task<int> { co_return ++asked; });
  app.middleware([](Request& request, CallNext next) -> Task<Response> {
    if (!request.headers().get("x-key")) co_return PlainTextResponse("who?", 401);
    co_return co_await next(request);
  });
  TestClient client(app);
  CHECK(client.get("/").status_code == 401);
  CHECK(asked == 0);
  CHECK(client.get("/", {.headers = {{"x-key", "1"}}}).text() == "1");
}

TEST_CASE("a middleware sees what handlers throw, errors of HTTP as answers") {
  App app;
  app.get("/bug", []() -> Task<int> {
    throw std::logic_error("bug");
    co_return 0;
  });
  app.get("/gone", []() -> Task<int> {
    throw HTTPException(410);
    co_return 0;
  });
  std::vector<int> seen;
  app.middleware([&](Request& request, CallNext next) -> Task<Response> {
    try {
      Response response = co_await next(request);
      seen.push_back(response.status());
      co_return response;
    } catch (const std::logic_error& error) {
      co_return PlainTextResponse(error.what(), 503);
    }
  });
  TestClient client(app);
  CHECK(client.get("/bug").text() == "bug");
  CHECK(client.get("/bug").status_code == 503);
  CHECK(client.get("/gone").status_code == 410);
  CHECK(client.get("/nowhere").status_code == 404);
  CHECK(seen == std::vector{410, 404});
}

TEST_CASE(
    "what nobody catches leaves the middleware, and an HTTPException of its own is answered") {
  App app;
  app.get("/bug", []() -> Task<int> {
    throw std::logic_error("bug");
    co_return 0;
  });
  app.middleware([](Request& request, CallNext next) -> Task<Response> {
    if (request.path() == "/denied") throw HTTPException(403, "no", {{"x-why", "rule"}});
    co_return co_await next(request);
  });
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/bug"), "bug", std::logic_error);
  CHECK(client.get("/denied").status_code == 403);
  CHECK(client.get("/denied").text() == R"({"detail":"no"})");
  CHECK(client.get("/denied").header("x-why") == "rule");
}

TEST_CASE("a streaming answer stays a stream") {
  App app = streaming_app();
  app.middleware([](Request& request, CallNext next) -> Task<Response> {
    Response response = co_await next(request);
    CHECK(response.is_stream());
    response.headers().append("x-seen", "1");
    co_return response;
  });
  SendCounter counter(app);
  TestClient client(counter);
  const auto response = client.get("/stream");
  CHECK(response.text() == "one two three");
  CHECK(response.header("x-seen") == "1");
  CHECK(counter.events() == 5);  // its head, three pieces, its end
  CHECK(client.head("/stream").text().empty());
  CHECK(counter.events() == 2);
}

TEST_CASE("a piece of a stream waits until the client has taken the one before") {
  // Two middleware, and a client that takes nothing until the test says so: the stream's coroutine
  // does not run ahead of it.
  test::run_virtually([]() -> Task<> {
    static int produced;
    produced = 0;
    struct Slow final : Send {
      ValueTask<void> operator()(const SendEvent& event) override {
        if (std::holds_alternative<ResponseBody>(event)) return take();
        return {};
      }
      Task<> take() {
        ++taken;
        most_ahead = std::max(most_ahead, produced - taken);
        co_await sleep(1s);
      }
      int taken = 0;
      int most_ahead = 0;
    } client;
    struct Nothing final : Receive {
      ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpRequest{}); }
    } nothing;
    App app;
    app.get("/", []() -> Task<Response> {
      co_return StreamingResponse([](BodyWriter& writer) -> Task<> {
        for (; produced < 10; ++produced) co_await writer.write("x");
      });
    });
    for (int i = 0; i < 2; ++i) {
      app.middleware([](Request& request, CallNext next) -> Task<Response> {
        co_return co_await next(request);
      });
    }
    Scope scope;
    scope.path = scope.raw_path = "/";
    co_await app(scope, nothing, client);
    CHECK(produced == 10);
    CHECK(client.taken == 11);
    CHECK(client.most_ahead <= 0);
  }());
}

TEST_CASE("a file that passes a middleware is still sent as a file, and a range of it as a range") {
  const test::TemporaryFolder folder;
  folder.write("a.txt", "0123456789");
  App app;
  app.get("/file", [path = folder / "a.txt"]() -> Task<Response> { co_return FileResponse(path); });
  app.middleware(
      [](Request& request, CallNext next) -> Task<Response> { co_return co_await next(request); });
  TestClient client(app);
  CHECK(client.get("/file").text() == "0123456789");
  CHECK(client.get("/file").header("content-length") == "10");
  const auto part = client.get("/file", {.headers = {{"range", "bytes=2-4"}}});
  CHECK(part.status_code == 206);
  CHECK(part.text() == "234");
}

TEST_CASE("the body is the middleware's to replace") {
  App app = streaming_app();
  app.get("/whole", []() -> Task<std::string> { co_return "abc"; });
  app.middleware([](Request& request, CallNext next) -> Task<Response> {
    Response response = co_await next(request);
    const std::string text(response.body());
    response.set_body(Buffer("[" + text + "]"));
    co_return response;
  });
  TestClient client(app);
  CHECK(client.get("/whole").text() == "[\"abc\"]");
  CHECK(client.get("/stream").text() == "[]");
}

TEST_CASE("what comes behind an answer runs once the middleware's answer is out") {
  std::string trace;
  App app;
  app.mount("/m", GoesOn(trace));
  app.middleware([&](Request& request, CallNext next) -> Task<Response> {
    Response response = co_await next(request);
    trace += "middleware ";
    if (request.query_params().get("drop")) co_return PlainTextResponse("other");
    co_return response;
  });
  class Watch final : public Application {
   public:
    Watch(Application& next, std::string& trace) : next_(next), trace_(trace) {}
    Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
      struct Watched final : Send {
        Watched(Send& to, std::string& t) : next(to), trace(t) {}
        ValueTask<void> operator()(const SendEvent& event) override {
          trace += "sent ";
          return next(event);
        }
        Send& next;
        std::string& trace;
      } watched(send, trace_);
      co_await next_(scope, receive, watched);
      trace_ += "end";
    }

   private:
    Application& next_;
    std::string& trace_;
  };
  app.add_middleware<Watch>(trace);
  TestClient client(app, {.lifespan = false});
  CHECK(client.get("/m/").text() == "body");
  CHECK(trace == "middleware sent background end");
  trace.clear();
  CHECK(client.get("/m/?drop=1").text() == "other");
  CHECK(trace == "middleware sent background end");
}

TEST_CASE("a stream that a middleware drops is told that nobody listens") {
  App app;
  std::string trace;
  app.get("/", [&]() -> Task<Response> {
    co_return StreamingResponse([&](BodyWriter& writer) -> Task<> {
      trace += "begun";
      for (;;) co_await writer.write("x");
    });
  });
  app.middleware([](Request& request, CallNext next) -> Task<Response> {
    static_cast<void>(co_await next(request));
    co_return PlainTextResponse("other");
  });
  TestClient client(app);
  CHECK(client.get("/").text() == "other");
  CHECK(trace.empty());
}

TEST_CASE("a stream that fails ends the answer, and does not complete it") {
  App app;
  app.get("/", []() -> Task<Response> {
    co_return StreamingResponse([](BodyWriter& writer) -> Task<> {
      co_await writer.write("x");
      throw std::runtime_error("broken");
    });
  });
  app.middleware(
      [](Request& request, CallNext next) -> Task<Response> { co_return co_await next(request); });
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/"), "broken", std::runtime_error);
}

TEST_CASE("an application without an answer is an error of its own") {
  class Silent final : public Application {
   public:
    Task<> operator()(Scope&, Receive&, Send&) override { co_return; }
  };
  class Breaks final : public Application {
   public:
    Task<> operator()(Scope&, Receive&, Send& send) override {
      const Headers headers;
      const SendEvent start = ResponseStart{200, headers};
      co_await send(start);
    }
  };
  App app;
  app.mount("/silent", Silent());
  app.mount("/breaks", Breaks());
  app.middleware(
      [](Request& request, CallNext next) -> Task<Response> { co_return co_await next(request); });
  TestClient client(app);
  CHECK_THROWS_WITH_AS(client.get("/silent/"), "No response returned.", RuntimeError);
  CHECK_THROWS_WITH_AS(client.get("/breaks/"), "Application returned without completing response.",
                       RuntimeError);
}

TEST_CASE("a body that a middleware has read is there again for the handler") {
  App app;
  app.post("/", [](Request& request) -> Task<std::string> {
    const std::string_view body = co_await request.body();
    co_return std::string(body);
  });
  std::string read;
  app.middleware([&](Request& request, CallNext next) -> Task<Response> {
    const std::string how(request.query_params().get("how").value_or(""));
    if (how == "body") {
      const std::string_view body = co_await request.body();
      read = body;
    } else if (how == "stream") {
      while (const auto chunk = co_await request.next_chunk()) read += *chunk;
    }
    co_return co_await next(request);
  });
  TestClient client(app);
  const auto post = [&](std::string target) {
    return client.post(target, {.content = "abcdef", .chunk_size = 4}).text();
  };
  CHECK(post("/") == "\"abcdef\"");
  CHECK(read.empty());
  CHECK(post("/?how=body") == "\"abcdef\"");
  CHECK(read == "abcdef");
  read.clear();
  CHECK(post("/?how=stream") == "\"\"");
  CHECK(read == "abcdef");
}

TEST_CASE("next may be called again, and the first answer is over then") {
  App app;
  int asked = 0;
  app.get("/", [&]() -> Task<Response> {
    co_return ++asked < 3 ? Response(503) : PlainTextResponse("at last");
  });
  app.get("/stream", [&]() -> Task<Response> {
    ++asked;
    co_return StreamingResponse(
        [](BodyWriter& writer) -> Task<> { co_await writer.write("streamed"); });
  });
  app.middleware([](Request& request, CallNext next) -> Task<Response> {
    Response response = co_await next(request);
    while (response.status() == 503) response = co_await next(request);
    if (request.query_params().get("first")) static_cast<void>(co_await next(request));
    co_return response;
  });
  TestClient client(app);
  CHECK(client.get("/").text() == "at last");
  CHECK(asked == 3);
  asked = 0;
  CHECK(client.get("/stream").text() == "streamed");
  CHECK_THROWS_WITH_AS(client.get("/stream?first=1"), "the body of this response is over",
                       RuntimeError);
}

TEST_CASE("a deadline around next ends the handler first, and the answer is the middleware's") {
  test::run_virtually([]() -> Task<> {
    static std::string trace;
    trace.clear();
    App app;
    app.get("/", []() -> Task<int> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        trace += "cancelled ";
        throw;
      }
      co_return 0;
    });
    app.middleware([](Request& request, CallNext next) -> Task<Response> {
      try {
        co_return co_await timeout(1s, next(request));
      } catch (const TimeoutError&) {
        trace += "late";
        co_return PlainTextResponse("late", 504);
      }
    });
    struct Nobody final : Receive, Send {
      ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpDisconnect{}); }
      ValueTask<void> operator()(const SendEvent& event) override {
        if (const auto* whole = std::get_if<WholeResponse>(&event)) status = whole->status;
        return {};
      }
      int status = 0;
    } nobody;
    Scope scope;
    scope.path = scope.raw_path = "/";
    co_await app(scope, nobody, nobody);
    CHECK(nobody.status == 504);
    CHECK(trace == "cancelled late");
  }());
}

TEST_CASE("cancelling the request ends handler and stream before it passes on") {
  struct Nobody final : Receive, Send {
    ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpDisconnect{}); }
    ValueTask<void> operator()(const SendEvent&) override { return {}; }
  };
  static std::string trace;
  for (const std::string_view path : {"/handler", "/stream", "/middleware"}) {
    trace.clear();
    test::run_virtually([](std::string_view target) -> Task<> {
      App app;
      const auto wait = []() -> Task<> {
        try {
          co_await sleep(1h);
        } catch (const CancelledError&) {
          trace += "inner ";
          throw;
        }
      };
      app.get("/handler", wait);
      app.get("/stream", [wait]() -> Task<Response> {
        co_return StreamingResponse([wait](BodyWriter&) -> Task<> { co_await wait(); });
      });
      class Held final : public Application {
       public:
        Task<> operator()(Scope&, Receive&, Send& send) override {
          const Headers headers;
          try {
            const SendEvent whole = WholeResponse{200, headers, ""};
            co_await send(whole);
            trace += "background ";
          } catch (const CancelledError&) {
            trace += "inner ";
            throw;
          }
        }
      };
      app.mount("/middleware", Held());
      app.middleware([](Request& request, CallNext next) -> Task<Response> {
        Response response = co_await next(request);
        if (request.path().starts_with("/middleware")) co_await sleep(1h);
        co_return response;
      });
      Nobody nobody;
      Scope scope;
      const std::string slash = target == "/middleware" ? "/middleware/" : std::string(target);
      scope.path = scope.raw_path = slash;
      const auto serve = [&]() -> Task<> { co_await app(scope, nobody, nobody); };
      const std::string how = co_await test::outcome(timeout(1s, serve()));
      CHECK(how == "TimeoutError");
      trace += "outer";
    }(path));
    CAPTURE(path);
    CHECK(trace == "inner outer");
  }
}

TEST_CASE("websockets and the lifespan pass a (request, next) middleware by") {
  App app;
  int seen = 0;
  bool started = false;
  app.on_startup([&] { started = true; });
  app.websocket("/ws", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    co_await socket.close();
  });
  Trail::types.clear();
  app.middleware([&](Request& request, CallNext next) -> Task<Response> {
    ++seen;
    co_return co_await next(request);
  });
  app.add_middleware<Trail>("a");
  struct Script final : Receive, Send {
    ValueTask<ReceiveEvent> operator()() override {
      ReceiveEvent event = events.front();
      events.erase(events.begin());
      return event;
    }
    ValueTask<void> operator()(const SendEvent& event) override {
      sent.push_back(event.index());
      return {};
    }
    std::vector<ReceiveEvent> events;
    std::vector<std::size_t> sent;
  } lifespan, socket;
  lifespan.events = {LifespanStartup{}, LifespanShutdown{}};
  socket.events = {WebSocketConnect{}};
  Loop loop;
  const auto call = [&](Scope& scope, Script& script) {
    loop.run_until_complete(
        [](App& a, Scope& s, Script& c) -> Task<> { co_await a(s, c, c); }(app, scope, script));
  };
  Scope scope;
  scope.type = Scope::Type::kLifespan;
  call(scope, lifespan);
  CHECK(started);
  CHECK(lifespan.sent == std::vector{SendEvent(LifespanStartupComplete{}).index(),
                                     SendEvent(LifespanShutdownComplete{}).index()});
  Scope handshake;
  handshake.type = Scope::Type::kWebSocket;
  handshake.path = handshake.raw_path = "/ws";
  call(handshake, socket);
  CHECK(socket.sent.size() == 2);
  CHECK(seen == 0);
  CHECK(Trail::types == "lw");
}
