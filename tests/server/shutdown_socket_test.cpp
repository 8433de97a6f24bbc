// SPDX-License-Identifier: MIT
// What handlers that run when the server stops may count on.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <capricorn/loop/ensure_future.hpp>
#include <capricorn/loop/event.hpp>
#include <capricorn/loop/socket.hpp>
#include <websocket_bench.hpp>

#include <string>
#include <variant>

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;

namespace {

/// Its requests wait until they are released; what happens is traced.
struct Waits final : Application {
  std::string trace;
  Event released;

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    const Headers none;
    if (scope.type == Scope::Type::kLifespan) {
      static_cast<void>(co_await receive());
      co_await send(LifespanStartupComplete{});
      static_cast<void>(co_await receive());
      trace += "lifespan ends ";
      co_await send(LifespanShutdownComplete{});
      co_return;
    }
    if (scope.type == Scope::Type::kWebSocket) co_await send(WebSocketAccept{"", none});
    trace += "begun ";
    bool cancelled = false;
    try {
      co_await released.wait();
    } catch (const CancelledError&) {
      cancelled = true;
    }
    if (cancelled) {
      co_await passes(20);  // as who undoes what it began
      trace += "cancelled ";
      throw CancelledError();
    }
    trace += "done ";
    if (scope.type == Scope::Type::kHttp) co_await send(WholeResponse{200, none, "done"});
  }
};

/// The kernel accepts for the server.
Socket connect_to(int port) {
  Socket client = open_socket(AF_INET, SOCK_STREAM);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int connected =
      ::connect(client.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  REQUIRE((connected == 0 || errno == EINPROGRESS));
  return client;
}

void reset(Socket& client) {
  const ::linger now{.l_onoff = 1, .l_linger = 0};
  REQUIRE(::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
  client = Socket();
}

const std::string kPost = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";

struct Bench {
  Loop& loop;
  HttpServer& server;
  Waits& app;

  Task<Socket> begin(std::string request) {
    Socket client = connect_to(server.port());
    co_await passes(20);
    REQUIRE(::send(client.fd(), request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size()));
    while (!app.trace.contains("begun")) co_await passes(1);
    co_return client;
  }
};

/// Runs a server until `body` has stopped it; the trace of its application.
std::string serve(Duration grace, Task<> (*body)(Bench)) {
  const LogSink before = set_log_sink([](LogLevel, std::string_view) noexcept {});
  Config config = quiet_config();
  config.host = "127.0.0.1";
  config.port = 0;
  config.timeout_graceful_shutdown = std::chrono::duration_cast<std::chrono::milliseconds>(grace);
  Waits app;
  Loop loop;
  {
    HttpServer server(app, config, loop);
    loop.run_until_complete([&]() -> Task<> {
      TaskHandle<int> serving = create_task(server.serve());
      while (server.port() == 0) co_await passes(1);
      co_await body({loop, server, app});
      CHECK(co_await serving == 0);
    }());
    shut_down(loop);
  }
  set_log_sink(before);
  return app.trace;
}

}  // namespace

// 1. Of the handlers that were late, only those of GET were cancelled, as their connections were
//    aborted.
// 2. The lifespan ended, and with it what the others used.
// 3. They went on with that, and were cancelled when the loop ended.
TEST_CASE("handlers that are late are cancelled before the lifespan ends") {
  for (const bool websocket : {false, true}) {
    CAPTURE(websocket);
    const auto post = [](Bench bench) -> Task<> {
      const Socket client = co_await bench.begin(kPost);
      bench.server.stop();
      co_await passes(20);
    };
    const auto socket = [](Bench bench) -> Task<> {
      const Socket client = co_await bench.begin(handshake("/"));
      bench.server.stop();
      co_await passes(20);
    };
    CHECK(serve(1ms, websocket ? +socket : +post) == "begun cancelled lifespan ends ");
  }
}

TEST_CASE("the handler of a client that has left has its time before the lifespan ends") {
  const auto body = [](Bench bench) -> Task<> {
    Socket client = co_await bench.begin(kPost);
    reset(client);
    co_await passes(20);
    bench.server.stop();
    co_await passes(20);
    CHECK(bench.app.trace == "begun ");
    bench.app.released.set();
  };
  CHECK(serve(60s, body) == "begun done lifespan ends ");
}

TEST_CASE("a forced end waits for no handler") {
  const auto body = [](Bench bench) -> Task<> {
    const Socket client = co_await bench.begin(kPost);
    bench.server.stop();
    co_await passes(20);
    bench.server.stop();
    co_await passes(2);
  };
  CHECK(serve(60s, body) == "begun lifespan ends ");
}
