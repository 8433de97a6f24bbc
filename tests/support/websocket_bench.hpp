// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/http/application.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/server/connection.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/server.hpp>
#include <memory>
#include <string>

#include "test_transport.hpp"

namespace capricorn::test {

inline Task<> passes(int count = 6) {
  for (int i = 0; i < count; ++i) co_await sleep(Duration::zero());
}

struct WebSocketPlace {
  HttpServer& server;
  Loop& loop;
};
template <class A>
struct WebSocketBench : WebSocketPlace {
  A& app;
};

inline const std::string kHandshakeFields =
    " HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n";
inline const std::string kAccepted =
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

inline std::string handshake(const std::string& path, const std::string& more = "") {
  return "GET " + path + kHandshakeFields + more + "\r\n";
}

inline Config quiet_config() {
  Config config;
  config.server_header = config.date_header = config.access_log = false;
  return config;
}

/// On a transport of its own.
struct WebSocketClient {
  explicit WebSocketClient(WebSocketPlace& bench) : loop(bench.loop), pipe(bench.loop) {
    pipe.start(std::make_unique<HttpProtocol>(bench.server, pipe));
  }
  /// Through the handshake.
  Task<> open(std::string path, std::string more = "") {
    pipe.feed(handshake(path, more));
    co_await passes();
    answer = pipe.take();
  }
  Connection& connection() { return static_cast<Connection&>(*pipe.protocol()); }
  /// As the server's sweep, `later` from now.
  void sweep(Duration later) { connection().check_deadline(loop.cached_time() + later); }

  Loop& loop;
  TestTransport pipe;
  std::string answer;
};

/// Runs `body` beside a server of a new `A`, without a log.
template <class A>
void serve_websockets(Task<> (*body)(WebSocketBench<A>&), const Config& config = quiet_config()) {
  const LogSink before = set_log_sink([](LogLevel, std::string_view) noexcept {});
  A app;
  Loop loop;
  {
    HttpServer server(app, config, loop);
    WebSocketBench<A> bench{{server, loop}, app};
    loop.run_until_complete(body(bench));
    shut_down(loop);
  }
  set_log_sink(before);
}

}  // namespace capricorn::test
