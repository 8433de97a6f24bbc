// SPDX-License-Identifier: MIT
// Who waits for a websocket's messages.
#include <doctest/doctest.h>
#include <capricorn/loop/ensure_future.hpp>
#include <websocket_bench.hpp>
#include <websocket_bytes.hpp>

#include <stdexcept>
#include <string>
#include <variant>

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// Each path is one way to wait; what is seen is traced.
struct Waits final : Application {
  std::string trace;
  bool leaves = false;

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    const std::string path(scope.path);
    const Headers none;
    trace += path + " ";
    co_await send(WebSocketAccept{"", none});
    if (path == "/leave" || path == "/close") {
      create_task(wait_alone(receive));
      while (!leaves) co_await passes(1);
      if (path == "/close") co_await send(WebSocketClose{1000});
      co_return;
    }
    if (path == "/fickle") co_await cancel_a_wait(receive);
    if (path == "/impatient") co_await cancel_a_send(send);
    if (path == "/crowded") co_await refuse_a_second(receive);
    if (path == "/kept") co_await keep_a_send(send);
    co_await echo(receive, send);
  }

  Task<> wait_alone(Receive& receive) {
    try {
      const ReceiveEvent event = co_await receive();
      trace += std::holds_alternative<WebSocketReceive>(event) ? "received" : "told the end";
    } catch (const CancelledError& error) {
      trace += error.message;
      throw;
    }
  }
  Task<> cancel_a_wait(Receive& receive) {
    TaskHandle<ReceiveEvent> wait = create_task(receive());
    co_await passes(2);
    wait.cancel();
    CHECK_THROWS_AS(co_await wait, CancelledError);
    trace += "cancelled ";
  }
  Task<> cancel_a_send(Send& send) {
    while (!leaves) co_await passes(1);
    auto wait = create_task(send(WebSocketSend{"large", false}));
    co_await passes(2);
    wait.cancel();
    CHECK_THROWS_AS(co_await wait, CancelledError);
    trace += "cancelled ";
  }
  Task<> keep_a_send(Send& send) {
    while (!leaves) co_await passes(1);
    ValueTask<void> wait = send(WebSocketSend{"large", false});
    trace += "sent ";
    while (leaves) co_await passes(1);
    co_await std::move(wait);
  }
  Task<> refuse_a_second(Receive& receive) {
    TaskHandle<ReceiveEvent> first = create_task(receive());
    ValueTask<ReceiveEvent> early = receive();
    co_await passes(2);
    CHECK_THROWS_AS(co_await receive(), std::logic_error);
    CHECK_THROWS_AS(co_await std::move(early), std::logic_error);
    const ReceiveEvent event = co_await first;
    trace += "got " + std::string(std::get<WebSocketReceive>(event).data) + " ";
  }

  Task<> echo(Receive& receive, Send& send) {
    while (true) {
      const ReceiveEvent event = co_await receive();
      const auto* message = std::get_if<WebSocketReceive>(&event);
      if (message == nullptr) {
        trace += "over ";
        co_return;
      }
      co_await send(WebSocketSend{message->data, message->text});
    }
  }
};

using Bench = WebSocketBench<Waits>;

void serve(Task<> (*body)(Bench&)) { serve_websockets<Waits>(body); }

}  // namespace

TEST_CASE("a wait that is cancelled loses no message") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/fickle");
    CHECK(bench.app.trace == "/fickle cancelled ");
    client.pipe.feed(text_frame("one") + text_frame("two"));
    CHECK(client.pipe.sent() == server_frame(0x81, "one") + server_frame(0x81, "two"));
  });
}

TEST_CASE("a send that is cancelled leaves the websocket to its other waits") {
  serve([](Bench& bench) -> Task<> {
    for (const bool reads : {true, false}) {
      CAPTURE(reads);
      bench.app.trace.clear();
      WebSocketClient client(bench);
      co_await client.open("/impatient");
      client.connection().pause_writing();
      bench.app.leaves = true;
      co_await passes();
      bench.app.leaves = false;
      CHECK(bench.app.trace == "/impatient cancelled ");
      if (reads) {
        client.connection().resume_writing();
        client.pipe.feed(text_frame("one"));
        CHECK(client.pipe.take().ends_with(server_frame(0x81, "one")));
      }
      client.pipe.lose({});
      co_await passes();
      CHECK(bench.app.trace == "/impatient cancelled over ");
    }
  });
}

TEST_CASE("a send that is awaited late does not wait for a client that has left") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/kept");
    client.connection().pause_writing();
    bench.app.leaves = true;
    co_await passes();
    client.pipe.lose({});
    bench.app.leaves = false;
    co_await passes();
    CHECK(bench.app.trace == "/kept sent over ");
  });
}

// 1. A handler waits for a message in a task of its own, and for something else.
// 2. That comes, and the handler returns; the websocket is closed, which the task was told, or was
//    to be told in the next pass.
// 3. It wrote how it was closed into the handler's WebSocket, which had gone.
TEST_CASE("a wait that a handler leaves behind is cancelled") {
  serve([](Bench& bench) -> Task<> {
    for (const std::string path : {"/leave", "/close"}) {
      CAPTURE(path);
      bench.app.trace.clear();
      WebSocketClient client(bench);
      co_await client.open(path);
      bench.app.leaves = true;
      co_await passes();
      CHECK(bench.app.trace == path + " The websocket's handler has ended.");
      bench.app.leaves = false;
    }
  });
}

TEST_CASE("a wait that is left behind outlives its connection") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/leave");
    bench.app.leaves = true;
    client.pipe.lose({});
    co_await passes();
    CHECK(bench.app.trace == "/leave The websocket's handler has ended.");
  });
}

TEST_CASE("one task at a time waits for a message") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/crowded");
    client.pipe.feed(text_frame("one") + text_frame("two"));
    co_await passes();
    CHECK(bench.app.trace == "/crowded got one ");
    CHECK(client.pipe.sent() == server_frame(0x81, "two"));
  });
}
