// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <capricorn/capricorn.hpp>
#include <protocol_bench.hpp>
#include <temporary_folder.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

constexpr std::size_t kFile = 8 << 20;

AsyncGenerator<int> count_to_two() {
  co_yield 1;
  co_yield 2;
}

/// No line of the log tells of a state that cannot be.
class CleanLog {
 public:
  CleanLog() {
    broken = false;
    before_ = set_log_sink([](LogLevel, std::string_view line) noexcept {
      broken = broken || line.contains("invalid state");
    });
  }
  CleanLog(const CleanLog&) = delete;
  ~CleanLog() {
    set_log_sink(before_);
    CHECK_FALSE(broken);
  }

 private:
  static inline bool broken = false;
  LogSink before_;
};

/// What a handler gives up waiting for comes nevertheless.
App make_app() {
  App app;
  app.get("/events", []() -> Task<Response> { co_return EventSourceResponse(count_to_two()); });
  app.post("/timed", [](Body<std::string> text) -> Task<std::string> { co_return *text; },
           {.timeout = 20ms});
  app.post("/gives-up", [](Request& request) -> Task<Response> {
    co_await timeout(20ms, request.body());
    co_return PlainTextResponse("in time");
  });
  app.post("/echo", [](Request& request) -> Task<Response> {
    co_return PlainTextResponse(std::string(co_await request.body()));
  });
  return app;
}

/// The interface below it.
struct Waits final : Application {
  int file = -1;
  bool client_stays = true;
  std::string trace;
  std::vector<TaskHandle<ReceiveEvent>> left_behind;

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    const Headers none;
    if (scope.path == "/again") {
      std::string body = co_await read_for(receive, 20ms);
      body += "|" + co_await read_for(receive, 1h);
      co_await send(WholeResponse{200, none, body});
      co_return;
    }
    if (scope.path == "/kept") {
      co_await sleep(1ms);
      co_await send(ResponseStart{200, none});
      ValueTask<void> first = send(ResponseBody{"one", true});
      while (client_stays) co_await sleep(1ms);
      co_await std::move(first);
      trace += "not waited for ";
      ValueTask<void> second = send(ResponseBody{"two", false});
      co_await std::move(second);
      co_return;
    }
    if (scope.path == "/behind") {
      const bool get = scope.method == Method::kGet;
      if (get) static_cast<void>(co_await receive());  // its body
      left_behind.push_back(create_task(receive()));
      if (get) co_await sleep(1ms);
      co_await send(WholeResponse{200, none, ""});
      co_return;
    }
    if (scope.path == "/kept-file") {
      const Headers length{{"content-length", "3"}};
      co_await send(ResponseStart{200, length});
      ValueTask<void> all = send(FileRange{file, 0, 3, false});
      while (client_stays) co_await sleep(1ms);
      co_await std::move(all);
      trace += "not sent ";
      co_return;
    }
    if (scope.path == "/goes-on") {
      const Headers headers{{"connection", "close"}, {"content-length", std::to_string(kFile + 3)}};
      co_await send(ResponseStart{200, headers});
      bool late = false;
      try {
        co_await timeout(
            20ms, [&](Timeout&) -> Task<> { co_await send(FileRange{file, 0, kFile, true}); });
      } catch (const TimeoutError&) {
        late = true;
      }
      if (late) co_await send(ResponseBody{"END", false});
      co_return;
    }
    scope.cancel_on_eof = scope.path == "/cancelled";
    const Headers headers{{"content-length", std::to_string(kFile)}};
    co_await send(ResponseStart{200, headers});
    co_await timeout(scope.path == "/timed" ? Duration(20ms) : Duration(1h),
                     [&](Timeout&) -> Task<> { co_await send(FileRange{file, 0, kFile, false}); });
  }
  /// What comes of the body in so long.
  static Task<std::string> read_for(Receive& receive, Duration limit) {
    std::string body;
    try {
      co_await timeout(limit, [&](Timeout&) -> Task<> {
        for (bool more = true; more;) {
          const ReceiveEvent event = co_await receive();
          body += std::get<HttpRequest>(event).body;
          more = std::get<HttpRequest>(event).more_body;
        }
      });
    } catch (const TimeoutError&) {  // that was all
    }
    co_return body;
  }
};

std::string post(const std::string& path, std::size_t size, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nhost: x\r\ncontent-length: " + std::to_string(size) +
         "\r\n\r\n" + body;
}

/// On a loop whose time is the test's.
template <class Body>
void with_server(Application& app, const Body& body) {
  const CleanLog log;
  TestLoop loop;
  const Config config = quiet();
  {
    HttpServer server(app, config, loop);
    loop.run_until_complete(body(server, loop));
    shut_down(loop);
  }
}

struct Peer {
  Peer(HttpServer& server, Loop& loop) : pipe(loop) {
    pipe.start(std::make_unique<HttpProtocol>(server, pipe));
  }
  TestTransport pipe;
};

}  // namespace

TEST_CASE("an event stream that ends leaves the connection to the next request") {
  App app = make_app();
  with_server(app, [](HttpServer& server, Loop& loop) -> Task<> {
    Peer peer(server, loop);
    peer.pipe.feed(get("/events") + post("/echo", 3, "abc"));
    co_await sleep(1ms);
    CHECK(peer.pipe.sent().contains("data: 2\n\n"));
    CHECK(peer.pipe.sent().ends_with("abc"));
    CHECK_FALSE(peer.pipe.closed());
  });
}

TEST_CASE("a body that came too late for its route is nobody else's") {
  App app = make_app();
  with_server(app, [](HttpServer& server, Loop& loop) -> Task<> {
    Peer late(server, loop);
    Peer other(server, loop);
    late.pipe.feed(post("/timed", 8, ""));
    co_await sleep(50ms);
    CHECK(late.pipe.take().starts_with("HTTP/1.1 504 "));
    other.pipe.feed(post("/echo", 3, ""));
    late.pipe.feed("\"secret\"" + post("/echo", 4, "mine"));
    other.pipe.feed("BBB");
    co_await sleep(1ms);
    CHECK(other.pipe.sent().ends_with("\r\n\r\nBBB"));
    CHECK(late.pipe.sent().ends_with("\r\n\r\nmine"));
  });
}

TEST_CASE("a wait for the body that timed out loses nothing") {
  Waits app;
  with_server(app, [](HttpServer& server, Loop& loop) -> Task<> {
    Peer peer(server, loop);
    peer.pipe.feed(post("/again", 6, "abc"));
    co_await sleep(50ms);
    peer.pipe.feed("def");
    co_await sleep(1ms);
    CHECK(peer.pipe.sent().ends_with("\r\n\r\nabc|def"));
    CHECK_FALSE(peer.pipe.closed());
  });
}

// A POST's handler is not cancelled: it goes on behind its client.
TEST_CASE("what is awaited once its client has left waits for nothing") {
  Waits app;
  with_server(app, [&app](HttpServer& server, Loop& loop) -> Task<> {
    for (const std::string path : {"/kept", "/kept-file"}) {
      app.client_stays = true;
      Peer peer(server, loop);
      peer.pipe.feed(post(path, 0, ""));
      peer.pipe.protocol()->pause_writing();
      co_await sleep(5ms);
      peer.pipe.lose({});
      app.client_stays = false;
      co_await sleep(5ms);
    }
    CHECK(app.trace == "not waited for not sent ");
  });
}

// 1. A handler had a task wait for its client to leave, and answered and returned.
// 2. The wait went on, or began, in a request that had been freed.
TEST_CASE("a wait that a handler leaves behind ends with its request") {
  Waits app;
  with_server(app, [&app](HttpServer& server, Loop& loop) -> Task<> {
    for (const std::string& request : {get("/behind"), post("/behind", 3, "")}) {
      Peer peer(server, loop);
      peer.pipe.feed(request);
      co_await sleep(5ms);
      const ReceiveEvent event = co_await app.left_behind.back();
      CHECK(std::holds_alternative<HttpDisconnect>(event));
    }
  });
}

TEST_CASE("a handler that gives up its body is answered for") {
  App app = make_app();
  with_server(app, [](HttpServer& server, Loop& loop) -> Task<> {
    Peer peer(server, loop);
    peer.pipe.feed(post("/gives-up", 6, "abc"));
    co_await sleep(50ms);
    CHECK(peer.pipe.sent().starts_with("HTTP/1.1 500 "));
  });
}

namespace {

/// What its reader gets of a file, who begins to read once `meanwhile` is over.
template <class F>
std::string all_until_the_end(const std::string& path, F meanwhile) {
  const CleanLog log;
  const TemporaryFolder folder;
  folder.write("large", std::string(kFile, 'x'));
  const Socket file(::open((folder / "large").c_str(), O_RDONLY | O_CLOEXEC));
  Waits app;
  app.file = file.fd();
  const Config config = quiet();
  Loop loop;
  HttpServer server(app, config, loop);
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  server.start_connection(Socket(ends[0]), nullptr);
  const Socket reader(ends[1]);
  const std::string request = get(path);
  REQUIRE(::write(reader.fd(), request.data(), request.size()) > 0);
  std::string got;
  loop.run_until_complete([](int fd, F act, std::string& all) -> Task<> {
    char bytes[65536];
    while (::recv(fd, bytes, sizeof bytes, MSG_PEEK) < 0) co_await sleep(1ms);
    co_await act(fd);
    for (ssize_t n = 1; n != 0;) {
      n = ::read(fd, bytes, sizeof bytes);
      if (n > 0) all.append(bytes, static_cast<std::size_t>(n));
      if (n < 0 && errno != EAGAIN) break;  // a reset is an end as well
      if (n < 0) co_await sleep(1ms);
    }
  }(reader.fd(), meanwhile, got));
  shut_down(loop);
  return got;
}

}  // namespace

TEST_CASE("a client that ends its way while it is sent a file gets the connection's end") {
  const std::string got = all_until_the_end("/cancelled", [](int fd) -> Task<> {
    ::shutdown(fd, SHUT_WR);
    co_await sleep(5ms);
  });
  CHECK(got.size() < kFile);
}

TEST_CASE("a file whose time is over ends with its connection") {
  const std::string got = all_until_the_end("/timed", [](int) -> Task<> { co_await sleep(60ms); });
  CHECK(got.size() < kFile);
}

// 1. A handler gave up a part of its answer, and sent what was to follow.
// 2. What is missing of the part cannot be told: the rest would stand in its place.
TEST_CASE("behind a part of a file whose time is over nothing follows") {
  const std::string got =
      all_until_the_end("/goes-on", [](int) -> Task<> { co_await sleep(60ms); });
  CHECK(got.size() < kFile);
  CHECK_FALSE(got.contains("END"));
}
