// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "temporary_folder.hpp"

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kTaken = "the body was taken by what `next` called before";

/// Answers with the body: what it takes of it is named by the path.
App echo() {
  App app;
  app.post("/all", [](Request& request) -> Task<Response> {
    co_return PlainTextResponse(co_await request.body());
  });
  app.post("/first", [](Request& request) -> Task<Response> {
    co_return PlainTextResponse((co_await request.next_chunk()).value_or("none"));
  });
  app.post("/nothing", []() -> Task<Response> { co_return PlainTextResponse("unread"); });
  return app;
}

/// Calls what is behind it twice; a failure of the second call is its answer.
Task<Response> ask_twice(Request& request, CallNext next) {
  if (request.headers().get("x-load")) co_await request.body();
  Response first = co_await next(request);
  std::string failure;
  try {
    Response second = co_await next(request);
    second.headers().append("x-first", std::to_string(first.status()));
    co_return second;
  } catch (const RuntimeError& error) {
    failure = error.what();
  }
  co_return PlainTextResponse(failure, 500);
}

std::string where(const Request& request) {
  return request.app().app_options().title + " at \"" + std::string(request.root_path()) + "\"";
}

/// With an application at /sub that has no route called "u".
App outer_and_mounted() {
  App app({.title = "Outer"});
  App sub({.title = "Sub"});
  sub.get("/x",
          [](Request& request) -> Task<Response> { co_return PlainTextResponse(where(request)); });
  sub.get("/stream", [](Request& request) -> Task<Response> {
    co_return StreamingResponse([&request](BodyWriter& writer) -> Task<> {
      co_await writer.write(where(request) + ", ");
      co_await writer.write(std::string(request.scope().root_path));
    });
  });
  app.mount("/sub", std::move(sub));
  app.get("/u", []() -> Task<int> { co_return 1; }, {.name = "u"});
  return app;
}

}  // namespace

// ---------------------------------------------------------------- the body

TEST_CASE("a second next has the body again where the middleware has read it") {
  App app = echo();
  app.middleware(ask_twice);
  TestClient client(app);
  const TextPairs load{{"x-load", "1"}};
  CHECK(client.post("/all", {.headers = load, .content = "abc"}).text() == "abc");
  CHECK(client.post("/first", {.headers = load, .content = "abc", .chunk_size = 2}).text() ==
        "abc");
}

TEST_CASE("a second next whose body is gone says so, and does not wait for what cannot come") {
  // 1. The first call's handler takes the body; the middleware has not kept it.
  // 2. The second call's asks for it, of a client that has sent all it has.
  App app = echo();
  app.middleware(ask_twice);
  TestClient client(app);
  CHECK(client.post("/all", {.content = "abc"}).text().starts_with(kTaken));
  CHECK(client.post("/first", {.content = "abcd", .chunk_size = 2}).text().starts_with(kTaken));
  CHECK(client.post("/nothing", {.content = "abc"}).text() == "unread");
  CHECK(client.post("/all").status_code == 200);  // of no body nothing is lost
  CHECK(client.post("/first").text() == "none");
}

TEST_CASE("a body that the first call left alone is the second call's") {
  App app = echo();
  bool refuses = true;
  class RefusesFirst final : public Application {
   public:
    RefusesFirst(Application& next, bool& refuses) : next_(next), refuses_(refuses) {}
    Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
      if (scope.type == Scope::Type::kHttp && std::exchange(refuses_, false)) {
        Response refusal = PlainTextResponse("", 503);
        co_return co_await refusal.send(scope, send);
      }
      co_await next_(scope, receive, send);
    }

   private:
    Application& next_;
    bool& refuses_;
  };
  app.add_middleware<RefusesFirst>(refuses);
  app.middleware(ask_twice);
  TestClient client(app);
  const auto response = client.post("/all", {.content = "abc"});
  CHECK(response.text() == "abc");
  CHECK(response.header("x-first") == "503");
}

TEST_CASE("a middleware that reads the body behind next is told that it is gone") {
  App app = echo();
  std::string heard;
  app.middleware([&](Request& request, CallNext next) -> Task<Response> {
    Response response = co_await next(request);
    try {
      heard = co_await request.body();
    } catch (const RuntimeError& error) {
      heard = error.what();
    }
    co_return response;
  });
  TestClient client(app);
  CHECK(client.post("/all", {.content = "abc"}).text() == "abc");
  CHECK(heard.starts_with(kTaken));
  CHECK(client.post("/nothing", {.content = "abc"}).text() == "unread");
  CHECK(heard == "abc");
  CHECK(client.post("/all").text().empty());
  CHECK(heard.empty());
}

// ---------------------------------------------------------------- the place

TEST_CASE("behind next the request is still the outer application's") {
  const test::TemporaryFolder folder;
  folder.write("a.txt", "0123456789");
  App app = outer_and_mounted();
  app.mount("/static", StaticFiles(folder.path()));
  std::vector<std::string> seen;
  app.middleware([&](Request& request, CallNext next) -> Task<Response> {
    Response response = co_await next(request);
    seen.push_back(where(request) + " " + request.url_for("u"));
    CHECK(request.scope().root_path == "/api");
    CHECK(request.path_below_root() == request.path().substr(4));
    co_return response;
  });
  TestClient client(app, {.root_path = "/api"});
  for (const char* path : {"/api/u", "/api/sub/x", "/api/sub/stream", "/api/static/a.txt"}) {
    CAPTURE(path);
    seen.clear();
    CHECK(client.get(path).status_code == 200);
    CHECK(seen == std::vector<std::string>{"Outer at \"/api\" http://testserver/api/u"});
  }
  CHECK(client.get("/api/sub/x").text() == "Sub at \"/api/sub\"");
  CHECK(client.get("/api/sub/stream").text() == "Sub at \"/api/sub\", /api/sub");
}

TEST_CASE("a mounted application is called again by a second next") {
  App app = outer_and_mounted();
  app.middleware(ask_twice);
  app.middleware(ask_twice);
  TestClient client(app);
  for (const char* path : {"/sub/x", "/sub/stream", "/u"}) {
    CAPTURE(path);
    const auto response = client.get(path);
    CHECK(response.status_code == 200);
    CHECK(response.header("x-first") == "200");
  }
}

TEST_CASE("a mounted application's plain handler that is late still sees its own application") {
  App app({.title = "Outer"});
  App sub({.title = "Sub"});
  std::promise<void> answered;
  std::promise<std::string> seen;
  sub.get("/late", [&](Request& request) -> int {
    answered.get_future().wait();
    seen.set_value(where(request));
    return 1;
  });
  app.mount("/sub", std::move(sub));
  app.add_middleware<TimeoutMiddleware>(TimeoutOptions{.timeout = 20ms});
  TestClient client(app);
  CHECK(client.get("/sub/late").status_code == 504);
  answered.set_value();
  CHECK(seen.get_future().get() == "Sub at \"/sub\"");
}

// ---------------------------------------------------------------- what is said besides

// 1. A middleware asks a second time; the first call's background tasks run, and are gone.
// 2. The second handler adds one to the same list, behind what was left of the first.
// 3. That was run again: a null pointer was called. What both had said stood in the answer, too.
TEST_CASE("what a handler says besides its answer is said of that call alone") {
  std::vector<std::string> ran;
  App app;
  app.post("/", [&ran](BackgroundTasks& background, Response& response) -> Task<std::string> {
    const std::string time = "call " + std::to_string(ran.size() + 1);
    background.add_task([&ran, time]() -> Task<> {
      ran.push_back(time);
      co_return;
    });
    response.headers().append("x-said", time);
    co_return "answered";
  });
  app.middleware(ask_twice);
  TestClient client(app);
  const auto response = client.post("/");
  CHECK(response.text() == "\"answered\"");
  CHECK(response.headers.get("x-said") == "call 2");
  int said = 0;
  for (const Headers::Field field : response.headers) said += field.name == "x-said";
  CHECK(said == 1);
  CHECK(ran == std::vector<std::string>{"call 1", "call 2"});
}

// ---------------------------------------------------------------- HEAD

TEST_CASE("HEAD tells the length of what GET has, behind a middleware too") {
  const test::TemporaryFolder folder;
  folder.write("a.txt", "0123456789");
  App app;
  app.get("/file", [path = folder / "a.txt"]() -> Task<Response> { co_return FileResponse(path); });
  app.get("/own", [](Request& request) -> Task<Response> {
    Response response(200);
    if (request.method() == "HEAD")
      response.headers().append("content-length", "10");
    else
      response.set_body(Buffer("0123456789"));
    co_return response;
  });
  app.get("/text", []() -> Task<Response> { co_return PlainTextResponse("0123456789"); });
  app.mount("/static", StaticFiles(folder.path()));
  app.middleware(
      [](Request& request, CallNext next) -> Task<Response> { co_return co_await next(request); });
  TestClient client(app);
  for (const char* path : {"/file", "/own", "/text", "/static/a.txt"}) {
    CAPTURE(path);
    CHECK(client.get(path).header("content-length") == "10");
    CHECK(client.head(path).header("content-length") == "10");
  }
}
