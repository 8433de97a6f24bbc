// SPDX-License-Identifier: MIT
// How an application takes a websocket over, and takes its messages at its own pace.
#include <doctest/doctest.h>
#include <websocket_bench.hpp>
#include <websocket_bytes.hpp>

#include <functional>
#include <string>
#include <variant>

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;

namespace {

/// Accepts late, and takes a message whenever it may take one more.
struct Steps final : Application {
  std::string trace;
  int may_take = 0;
  std::function<void()> then;  // at once behind the accept

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    co_await passes(10);
    Headers headers;
    if (scope.path == "/named") headers = Headers{{"server", "mine"}, {"date", "now"}};
    if (scope.path == "/framed") headers = Headers{{"connection", "close"}};
    co_await send(WebSocketAccept{"", headers});
    trace += "accepted ";
    if (then) then();
    for (int i = 0; i < 2 && scope.path == "/sends"; ++i) {
      co_await send(WebSocketSend{"hello"});
      trace += "sent ";
    }
    while (true) {
      while (may_take == 0) co_await sleep(1ms);
      --may_take;
      const ReceiveEvent event = co_await receive();
      if (const auto* end = std::get_if<WebSocketDisconnect>(&event)) {
        trace += "end " + std::to_string(end->code);
        co_return;
      }
      trace += std::to_string(std::get<WebSocketReceive>(event).data.size()) + " ";
    }
  }
};

using Bench = WebSocketBench<Steps>;

void serve(Task<> (*body)(Bench&), const Config& config = quiet_config()) {
  serve_websockets<Steps>(body, config);
}

}  // namespace

TEST_CASE("what an application says of itself stands in the place of the server's words") {
  Config config = quiet_config();
  config.server_header = config.date_header = true;
  serve(
      [](Bench& bench) -> Task<> {
        WebSocketClient own(bench);
        co_await own.open("/named");
        co_await passes(10);
        CHECK(own.pipe.sent() == kAccepted + "server: mine\r\ndate: now\r\n\r\n");
        WebSocketClient none(bench);
        co_await none.open("/");
        co_await passes(10);
        CHECK(none.pipe.sent().starts_with(kAccepted + "date: "));
        CHECK(none.pipe.sent().ends_with(" GMT\r\nserver: capricorn\r\n\r\n"));
      },
      config);
}

TEST_CASE("the fields of the handshake are the server's alone") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/framed");
    co_await passes(10);
    CHECK(client.pipe.sent().starts_with("HTTP/1.1 500 "));
    CHECK(bench.app.trace == "");
  });
}

TEST_CASE("a handshake that is accepted while the server stops is closed with 1012 at once") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    client.pipe.feed(handshake("/"));
    bench.server.shutdown_event().set();
    bench.app.may_take = 1;
    co_await passes(20);
    CHECK(client.pipe.sent() == kAccepted + "\r\n" + server_close(1012));
    CHECK(bench.app.trace == "accepted end 1012");
    client.sweep(2s);
    CHECK(client.pipe.closed());
  });
}

TEST_CASE("a client that has ended its way before it is accepted is gone") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    client.pipe.feed(handshake("/"));
    client.pipe.finish();
    bench.app.may_take = 1;
    co_await passes(20);
    CHECK(bench.app.trace == "accepted end 1006");
    CHECK(client.pipe.closed());
  });
}

TEST_CASE("a client that did not read before it is accepted is waited for behind that") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    client.pipe.feed(handshake("/sends"));
    client.connection().pause_writing();
    co_await passes(20);
    CHECK(bench.app.trace == "accepted ");
    client.connection().resume_writing();
    co_await passes();
    CHECK(bench.app.trace == "accepted sent sent ");
  });
}

// 1. The client did not read when its websocket was accepted.
// 2. It read on within that pass of the loop, behind which the websocket took that for the present.
// 3. Who sent waited for ever.
TEST_CASE("a client that reads on as it is accepted is not waited for") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    client.pipe.feed(handshake("/sends"));
    client.connection().pause_writing();
    bench.app.then = [&] { client.connection().resume_writing(); };
    co_await passes(20);
    CHECK(bench.app.trace == "accepted sent sent ");
  });
}

TEST_CASE("large messages that nobody takes stop the reading before they are many") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/");
    co_await passes(10);
    const std::string message = text_frame(std::string(400'000, 'x'));
    client.pipe.feed(message);
    client.pipe.feed(message);
    CHECK_FALSE(client.pipe.reading_paused());
    client.pipe.feed(message);
    CHECK(client.pipe.reading_paused());
    client.pipe.feed(text_frame("last"));
    for (int i = 0; i < 3; ++i) {
      // Until most of it is taken: else each message would stop the reading anew.
      CHECK(client.pipe.reading_paused());
      bench.app.may_take = 1;
      co_await sleep(5ms);
    }
    CHECK_FALSE(client.pipe.reading_paused());
    bench.app.may_take = 1;
    co_await sleep(5ms);
    CHECK(bench.app.trace == "accepted 400000 400000 400000 4 ");
  });
}
