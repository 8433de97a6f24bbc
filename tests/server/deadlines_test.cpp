// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/test_loop.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/server.hpp>
#include <test_transport.hpp>

#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

/// Sleeps for as many seconds as its path says, and then reads the body and answers.
struct Sleeper final : Application {
  std::string trace;

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    const Headers none;
    const bool early = scope.query_string == "early";
    if (early) co_await send(ResponseStart{200, none});
    if (early) co_await send(ResponseBody{"early", true});
    try {
      co_await sleep(std::chrono::seconds(std::stoi(std::string(scope.path.substr(1)))));
    } catch (const CancelledError&) {
      trace += "cancelled ";
      throw;
    }
    std::size_t size = 0;
    for (bool more = true; more;) {
      const ReceiveEvent event = co_await receive();
      const auto* piece = std::get_if<HttpRequest>(&event);
      if (!piece) trace += "disconnected ";
      if (!piece) co_return;
      size += piece->body.size();
      more = piece->more_body;
    }
    trace += "answered ";
    if (early) co_return co_await send(ResponseBody{"", false});
    co_await send(WholeResponse{200, none, std::to_string(size)});
  }
};

struct Bench {
  Loop& loop;
  HttpServer& server;
  Sleeper& app;
};

/// A client, and the server's sweep for it.
struct Client {
  explicit Client(Bench& b) : bench(b), pipe(b.loop) {
    pipe.start(std::make_unique<HttpProtocol>(b.server, pipe));
  }
  /// Until the connection closes, `limit` seconds at most; how many it took.
  Task<int> seconds_to_close(int limit = 100) {
    for (int second = 0; second < limit; ++second) {
      if (pipe.is_closing()) co_return second;
      co_await wait_a_second();
    }
    co_return limit;
  }
  Task<> wait(int seconds) {
    for (int i = 0; i < seconds; ++i) co_await wait_a_second();
  }
  Task<> wait_a_second() {
    co_await sleep(1s);
    if (pipe.protocol()) {
      static_cast<HttpProtocol*>(pipe.protocol())->check_deadline(bench.loop.cached_time());
    }
    co_await sleep(0s);
  }
  Bench& bench;
  TestTransport pipe;
};

void serve(Task<> (*body)(Bench&), Config config = {}) {
  const LogSink before = set_log_sink([](LogLevel, std::string_view) noexcept {});
  config.server_header = config.date_header = config.access_log = false;
  Sleeper app;
  TestLoop loop;
  {
    HttpServer server(app, config, loop);
    Bench bench{loop, server, app};
    loop.run_until_complete(body(bench));
    shut_down(loop);
  }
  set_log_sink(before);
}

const std::string kGet = "GET /0 HTTP/1.1\r\nhost: x\r\n\r\n";

std::string post(const std::string& target, std::size_t length, const std::string& more = "") {
  return "POST " + target + " HTTP/1.1\r\nhost: x\r\n" + more +
         "content-length: " + std::to_string(length) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("who says nothing is closed without a word") {
  serve([](Bench& bench) -> Task<> {
    Client silent(bench);
    CHECK(co_await silent.seconds_to_close() == 10);
    CHECK(silent.pipe.sent() == "");
    Client blank(bench);
    co_await blank.wait(4);
    blank.pipe.feed("\r\n");
    CHECK(co_await blank.seconds_to_close() == 6);
    CHECK(blank.pipe.sent() == "");
  });
}

TEST_CASE("a head has one deadline, however often a byte comes") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    int seconds = 0;
    for (; !client.pipe.is_closing() && seconds < 100; ++seconds) {
      client.pipe.feed(std::string(1, kGet[static_cast<std::size_t>(seconds)]));
      co_await client.wait_a_second();
    }
    CHECK(seconds == 10);
    CHECK(client.pipe.sent().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    CHECK(client.pipe.sent().contains("connection: close\r\n"));
  });
}

TEST_CASE("an idle connection is closed after its keep-alive, which blank lines do not extend") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    co_await client.wait(4);
    client.pipe.feed(kGet);
    co_await client.wait(4);
    client.pipe.take();
    client.pipe.feed("\r\n");
    CHECK(co_await client.seconds_to_close() == 1);
    CHECK(client.pipe.sent() == "");
  });
}

TEST_CASE("a second head has its own deadline") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(kGet);
    co_await client.wait(4);
    client.pipe.feed(kGet.substr(0, 9));
    CHECK(co_await client.seconds_to_close() == 10);
    CHECK(client.pipe.sent().contains("HTTP/1.1 408 "));
  });
}

TEST_CASE("a body may not pause for long") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(post("/0", 10));
    co_await client.wait(14);
    client.pipe.feed("x");
    CHECK(co_await client.seconds_to_close() == 15);
    CHECK(client.pipe.sent().starts_with("HTTP/1.1 408 "));
  });
}

TEST_CASE("a body has a deadline in all, which grows with what comes") {
  serve([](Bench& bench) -> Task<> {
    Client trickle(bench);
    trickle.pipe.feed(post("/0", 1000));
    int seconds = 0;
    for (; !trickle.pipe.is_closing() && seconds < 100; ++seconds) {
      trickle.pipe.feed("x");
      co_await trickle.wait_a_second();
    }
    CHECK(seconds == 31);
    CHECK(trickle.pipe.sent().starts_with("HTTP/1.1 408 "));
    Client steady(bench);
    const std::string piece(13000, 'x');
    steady.pipe.feed(post("/0", 60 * piece.size()));
    for (int i = 0; i < 60; ++i) {
      steady.pipe.feed(piece);
      if (i < 36) co_await steady.wait_a_second();
    }
    co_await steady.wait(1);
    CHECK(steady.pipe.sent() == "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n780000");
  });
}

TEST_CASE("a body's time stands still while its handler does not read") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(post("/60", 100000));
    client.pipe.feed(std::string(70000, 'x'));
    co_await client.wait(61);
    CHECK_FALSE(client.pipe.is_closing());
    client.pipe.feed(std::string(30000, 'x'));
    co_await client.wait(1);
    CHECK(client.pipe.sent().ends_with("100000"));
  });
}

TEST_CASE("a body has no more time behind a pause of its handler than before it") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(post("/60", 100000));
    co_await client.wait(10);
    client.pipe.feed("x");
    co_await client.wait(10);
    client.pipe.feed(std::string(70000, 'x'));  // more than waits for a handler: 11 s are left
    co_await client.wait(40);
    int seconds = 0;
    for (; !client.pipe.is_closing() && seconds < 100; ++seconds) {
      client.pipe.feed("x");
      co_await client.wait_a_second();
    }
    CHECK(seconds == 12);
    CHECK(client.pipe.sent().starts_with("HTTP/1.1 408 "));
  });
}

TEST_CASE("when the server stops, who asks for nothing has the grace alone") {
  Config config;
  config.timeout_headers = config.timeout_keep_alive = 50s;
  serve(
      [](Bench& bench) -> Task<> {
        for (const std::string& before : {std::string(), kGet}) {
          for (const std::string blank : {"", "\r\n"}) {
            CAPTURE(before + blank);
            Client client(bench);
            client.pipe.feed(before);
            co_await client.wait(1);
            client.pipe.feed(blank);
            static_cast<HttpProtocol*>(client.pipe.protocol())->shutdown(1s);
            CHECK(co_await client.seconds_to_close() == 1);
          }
        }
        Client begun(bench);
        begun.pipe.feed(kGet.substr(0, 4));
        static_cast<HttpProtocol*>(begun.pipe.protocol())->shutdown(1s);
        CHECK(co_await begun.seconds_to_close() == 50);
      },
      config);
}

TEST_CASE("who waits for 100 Continue is not late") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(post("/40", 2, "expect: 100-continue\r\n"));
    co_await client.wait(41);
    CHECK(client.pipe.take() == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(co_await client.seconds_to_close() == 14);
    CHECK(client.pipe.sent().starts_with("HTTP/1.1 408 "));
  });
}

TEST_CASE("a body that comes late behind its answer ends the connection without another") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(post("/0?early", 10));
    co_await client.wait(1);
    const std::string answer = client.pipe.sent();
    CHECK(co_await client.seconds_to_close() == 14);
    CHECK(client.pipe.sent() == answer);
  });
}

TEST_CASE("a handler has no deadline unless one is asked for") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("GET /500 HTTP/1.1\r\nhost: x\r\n\r\n");
    co_await client.wait(502);
    CHECK(client.pipe.sent().starts_with("HTTP/1.1 200 OK\r\n"));
  });
}

TEST_CASE("a handler that does not begin its answer in time is cancelled and answered for") {
  Config config;
  config.timeout_handler = 3s;
  serve(
      [](Bench& bench) -> Task<> {
        Client late(bench);
        late.pipe.feed(post("/9", 0));
        CHECK(co_await late.seconds_to_close() == 3);
        CHECK(late.pipe.sent().starts_with("HTTP/1.1 504 Gateway Timeout\r\n"));
        CHECK(late.pipe.sent().ends_with("\r\n\r\nGateway Timeout"));
        CHECK(bench.app.trace == "cancelled ");
        Client streams(bench);
        streams.pipe.feed("GET /9?early HTTP/1.1\r\nhost: x\r\n\r\n");
        co_await streams.wait(10);
        CHECK(streams.pipe.sent().ends_with("\r\n0\r\n\r\n"));
        Client uploads(bench);
        uploads.pipe.feed(post("/2", 2));
        co_await uploads.wait(6);
        uploads.pipe.feed("hi");
        co_await uploads.wait(1);
        CHECK(uploads.pipe.sent().ends_with("\r\n\r\n2"));
      },
      config);
}

TEST_CASE("who leaves an answer unread is cut, and who reads slowly is not") {
  serve([](Bench& bench) -> Task<> {
    Client unread(bench);
    unread.pipe.feed("GET /500 HTTP/1.1\r\nhost: x\r\n\r\n");
    unread.pipe.block(bench.loop.time());
    CHECK(co_await unread.seconds_to_close() == 30);
    CHECK(unread.pipe.aborted());
    for (const int rate : {100, 300}) {
      Client slow(bench);
      slow.pipe.feed("GET /500 HTTP/1.1\r\nhost: x\r\n\r\n");
      const TimePoint since = bench.loop.time();
      int seconds = 0;
      for (; seconds < 90 && !slow.pipe.is_closing(); ++seconds) {
        slow.pipe.block(since, static_cast<std::uint64_t>(seconds * rate));
        co_await slow.wait_a_second();
      }
      CHECK(seconds == (rate == 100 ? 30 : 90));
    }
  });
}

TEST_CASE("who leaves the last answer unread is cut, too") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("GET /0 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    for (int i = 0; i < 5 && !client.pipe.is_closing(); ++i) co_await sleep(0s);
    // As a socket whose kernel takes nothing: closing, and not lost.
    REQUIRE(client.pipe.protocol());
    auto& connection = static_cast<HttpProtocol&>(*client.pipe.protocol());
    const TimePoint since = bench.loop.time();
    client.pipe.block(since);
    connection.check_deadline(since + 1s);
    connection.check_deadline(since + 29s);
    CHECK_FALSE(client.pipe.aborted());
    connection.check_deadline(since + 30s);
    CHECK(client.pipe.aborted());
    co_await sleep(0s);
  });
}
