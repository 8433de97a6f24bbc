// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <capricorn/loop/socket.hpp>
#include <protocol_bench.hpp>
#include <websocket_bytes.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

using namespace capricorn;
using namespace capricorn::test;

namespace {

Task<> read_all(int fd, std::size_t& got) {
  char bytes[65536];
  for (int quiet_passes = 0; quiet_passes < 20;) {
    const ssize_t n = ::recv(fd, bytes, sizeof bytes, 0);
    if (n > 0) got += static_cast<std::size_t>(n);
    quiet_passes = n > 0 ? 0 : quiet_passes + 1;
    co_await sleep(0s);
  }
}

/// An application whose clients are real sockets, and which logs nothing.
template <class App>
struct SocketBench {
  explicit SocketBench(App& application) : server(application, config, loop) {}
  ~SocketBench() {
    loop.run_until_complete(passes());
    shut_down(loop);
    set_log_sink(before);
  }
  Socket connect(std::string_view bytes) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    Socket client(ends[1]);
    server.start_connection(Socket(ends[0]), nullptr);
    send(client, bytes);
    return client;
  }
  static void send(Socket& client, std::string_view bytes) {
    REQUIRE(::send(client.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }

  const LogSink before = set_log_sink([](LogLevel, std::string_view) noexcept {});
  const Config config = quiet();
  Loop loop;
  HttpServer server;
};

/// Never waits for anything but its client; gives up where that never comes to an end.
struct Restless final : Application {
  static constexpr int kTooMany = 20'000;

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    const Headers none;
    const bool websocket = scope.type == Scope::Type::kWebSocket;
    if (websocket) co_await send(WebSocketAccept{"", none});
    if (websocket) static_cast<void>(co_await receive());
    if (waits_before) co_await sleep(0s);
    if (!websocket) co_await send(ResponseStart{200, none});
    try {
      while (sent < kTooMany) {
        co_await (websocket ? send(WebSocketSend{piece, true}) : send(ResponseBody{piece, true}));
        ++sent;
      }
    } catch (const std::exception& error) {
      end = error.what();
      throw;
    }
    end = "told nothing";
  }

  bool waits_before = false;
  std::string piece;
  int sent = 0;
  std::string end;
};

const std::string kPost = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";
const std::string kUpgrade =
    "GET / HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n";

}  // namespace

// 1. Many requests came in one read, of a client that read no answer.
// 2. The first answers filled the socket, and the next ones began to wait: less than is told of.
// 3. Those behind were added to them without a word: of 62 KB 18 MB were made.
TEST_CASE("pipelined requests wait where their answers are not read") {
  struct Large final : Application {
    std::size_t answered = 0;
    std::string body;
    Task<> operator()(Scope&, Receive&, Send& send) override {
      ++answered;
      const Headers none;
      co_await send(WholeResponse{200, none, body});
    }
  };
  constexpr std::size_t kRequests = 2000;
  std::string requests;
  for (std::size_t i = 0; i < kRequests; ++i) requests += "GET / HTTP/1.1\r\nHost:x\r\n\r\n";
  const Config config = quiet();
  // What the system takes of the last that it has room for depends on their size.
  for (std::size_t size = 3000; size <= 8000; size += 500) {
    CAPTURE(size);
    Large app;
    app.body.resize(size, 'x');
    Loop loop;
    HttpServer server(app, config, loop);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    Socket client(ends[1]);
    server.start_connection(Socket(ends[0]), nullptr);
    REQUIRE(::send(client.fd(), requests.data(), requests.size(), 0) ==
            static_cast<ssize_t>(requests.size()));
    loop.run_until_complete(passes());
    CHECK(app.answered > 8);
    CHECK(app.answered < 500);  // what the socket holds, and some 64 KiB
    std::size_t got = 0;
    loop.run_until_complete(read_all(client.fd(), got));
    CHECK(app.answered == kRequests);
    CHECK(got > kRequests * size);
    client = Socket();
    loop.run_until_complete(passes());
    shut_down(loop);
  }
}

// 1. A handler waited for something, and so it wrote to the connection's own buffer.
// 2. Then it streamed what it had in small pieces, and each `send` returned at once.
// 3. That buffer was looked at when the pass ended: it held the whole answer by then.
TEST_CASE("small pieces wait for their reader, whatever the handler waited for before") {
  for (const bool websocket : {false, true}) {
    for (const bool waits_before : {false, true}) {
      CAPTURE(websocket);
      CAPTURE(waits_before);
      Restless app;
      app.piece.resize(1000, 'x');
      app.waits_before = waits_before;
      SocketBench bench(app);
      Socket client = bench.connect(websocket ? kUpgrade : kPost);
      if (websocket) {
        bench.loop.run_until_complete(passes());
        bench.send(client, text_frame("go"));
      }
      bench.loop.run_until_complete(passes(100));
      CHECK(app.sent > 60);
      CHECK(app.sent < 2000);  // what the socket holds, and some 64 KiB
      std::size_t got = 0;
      bench.loop.run_until_complete(read_all(client.fd(), got));
      CHECK(app.sent == Restless::kTooMany);
      CHECK(got > app.sent * app.piece.size());
    }
  }
}

// 1. A client left while its answer was being made by who waits for nothing.
// 2. The socket said so at once, and the handler was to be told with the next pass.
// 3. Its sends went on to return at once: there was no next pass, for nobody.
TEST_CASE("who never waits hears that its client left") {
  for (const std::size_t size : {100U, 100'000U}) {
    for (const bool websocket : {false, true}) {
      for (const bool waits_before : {false, true}) {
        CAPTURE(size);
        CAPTURE(websocket);
        CAPTURE(waits_before);
        Restless app;
        app.piece.resize(size, 'x');
        app.waits_before = waits_before;
        SocketBench bench(app);
        Socket client = bench.connect(websocket ? kUpgrade : kPost);
        if (websocket) {
          bench.loop.run_until_complete(passes());
          bench.send(client, text_frame("go"));
        }
        client = Socket();
        bench.loop.run_until_complete(passes());
        CHECK(app.end == (websocket ? "the websocket is over" : ClientDisconnect().what()));
      }
    }
  }
}

// 1. A client read what was sent to it faster than it was made, so that there was always room.
// 2. Its handler waited for nothing else: everybody else waited for its end.
TEST_CASE("who never waits gives others their turn") {
  for (const bool websocket : {false, true}) {
    CAPTURE(websocket);
    Restless app;
    app.piece = "x";
    SocketBench bench(app);
    Socket client = bench.connect(websocket ? kUpgrade : kPost);
    if (websocket) {
      bench.loop.run_until_complete(passes());
      bench.send(client, text_frame("go"));
    }
    bench.loop.run_until_complete(passes());
    CHECK(app.sent > 60);
    CHECK(app.sent < 2000);
    std::size_t got = 0;
    bench.loop.run_until_complete(read_all(client.fd(), got));
    CHECK(app.sent == Restless::kTooMany);
  }
}
