// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/http/client_disconnect.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/server/cycle.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/server.hpp>
#include <test_transport.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace capricorn::test {

using namespace std::chrono_literals;

/// Each path is one way to behave.
struct Behaviours final : Application {
  std::string trace;

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    const std::string path(scope.path);
    const Headers none;
    trace += path + " ";
    if (path == "/throw") throw std::runtime_error("thrown");
    if (path == "/nothing") co_return;
    if (path == "/slow") {
      scope.route = "/{speed}";
      co_await sleep(5ms);
    }
    if (path == "/reads") {
      co_await sleep(5ms);
      const std::string body = co_await read(receive);
      const std::string size = std::to_string(body.size());
      co_await send(WholeResponse{200, none, size});
      co_return;
    }
    if (path == "/wait") {
      try {
        co_await sleep(30ms);
      } catch (const CancelledError&) {
        trace += "cancelled ";
        throw;
      }
      trace += "finished ";
    }
    if (path == "/who") {
      co_await sleep(5ms);
      trace += std::string(scope.client_host) + " to " + std::string(scope.server_host) + " ";
      co_return;
    }
    if (path == "/half") {
      co_await send(ResponseStart{200, none});
      co_await send(ResponseBody{"part", true});
      throw std::runtime_error("thrown");
    }
    if (path == "/pieces") {
      co_await send(ResponseStart{200, none});
      co_await send(ResponseBody{"one ", true});
      co_await sleep(5ms);
      co_await send(ResponseBody{"two", false});
      co_return;
    }
    if (path == "/leaves") scope.cancel_on_eof = true;
    if (path == "/leaves" || path == "/asks") {
      const Scope::Owner& owner = *scope.owner;
      co_await read(receive);
      try {
        const ReceiveEvent event = co_await receive();
        trace += std::holds_alternative<HttpDisconnect>(event) ? "told " : "? ";
      } catch (const CancelledError&) {
        trace += "cancelled ";
        throw;
      }
      trace += owner.disconnected() ? "left " : "still there ";
      co_return;
    }
    if (path == "/leaves-late") {
      co_await sleep(5ms);  // as a middleware before the route is known
      scope.cancel_on_eof = true;
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        trace += "cancelled ";
        throw;
      }
    }
    if (path == "/early") {
      co_await send(ResponseStart{200, none});
      co_await send(ResponseBody{"early ", true});
      const std::string body = co_await read(receive);
      co_await send(ResponseBody{body, false});
      co_return;
    }
    if (path == "/endless") {
      co_await send(ResponseStart{200, none});
      try {
        for (;;) {
          co_await send(ResponseBody{"more", true});
          co_await sleep(1ms);
        }
      } catch (const ClientDisconnect&) {
        trace += "disconnected ";
        throw;
      }
    }
    if (path == "/twice") {
      co_await send(WholeResponse{200, none, "once"});
      const ReceiveEvent event = co_await receive();
      trace += std::holds_alternative<HttpDisconnect>(event) ? "over " : "? ";
      co_await send(WholeResponse{200, none, "twice"});
    }
    if (path == "/switches") {
      co_await send(WholeResponse{101, none, ""});
      co_return;
    }
    if (path == "/large") scope.max_body = 8;
    if (path == "/echo" || path == "/large") {
      const std::string body = co_await read(receive);
      co_await send(WholeResponse{200, none, body});
      co_return;
    }
    co_await send(WholeResponse{200, none, path});
  }

  static Task<std::string> read(Receive& receive) {
    std::string body;
    for (bool more = true; more;) {
      ReceiveEvent event = co_await receive();
      const auto* request = std::get_if<HttpRequest>(&event);
      if (!request) co_return "disconnected";
      body += request->body;
      more = request->more_body;
    }
    co_return body;
  }
};

/// What a test of HttpProtocol works with, on a loop whose time is the test's.
struct Bench {
  Behaviours& app;
  HttpServer& server;
  Loop& loop;
};

struct Client {
  explicit Client(Bench& bench) : pipe(bench.loop) {
    pipe.start(std::make_unique<HttpProtocol>(bench.server, pipe));
  }
  TestTransport pipe;
};

inline Config quiet() {
  Config config;
  config.server_header = config.date_header = config.access_log = false;
  return config;
}

template <class Body>
void serve(const Body& body, const Config& config = quiet()) {
  const LogSink before = set_log_sink([](LogLevel, std::string_view) noexcept {});
  Behaviours app;
  TestLoop loop;
  {
    HttpServer server(app, config, loop);
    Bench bench{app, server, loop};
    loop.run_until_complete(body(bench));
    shut_down(loop);
  }
  set_log_sink(before);
}

inline Task<> passes(int count = 8) {
  for (int i = 0; i < count; ++i) co_await sleep(0s);
}

/// A request, and the answers to it, to the byte.
inline std::string get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nhost: x\r\n" + more + "\r\n";
}

inline std::string ok(const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" + more +
         "\r\n" + body;
}

inline std::string refusal(const std::string& status, const std::string& body,
                           const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\ncontent-type: text/plain; charset=utf-8\r\n" + more +
         "content-length: " + std::to_string(body.size()) + "\r\nconnection: close\r\n\r\n" + body;
}

inline const std::string kFailed = refusal("500 Internal Server Error", "Internal Server Error");

}  // namespace capricorn::test
