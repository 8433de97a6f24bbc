// SPDX-License-Identifier: MIT
// Each allocation on the way of a request fails in its turn: that costs the one connection at most.
// Stands in the program that replaces malloc.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <capricorn/capricorn.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/socket.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/server/access_log.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/server.hpp>
#include <malloc_counter.hpp>
#include <temporary_folder.hpp>
#include <test_transport.hpp>
#include <websocket_bytes.hpp>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

struct Item {
  std::string name;
  double price;
};

AsyncGenerator<ServerSentEvent> two_events() {
  co_yield ServerSentEvent{.data = "one"};
  co_await sleep(0s);
  co_yield ServerSentEvent{.data = "two"};
}

Task<> add(int& sum, int n) {
  co_await sleep(0s);
  sum += n;
}

App make_app() {
  App app;
  app.get("/plain", []() -> Task<Response> { co_return PlainTextResponse("Hello, World!"); });
  app.get("/large",
          []() -> Task<Response> { co_return PlainTextResponse(std::string(1 << 20, 'x')); });
  app.get("/medium",
          []() -> Task<Response> { co_return PlainTextResponse(std::string(12000, 'y')); });
  app.get("/throws", []() -> Task<Response> {
    throw std::runtime_error("thrown");
    co_return Response(200);
  });
  app.get("/later", []() -> Task<Response> {
    co_await sleep(0s);
    co_return PlainTextResponse(std::string(100, 'z'));
  });
  app.get("/pool", [] { return Item{"from a thread", 1}; });
  app.get("/stream", []() -> Task<Response> {
    const auto chunks = [](BodyWriter& writer) -> Task<> {
      for (int i = 0; i < 3; ++i) {
        co_await writer.write(std::string(3000, 's'));
        co_await sleep(0s);
      }
    };
    co_return StreamingResponse(chunks, "text/plain");
  });
  app.get("/events", []() -> Task<Response> { co_return EventSourceResponse(two_events()); });
  app.get("/group", []() -> Task<Response> {
    int sum = 0;
    co_await TaskGroup::run([&sum](TaskGroup& group) -> Task<> {
      for (int i = 0; i < 3; ++i) group.create_task(add(sum, i));
      co_return;
    });
    co_return PlainTextResponse(std::to_string(sum));
  });
  app.post("/items", [](Body<Item> item, BackgroundTasks& background) -> Task<Item> {
    background.add_task([]() -> Task<> { co_await sleep(0s); });
    co_return std::move(*item);
  });
  app.post("/echo", [](Request& request) -> Task<Response> {
    co_return PlainTextResponse(co_await request.body());
  });
  app.websocket("/ws", [](WebSocket& socket) -> Task<> {
    co_await socket.accept();
    while (const auto message = co_await socket.receive()) co_await socket.send_text(message->data);
  });
  return app;
}

constexpr std::string_view kEnd = "connection: close\r\n\r\n";

std::string get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nhost: x\r\n" + std::string(kEnd);
}

std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
         "content-length: " + std::to_string(body.size()) + "\r\n" + std::string(kEnd) +
         std::string(body);
}

std::string websocket() {
  return "GET /ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
         "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
         "sec-websocket-extensions: permessage-deflate\r\n\r\n" +
         test::text_frame(std::string(300, 'm')) + test::close_frame(1000);
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& each : std::filesystem::directory_iterator("/dev/fd")) {
    static_cast<void>(each);
    ++count;
  }
  return count;
}

/// What one client gets until its connection ends. The server may take its time, and no more.
class Client {
 public:
  Client(HttpServer& server, std::string_view request) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    socket_ = Socket(ends[1]);
    Socket served(ends[0]);
    const auto sent = ::send(socket_.fd(), request.data(), request.size(), MSG_NOSIGNAL);
    REQUIRE(sent == static_cast<ssize_t>(request.size()));
    server_ = &server;
    connection_ = std::move(served);
  }
  void begin() { server_->accepted(std::move(connection_), {}); }
  void read() {
    static char bytes[1 << 16];
    for (;;) {
      const ssize_t n = ::recv(socket_.fd(), bytes, sizeof bytes, 0);
      if (n > 0)
        got_.append(bytes, static_cast<std::size_t>(n));
      else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        ended_ = true;
      if (n <= 0) return;
    }
  }
  bool ended() const noexcept { return ended_; }
  std::string take() { return std::move(got_); }

 private:
  HttpServer* server_;
  Socket connection_;
  Socket socket_;
  std::string got_;
  bool ended_ = false;
};

/// Everything is of this request's own, so that nothing is at hand which was freed before.
struct Bench {
  Bench() {
    config.access_log = true;
    config.date_header = false;
    config.timeout_lingering = 0ms;
    server = std::make_unique<HttpServer>(app, config, loop);
  }
  ~Bench() {
    server->end();
    shut_down(loop);
  }

  /// False where the connection does not come to its end. The memory fails at the `nth` allocation.
  bool ask(std::string_view request, std::uint64_t nth, std::string& answer) {
    Client client(*server, request);
    bool ended = false;
    loop.call_soon([&] {
      test::fail_malloc(nth);
      try {
        client.begin();
      } catch (const std::bad_alloc&) {  // as the listener, whom that one connection costs
      }
      poll(client, ended);
    });
    loop.run_forever();
    test::fail_malloc(0);
    client.read();
    answer = client.take();
    return ended;
  }
  void poll(Client& client, bool& ended) {
    const std::uint64_t left = test::pause_failing();
    client.read();
    ended = client.ended();
    if (ended || ++polls > 3000)
      loop.stop();
    else
      loop.call_later(polls < 100 ? 0ms : 1ms, [&] { poll(client, ended); });
    test::fail_malloc(left);
  }

  App app = make_app();
  Config config;
  Loop loop;
  std::unique_ptr<HttpServer> server;
  int polls = 0;
};

int lines_logged = 0;

/// Of the answers that a request gets while its allocations fail one by one.
void check_each_failure(const std::string& request, std::string_view complete) {
  CAPTURE(request.substr(0, 40));
  const std::size_t descriptors = open_descriptors();
  std::string expected;
  {
    Bench bench;
    REQUIRE(bench.ask(request, 0, expected));
    REQUIRE(expected.starts_with(complete));
  }
  bool failed = true;
  for (std::uint64_t nth = 1; failed; ++nth) {
    CAPTURE(nth);
    {
      Bench bench;
      std::string answer;
      bool ended = false;
      CHECK_NOTHROW(ended = bench.ask(request, nth, answer));
      failed = test::malloc_has_failed();
      CHECK(ended);
      // Another answer, part of that one, or nothing; but nobody else's, and none twice.
      const bool refused =
          answer.contains("HTTP/1.1 500 ") || answer.contains("Internal server error");
      if (!refused) CHECK(expected.starts_with(answer));
      bench.polls = 0;
      std::string next;
      CHECK(bench.ask(get("/plain"), 0, next));
      CHECK(next.ends_with("\r\n\r\nHello, World!"));
      CHECK(next.starts_with("HTTP/1.1 200 OK\r\n"));
    }
    CHECK(open_descriptors() == descriptors);
  }
}

}  // namespace

TEST_CASE("an allocation that fails costs its own connection at most") {
  if (!test::counts_mallocs()) return;
  const LogSink before = set_log_sink([](LogLevel, std::string_view) noexcept { ++lines_logged; });
  for (const char* path : {"/plain", "/large", "/medium", "/throws", "/later", "/pool", "/stream",
                           "/events", "/group", "/nobody"}) {
    check_each_failure(get(path), "HTTP/1.1 ");
  }
  check_each_failure(post("/items", R"({"name":"x","price":1.5})"), "HTTP/1.1 200 OK");
  check_each_failure(post("/echo", std::string(100'000, 'b')), "HTTP/1.1 200 OK");
  check_each_failure(websocket(), "HTTP/1.1 101 ");
  check_each_failure("GET /plain HTTP/1.1\r\nhost: x\r\n\r\n" + get("/later"), "HTTP/1.1 200 OK");
  set_log_sink(before);
}

// 1. The date of the answers was being written when no memory was left.
// 2. Its size was that of the former one, and the next answer read behind the end of nothing.
// 3. And no other second ever came: no date, no timeout, no word to the supervisor.
TEST_CASE("a second for which there is no memory is followed by others") {
  if (!test::counts_mallocs()) return;
  const LogSink before = set_log_sink([](LogLevel, std::string_view) noexcept {});
  const test::TemporaryFolder folder;
  App app = make_app();
  Config config;
  config.access_log = false;
  config.lifespan = "off";
  config.uds = folder / "socket";
  TestLoop loop;
  HttpServer server(app, config, loop);
  loop.run_until_complete([](HttpServer& serving) -> Task<> {
    Loop& own = get_running_loop();
    TaskHandle<int> served = create_task(serving.serve());
    co_await sleep(995ms);
    for (std::uint64_t nth = 1; nth < 8; ++nth) {
      test::fail_malloc(nth);
      co_await sleep(10ms);  // over the second's end
      test::fail_malloc(0);
      TestTransport pipe(own);
      pipe.start(std::make_unique<HttpProtocol>(serving, pipe));
      pipe.feed(get("/plain"));
      co_await sleep(0s);
      CHECK(pipe.sent().contains("\r\ndate: "));
      CHECK(pipe.sent().contains("\r\nserver: capricorn\r\n"));
      co_await sleep(990ms);
    }
    const std::uint64_t passes = own.pass_count();
    co_await sleep(10s);
    CHECK(own.pass_count() >= passes + 10);
    serving.stop();
    co_await served;
  }(server));
  shut_down(loop);
  set_log_sink(before);
}

TEST_CASE("a server that has served enough says so once there is memory for it") {
  if (!test::counts_mallocs()) return;
  lines_logged = 0;
  const LogSink before = set_log_sink([](LogLevel, std::string_view) noexcept { ++lines_logged; });
  App app = make_app();
  Config config;
  config.limit_max_requests = 1;
  Loop loop;
  HttpServer server(app, config, loop);
  server.request_begins();
  test::fail_malloc(1);
  server.request_ends();
  CHECK(test::malloc_has_failed());
  test::fail_malloc(0);
  CHECK(lines_logged == 0);
  server.request_begins();
  server.request_ends();
  CHECK(lines_logged == 1);
  shut_down(loop);
  set_log_sink(before);
}

TEST_CASE("a line of the log for which there is no memory costs that line") {
  if (!test::counts_mallocs()) return;
  std::string expected;
  const AccessRecord record{.client_host = "192.0.2.1",
                            .method = "GET",
                            .target = "/login?the_name_of_a_very_long_secret=1&page=2"};
  append_access_line(expected, record, false);
  CHECK(expected.contains("secret=***&page=2"));
  bool failed = true;
  for (std::uint64_t nth = 1; failed; ++nth) {
    std::string line;
    test::fail_malloc(nth);
    try {
      append_access_line(line, record, false);
    } catch (const std::bad_alloc&) {  // log_access says so
    }
    failed = test::malloc_has_failed();
    test::fail_malloc(0);
    CHECK(expected.starts_with(line));
  }
}
