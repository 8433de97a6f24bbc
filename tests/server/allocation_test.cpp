// SPDX-License-Identifier: MIT
// In the steady state a routed request calls no malloc: frames, requests, headers and buffers come
// from the loop's pool. This is a program of its own, because it replaces malloc.
#include <doctest/doctest.h>
#include <sys/socket.h>
#if __has_include(<malloc.h>)
#include <malloc.h>
#endif
#include <capricorn/capricorn.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/metrics.hpp>
#include <capricorn/server/server.hpp>
#include <malloc_counter.hpp>
#include <test_transport.hpp>
#include <websocket_bytes.hpp>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

struct User {
  int id;
  std::string name;
};

App make_app() {
  App app;
  app.get("/plain", []() -> Task<Response> { co_return PlainTextResponse("Hello, World!"); });
  app.get("/users/{id}", [](Path<int, "id"> id) -> Task<User> { co_return User{*id, "Alice"}; });
  app.post("/users", [](Body<User> user) -> Task<User> { co_return std::move(*user); });
  app.websocket("/echo", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (const auto message = co_await socket.receive()) co_await socket.send_text(message->data);
  });
  app.get("/later", []() -> Task<Response> {
    co_await sleep(0s);
    co_return PlainTextResponse("Hello, World!");
  });
  return app;
}

constexpr int kRequests = 1000;

struct Measured {
  std::string answer;
  std::uint64_t mallocs = 0;
};

// Not by `feed`, which keeps a string.
Task<> request_often(TestTransport& pipe, std::string_view request) {
  for (int i = 0; i < kRequests; ++i) {
    pipe.protocol()->data_received(request);
    co_await sleep(0s);
    co_await sleep(0s);
  }
}

Task<> measure(TestTransport& pipe, std::string_view request, Measured& measured) {
  co_await request_often(pipe, request);
  measured.answer = pipe.take();
  measured.answer.resize(measured.answer.size() / kRequests);
  pipe.reserve(kRequests * measured.answer.size());
  const std::uint64_t before = test::malloc_calls();
  co_await request_often(pipe, request);
  measured.mallocs = test::malloc_calls() - before;
  CHECK(pipe.sent().size() == kRequests * measured.answer.size());
}

Task<> ask(TestTransport& pipe, std::string_view request) {
  pipe.feed(request);
  for (int i = 0; i < 4; ++i) co_await sleep(0s);
  pipe.take();
}

enum class Figures : bool { kOff, kOn };

/// One answer, and how many mallocs a thousand requests call once a thousand filled the pool.
/// `first` is asked once before.
Measured measure(std::string_view request, std::string_view first = {},
                 Figures figures = Figures::kOff) {
  App app = make_app();
  Config config;
  config.access_log = false;
  Loop loop;
  Measured measured;
  {
    MetricsBoard board(1);
    HttpServer server(app, config, loop);
    Metrics metrics(board, *board.claim(), loop, figures == Figures::kOn);
    server.set_metrics(&metrics);
    TestTransport pipe(loop);
    pipe.start(std::make_unique<HttpProtocol>(server, pipe));
    if (!first.empty()) loop.run_until_complete(ask(pipe, first));
    loop.run_until_complete(measure(pipe, request, measured));
    shut_down(loop);
  }
  return measured;
}

void check_no_malloc(std::string_view request, std::string_view status, std::string_view body) {
  if (!test::counts_mallocs()) {
    MESSAGE("skipped: under a sanitizer nothing is pooled, and malloc is the sanitizer's");
    return;
  }
  for (const Figures figures : {Figures::kOff, Figures::kOn}) {
    const Measured measured = measure(request, {}, figures);
    CHECK(measured.answer.starts_with("HTTP/1.1 " + std::string(status) + "\r\n"));
    CHECK(measured.answer.ends_with("\r\n\r\n" + std::string(body)));
    CHECK(measured.mallocs == 0);
  }
}

/// A server and a client that say nothing.
struct Silence final : Receive, Send {
  ValueTask<ReceiveEvent> operator()() override { return wait(); }
  ValueTask<void> operator()(const SendEvent&) override { return {}; }
  static Task<ReceiveEvent> wait() {
    co_await sleep(1h);
    co_return HttpDisconnect{};
  }
};

/// Clients of a server, one request each, that stay.
struct Crowd {
  HttpServer& server;
  std::vector<Socket> clients;
};

Task<> join(Crowd& crowd, int count) {
  constexpr std::string_view kRequest = "GET /plain HTTP/1.1\r\nhost: x\r\n\r\n";
  for (int i = 0; i < count; ++i) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    crowd.clients.emplace_back(ends[0]);
    crowd.server.start_connection(Socket(ends[1]), nullptr);
    REQUIRE(::send(ends[0], kRequest.data(), kRequest.size(), 0) > 0);
    char answer[512];
    ssize_t size = -1;
    while (size < 0) {
      co_await sleep(0s);
      size = ::recv(ends[0], answer, sizeof answer, 0);
    }
    CHECK(std::string_view(answer, static_cast<std::size_t>(size)).starts_with("HTTP/1.1 200"));
  }
}

}  // namespace

#ifdef __GLIBC__
TEST_CASE("a connection that waits for its next request costs less than 256 bytes") {
  if (!test::counts_mallocs()) return;
  constexpr int kConnections = 300;
  App app = make_app();
  Config config;
  config.access_log = false;
  Loop loop;
  HttpServer server(app, config, loop);
  Crowd crowd{server, {}};
  crowd.clients.reserve(2 * kConnections);
  server.begin();
  loop.run_until_complete(join(crowd, 10));
  const std::size_t before = ::mallinfo2().uordblks;
  loop.run_until_complete(join(crowd, kConnections));
  const std::size_t each = (::mallinfo2().uordblks - before) / kConnections;
  CHECK(each > 0);
  CHECK(each < 256);
  server.end();
  shut_down(loop);
}
#endif

TEST_CASE("an event of a stream calls malloc not once") {
  if (!test::counts_mallocs()) return;
  std::uint64_t mallocs = 1;
  App app;
  app.get("/", [&]() -> Task<Response> {
    co_return EventSourceResponse([&](EventWriter& events) -> Task<> {
      std::uint64_t before = 0;
      for (int i = 0; i < 2 * kRequests; ++i) {
        if (i == kRequests) before = test::malloc_calls();
        co_await events.send(ServerSentEvent{.data = "short", .event = "add", .id = "7"});
        co_await events.send(i);
      }
      mallocs = test::malloc_calls() - before;
    });
  });
  Loop loop;
  Silence silence;
  Scope scope;
  scope.path = scope.raw_path = "/";
  loop.run_until_complete(app(scope, silence, silence));
  CHECK(mallocs == 0);
}

TEST_CASE("the counter sees malloc and operator new") {
  if (!test::counts_mallocs()) return;
  const std::uint64_t before = test::malloc_calls();
  // Volatile, or a compiler may leave out what nobody uses.
  void* volatile first = std::malloc(1);
  void* volatile second = ::operator new(1);
  std::free(first);
  ::operator delete(second);
  CHECK(test::malloc_calls() >= before + 1);
}

TEST_CASE("a coroutine that answers with text calls no malloc") {
  check_no_malloc("GET /plain HTTP/1.1\r\nhost: x\r\n\r\n", "200 OK", "Hello, World!");
}

TEST_CASE("a typed path and a model as JSON call no malloc") {
  check_no_malloc("GET /users/42 HTTP/1.1\r\nhost: x\r\naccept: */*\r\n\r\n", "200 OK",
                  R"({"id":42,"name":"Alice"})");
}

TEST_CASE("a path without a route calls no malloc") {
  check_no_malloc("GET /none HTTP/1.1\r\nhost: x\r\n\r\n", "404 Not Found",
                  R"({"detail":"Not Found"})");
}

TEST_CASE("a model from a JSON body calls no malloc") {
  check_no_malloc(
      "POST /users HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 24\r\n"
      "\r\n{\"id\":42,\"name\":\"Alice\"}",
      "200 OK", R"({"id":42,"name":"Alice"})");
}

TEST_CASE("a coroutine that suspends calls no malloc") {
  check_no_malloc("GET /later HTTP/1.1\r\nhost: x\r\n\r\n", "200 OK", "Hello, World!");
}

TEST_CASE("an echo of a websocket calls no malloc") {
  if (!test::counts_mallocs()) return;
  constexpr std::string_view kHandshake =
      "GET /echo HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
      "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n";
  const std::string text = "a message that is longer than a string keeps within itself";
  const Measured measured = measure(test::text_frame(text), kHandshake);
  CHECK(measured.answer == test::server_frame(0x81, text));
  CHECK(measured.mallocs == 0);
}

// 1. A client asks for much at once, and each answer takes its time.
// 2. What was not its turn yet was copied behind each answer.
TEST_CASE("requests that wait for the ones before them stay where they lie") {
  if (!test::counts_mallocs()) return;
  constexpr std::size_t kAtOnce = 1000;
  App app = make_app();
  Config config;
  config.access_log = false;
  Loop loop;
  HttpServer server(app, config, loop);
  TestTransport pipe(loop);
  pipe.start(std::make_unique<HttpProtocol>(server, pipe));
  std::string requests;
  for (std::size_t i = 0; i < kAtOnce; ++i) requests += "GET /later HTTP/1.1\r\nhost: x\r\n\r\n";
  const auto ask_twice = [&]() -> Task<std::uint64_t> {
    std::uint64_t mallocs = 0;
    for (int turn = 0; turn < 2; ++turn) {
      pipe.take();
      pipe.reserve(kAtOnce * 200);
      const std::uint64_t before = test::malloc_calls();
      pipe.protocol()->data_received(requests);
      for (std::size_t i = 0; i < 4 * kAtOnce; ++i) co_await sleep(0s);
      mallocs = test::malloc_calls() - before;
    }
    co_return mallocs;
  };
  CHECK(loop.run_until_complete(ask_twice()) < 10);
  CHECK(pipe.sent().size() % kAtOnce == 0);
  CHECK(pipe.sent().ends_with("Hello, World!"));
  shut_down(loop);
}
