// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/handlers/test_client.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> told;
void tell(std::string what) { told.push_back(std::move(what)); }

Task<int> refuses() {
  throw HTTPException(401, "Not authenticated");
  co_return 1;
}
Task<int> reads(Query<int, "n"> n) { co_return *n; }
Task<int> above(Depends<reads> n) {
  tell("above");
  co_return *n;
}
Task<int> beside() {
  tell("beside");
  co_return 1;
}

Task<std::string> scopes_of(SecurityScopes scopes) { co_return std::string(scopes.scope_str); }
Task<std::string> user(Security<scopes_of, "me"> scopes) { co_return *scopes; }

int waiting = 0;
Task<int> together() {
  ++waiting;
  while (waiting < 2) co_await sleep(0s);
  co_return waiting;
}
Task<int> together_too() {
  ++waiting;
  while (waiting < 2) co_await sleep(0s);
  co_return waiting;
}
Task<int> fails_at_once() {
  throw HTTPException(409, "first");
  co_return 1;
}
/// Awaits what somebody has cancelled.
Task<std::string> loses() {
  auto lost = create_task(sleep(1h));
  lost.cancel();
  co_await lost;
  co_return "a text that is longer than a std::string has room for in itself";
}

struct Telling {
  std::string what;
  ~Telling() { tell(what); }
};
AsyncGenerator<int> outside() {
  const Telling left{"outside left"};
  co_yield 1;
}
AsyncGenerator<int> inside(Depends<outside> below) {
  const Telling left{"inside left"};
  co_yield *below;
}

std::atomic<int> writing = 0;
std::atomic<bool> wrote_together = false;
void write_later(BackgroundTasks& tasks) {
  if (++writing > 1) wrote_together = true;
  std::this_thread::sleep_for(20ms);
  tasks.add_task([] { tell("written"); });
  --writing;
}
int writes_one(BackgroundTasks& tasks) { return write_later(tasks), 1; }
int writes_another(BackgroundTasks& tasks) { return write_later(tasks), 2; }

std::size_t look_at(Request& request) {
  std::size_t seen = 0;
  for (int i = 0; i < 100; ++i) {
    seen += request.cookies().get("name").value_or("").size();
    seen += request.query_params().get("n").value_or("").size();
  }
  return seen;
}
std::size_t looks(Request& request) { return look_at(request); }
std::size_t looks_too(Request& request) { return look_at(request); }

AsyncGenerator<int> entered() {
  try {
    co_yield 1;
    tell("left");
  } catch (const HTTPException& error) {
    tell("saw " + std::to_string(error.status()));
    throw;
  } catch (const CancelledError&) {
    tell("saw the cancellation");
    throw;
  }
}
struct Session {
  std::string name;
};
AsyncGenerator<std::unique_ptr<Session>> session() {
  co_yield std::make_unique<Session>("session");
}

}  // namespace

TEST_CASE("as in FastAPI a dependency's refusal comes before what is wrong with the request") {
  App app;
  app.get("/", [](Query<int, "n"> n, Depends<refuses>) -> Task<int> { co_return *n; });
  app.get("/below", [](Depends<above> above, Depends<beside>, Query<int, "m"> m) -> Task<int> {
    co_return *above + *m;
  });
  TestClient client(app);
  CHECK(client.get("/?n=a").status_code == 401);
  told.clear();
  const auto response = client.get("/below?n=x&m=y");
  CHECK(response.status_code == 422);
  CHECK(response.text().find(R"("loc":["query","n"])") <
        response.text().find(R"("loc":["query","m"])"));
  CHECK(told == std::vector<std::string>{"beside"});
}

TEST_CASE("SecurityScopes are those from the handler to the dependency") {
  App app;
  app.get("/both",
          [](Security<user, "items", "me"> user, Depends<scopes_of> bare) -> Task<std::string> {
            co_return *user + "|" + *bare;
          });
  app.get("/one", [](Depends<user> user) -> Task<std::string> { co_return *user; });
  TestClient client(app);
  CHECK(client.get("/both").text() == "\"items me|\"");
  CHECK(client.get("/one").text() == "\"me\"");
}

TEST_CASE("dependencies are resolved at the same time only where that is asked for") {
  App app;
  app.get(
      "/",
      [](Depends<together, Parallel{}> first,
         Depends<together_too, Parallel{}> second) -> Task<int> { co_return *first + *second; });
  app.get("/fails",
          [](Depends<entered, Parallel{}>, Depends<fails_at_once, Parallel{}>) -> Task<int> {
            co_return 1;
          });
  TestClient client(app);
  waiting = 0;
  CHECK(client.get("/").text() == "4");
  told.clear();
  CHECK(client.get("/fails").text() == R"({"detail":"first"})");
  CHECK(told == std::vector<std::string>{"saw 409"});
}

// 1. Two dependencies are resolved at the same time, by a group of tasks.
// 2. One awaits what was cancelled, and ends by CancelledError: that is no failure of a group's.
// 3. The handler was called with a result that nobody had made.
TEST_CASE("a dependency that ends by somebody else's cancellation is the request's failure") {
  App app;
  bool called = false;
  app.get(
      "/",
      [&called](Depends<loses, Parallel{}> text, Depends<beside, Parallel{}>) -> Task<std::string> {
        called = true;
        co_return *text;
      });
  TestClient client(app);
  CHECK_THROWS_AS(client.get("/"), CancelledError);
  CHECK_FALSE(called);
}

TEST_CASE("what all of a request share is for one thread at a time, in parallel too") {
  App app;
  app.get(
      "/",
      [](Depends<writes_one, Parallel{}> one,
         Depends<writes_another, Parallel{}> another) -> Task<int> { co_return *one + *another; });
  TestClient client(app);
  told.clear();
  CHECK(client.get("/").text() == "3");
  CHECK(told == std::vector<std::string>{"written", "written"});
  CHECK_FALSE(wrote_together);
}

// What a thread sanitizer says of it is the test.
TEST_CASE("several threads may look at one request") {
  App app;
  app.get("/",
          [](Depends<looks, Parallel{}> one, Depends<looks_too, Parallel{}> another)
              -> Task<std::size_t> { co_return *one + *another; });
  TestClient client(app);
  for (int i = 0; i < 20; ++i) {
    CHECK(client.get("/?n=1", {.cookies = {{"name", "ann"}}}).text() == "800");
  }
}

TEST_CASE("-> of a pointer is what it points to") {
  App app;
  app.get("/", [](Depends<session> session) -> Task<std::string> {
    co_return session->name + (*session)->name;
  });
  CHECK(TestClient(app).get("/").text() == "\"sessionsession\"");
}

TEST_CASE("a handler that is cancelled leaves its dependencies by its cancellation") {
  App app;
  app.get("/", [](Depends<entered>) -> Task<int> {
    co_await sleep(1h);
    co_return 1;
  });
  Loop loop;
  struct None final : Receive, Send {
    ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpDisconnect{}); }
    ValueTask<void> operator()(const SendEvent&) override { return {}; }
  } none;
  Scope scope;
  scope.path = scope.raw_path = "/";
  told.clear();
  loop.run_until_complete([](App& app, Scope& scope, None& none) -> Task<> {
    TaskHandle<> serving = get_running_loop().create_task(app(scope, none, none));
    co_await sleep(0s);
    serving.cancel();
    CHECK_THROWS_AS(co_await serving, CancelledError);
  }(app, scope, none));
  CHECK(told == std::vector<std::string>{"saw the cancellation"});
}

TEST_CASE("what a thread still uses is left when the thread is done") {
  App app;
  std::atomic<bool> go_on = false;
  std::atomic<bool> used = false;
  app.get("/",
          [&](Depends<entered> value) {
            while (!go_on) {
            }
            used = told.empty();
            return *value;
          },
          {.timeout = 100ms});
  Loop loop;
  struct Wire final : Receive, Send {
    ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(HttpDisconnect{}); }
    ValueTask<void> operator()(const SendEvent& event) override {
      status = std::get<WholeResponse>(event).status;
      return {};
    }
    int status = 0;
  } wire;
  Scope scope;
  scope.path = scope.raw_path = "/";
  told.clear();
  loop.run_until_complete(
      [](App& app, Scope& scope, Wire& wire, std::atomic<bool>& go_on) -> Task<> {
        co_await app(scope, wire, wire);
        CHECK(wire.status == 504);
        CHECK(told.empty());
        go_on = true;
        while (told.empty()) co_await sleep(0s);
      }(app, scope, wire, go_on));
  CHECK(used);
  CHECK(told == std::vector<std::string>{"saw 504"});
}

namespace {

std::atomic<bool> thread_may_go;
/// Ends late, and the thread behind a 504 before it.
Task<int> has_a_child(Request& request) {
  request.create_task([]() -> Task<> {
    co_await finally_async([]() -> Task<> { co_await sleep(1h); },
                           []() -> Task<> {
                             thread_may_go = true;
                             co_await sleep(50ms);
                           });
  }());
  co_return 1;
}

}  // namespace

TEST_CASE("dependencies that a thread still used are left in their order") {
  App app;
  app.get("/",
          [](Depends<inside, DependencyScope::kFunction> value, Depends<has_a_child>) {
            while (!thread_may_go) {
            }
            return *value;
          },
          {.timeout = 20ms});
  thread_may_go = false;
  told.clear();
  {
    TestClient client(app);
    CHECK(client.get("/").status_code == 504);
  }
  CHECK(told == std::vector<std::string>{"inside left", "outside left"});
}

namespace {

Task<int> writes_later(BackgroundTasks&) { co_return 1; }

}  // namespace

TEST_CASE("a websocket's dependencies have no background tasks, since nothing runs behind it") {
  App app;
  const auto handler = [](WebSocket& socket, Depends<writes_later>) -> Task<> {
    co_await socket.accept();
  };
  CHECK_THROWS_WITH_AS(app.websocket("/", handler),
                       "a dependency that takes BackgroundTasks& is for handlers that answer: "
                       "behind a websocket's nothing runs",
                       std::invalid_argument);
}

TEST_CASE("a websocket has dependencies, and a wrong one of theirs closes it with 1008") {
  App app;
  app.websocket("/", [](WebSocket& socket, Depends<reads> n, Depends<entered>) -> Task<> {
    co_await socket.accept();
    tell("n is " + std::to_string(*n));
  });
  const auto connect = [&](std::string_view query) {
    struct Wire final : Receive, Send {
      ValueTask<ReceiveEvent> operator()() override { return ReceiveEvent(WebSocketConnect{}); }
      ValueTask<void> operator()(const SendEvent& event) override {
        if (const auto* close = std::get_if<WebSocketClose>(&event)) code = close->code;
        return {};
      }
      int code = 0;
    } wire;
    Scope scope;
    scope.type = Scope::Type::kWebSocket;
    scope.path = scope.raw_path = "/";
    scope.query_string = query;
    Loop loop;
    loop.run_until_complete(app(scope, wire, wire));
    return wire.code;
  };
  told.clear();
  CHECK(connect("n=4") == 0);
  CHECK(told == std::vector<std::string>{"n is 4", "left"});
  CHECK(connect("n=x") == 1008);
}
