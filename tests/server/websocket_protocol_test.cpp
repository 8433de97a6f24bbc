// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/http/websocket_deflate.hpp>
#include <capricorn/loop/ensure_future.hpp>
#include <capricorn/loop/log.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/server/connection.hpp>
#include <capricorn/server/http_protocol.hpp>
#include <capricorn/server/server.hpp>
#include <websocket_bench.hpp>
#include <websocket_bytes.hpp>

#include <stdexcept>
#include <string>
#include <variant>

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;

namespace {

/// Each path is one way to behave; what it sees is traced.
struct Behaviours final : Application {
  std::string trace;
  int sends_begun = 0;

  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    const std::string path(scope.path);
    const Headers none;
    if (scope.type == Scope::Type::kHttp) {
      co_await send(WholeResponse{200, none, path});
      co_return;
    }
    trace += std::string(scope.scheme) + " " + path + " ";
    if (path == "/late") co_await passes(10);
    if (path == "/throw") throw std::runtime_error("thrown");
    if (path == "/nothing") co_return;
    if (path == "/refuse") {
      co_await send(WebSocketClose{1008});
      co_await follow(receive, nullptr);
      co_return;
    }
    if (path == "/deny") {
      const Headers denial{{"www-authenticate", "Basic"}};
      co_await send(WholeResponse{401, denial, "who?"});
      co_await follow(receive, nullptr);
      co_return;
    }
    if (path == "/wait-unaccepted") {
      co_await follow(receive, nullptr);
      co_return;
    }
    if (path == "/small") scope.max_message = 8;
    const Headers extra{{"x-extra", "1"}};
    co_await send(WebSocketAccept{"chat", path == "/headers" ? extra : none});
    if (path == "/throw-open") throw std::runtime_error("thrown");
    if (path == "/return") co_return;
    if (path == "/close") {
      co_await send(WebSocketClose{3001, "enough"});
      co_await follow(receive, nullptr);
      co_return;
    }
    if (path == "/busy") co_await passes(10);
    if (path == "/push") {
      static_cast<void>(co_await receive());
      for (int i = 0; i < 3; ++i) {
        ++sends_begun;
        co_await send(WebSocketSend{"pushed", true});
      }
    }
    co_await follow(receive, path == "/mute" ? nullptr : &send);
    if (path == "/after") {
      try {
        co_await send(WebSocketSend{"late"});
      } catch (const WebSocketDisconnect& end) {
        trace += "thrown " + std::to_string(end.code) + " ";
      }
    }
  }

  /// Until the end; what comes is sent back, or traced where there is no `send`.
  Task<> follow(Receive& receive, Send* send) {
    while (true) {
      const ReceiveEvent event = co_await receive();
      if (const auto* message = std::get_if<WebSocketReceive>(&event)) {
        if (!send) trace += "got " + std::string(message->data) + " ";
        if (send) co_await (*send)(WebSocketSend{message->data, message->text});
      } else if (const auto* end = std::get_if<WebSocketDisconnect>(&event)) {
        trace += "end " + std::to_string(end->code) + " " + end->reason;
        co_return;
      }
    }
  }
};

using Bench = WebSocketBench<Behaviours>;

void serve(Task<> (*body)(Bench&), const Config& config = quiet_config()) {
  serve_websockets<Behaviours>(body, config);
}

}  // namespace

TEST_CASE("a handshake is accepted, and messages are echoed") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/echo");
    CHECK(client.answer == kAccepted + "\r\n");
    client.pipe.feed(text_frame("hello") + frame(0x02, "by") + frame(0x80, "tes"));
    co_await passes(1);
    CHECK(client.pipe.take() == server_frame(0x81, "hello") + server_frame(0x82, "bytes"));
    client.pipe.feed(close_frame(1000, "bye"));
    co_await passes();
    CHECK(client.pipe.sent() == server_close(1000));
    CHECK(client.pipe.closed());
    CHECK(bench.app.trace == "ws /echo end 1000 bye");
  });
}

TEST_CASE("a connection that is handed over has no deadline of a handler any more") {
  Config config = quiet_config();
  config.timeout_handler = 1s;
  const auto body = [](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    Connection& before = client.connection();
    client.pipe.feed(handshake("/echo"));
    while (&client.connection() == &before) co_await passes(1);
    before.check_deadline(bench.loop.cached_time() + 5s);
    co_await passes();
    client.pipe.feed(text_frame("hello"));
    CHECK(client.pipe.take() == kAccepted + "\r\n" + server_frame(0x81, "hello"));
  };
  serve(body, config);
}

TEST_CASE("an echo needs no second pass of the loop") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/echo");
    client.pipe.feed(text_frame("at once"));
    CHECK(client.pipe.sent() == server_frame(0x81, "at once"));
  });
}

TEST_CASE("the same bytes whole, byte by byte and split at every position") {
  serve([](Bench& bench) -> Task<> {
    const std::string request = handshake("/echo") + text_frame("hello") + frame(0x89, "ping") +
                                frame(0x02, "by") + frame(0x80, "tes") + close_frame(1001);
    const std::string answer = kAccepted + "\r\n" + server_frame(0x81, "hello") +
                               server_frame(0x8a, "ping") + server_frame(0x82, "bytes") +
                               server_close(1001);
    for (std::size_t split = 0; split <= request.size(); ++split) {
      WebSocketClient client(bench);
      client.pipe.feed(request.substr(0, split));
      co_await passes(3);
      client.pipe.feed(request.substr(split));
      co_await passes(4);
      INFO("split at ", split);
      CHECK(client.pipe.sent() == answer);
      CHECK(client.pipe.closed());
    }
    WebSocketClient client(bench);
    for (const char c : request) {
      client.pipe.feed({&c, 1});
      co_await sleep(0s);
    }
    co_await passes();
    CHECK(client.pipe.sent() == answer);
  });
}

TEST_CASE("what comes behind a handshake that is answered late is not lost") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    client.pipe.feed(handshake("/late") + text_frame("early"));
    co_await passes();
    CHECK(client.pipe.sent() == "");
    client.pipe.feed(text_frame("second"));
    co_await passes(20);
    CHECK(client.pipe.sent() ==
          kAccepted + "\r\n" + server_frame(0x81, "early") + server_frame(0x81, "second"));
  });
}

TEST_CASE("only a subprotocol that was offered is sent") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient offers(bench);
    co_await offers.open("/echo", "sec-websocket-protocol: v2, chat\r\n");
    CHECK(offers.answer == kAccepted + "sec-websocket-protocol: chat\r\n\r\n");
    WebSocketClient other(bench);
    co_await other.open("/echo", "sec-websocket-protocol: v2\r\n");
    CHECK(other.answer == kAccepted + "\r\n");
    WebSocketClient headers(bench);
    co_await headers.open("/headers");
    CHECK(headers.answer == kAccepted + "x-extra: 1\r\n\r\n");
  });
}

TEST_CASE("a bad handshake gets a complete answer") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient version(bench);
    version.pipe.feed(
        "GET /echo HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 12\r\n\r\n");
    co_await passes();
    CHECK(version.pipe.sent() ==
          "HTTP/1.1 426 Upgrade Required\r\ncontent-type: text/plain; charset=utf-8\r\n"
          "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
          "content-length: 33\r\nconnection: close\r\n\r\nThe WebSocket version must be 13.");
    CHECK(version.pipe.closed());
    WebSocketClient key(bench);
    key.pipe.feed(
        "GET /echo HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
        "sec-websocket-key: short\r\nsec-websocket-version: 13\r\n\r\n");
    co_await passes();
    CHECK(key.pipe.sent().starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(key.pipe.closed());
    CHECK(bench.app.trace == "");
  });
}

TEST_CASE("an upgrade that is not taken leaves the connection in step") {
  serve([](Bench& bench) -> Task<> {
    const std::string next = "GET /next HTTP/1.1\r\nhost: x\r\n\r\n";
    const std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n/next";
    const std::string h2c = "GET /a HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: h2c\r\n";
    const std::string post =
        "POST /a HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
        "content-length: 2\r\n\r\nhi";
    for (const std::string& first : {h2c + "\r\n", post}) {
      WebSocketClient client(bench);
      client.pipe.feed(first + next);
      co_await passes();
      CHECK(client.pipe.sent() == "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n/a" + answer);
    }
    for (const std::string path : {"/refuse", "/deny"}) {
      WebSocketClient client(bench);
      client.pipe.feed(handshake(path) + next);
      co_await passes();
      const std::string first =
          path == "/refuse"
              ? "HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain; charset=utf-8\r\n"
                "content-length: 9\r\n\r\nForbidden"
              : "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic\r\ncontent-length: "
                "4\r\n\r\nwho?";
      CHECK(client.pipe.sent() == first + answer);
    }
    CHECK(bench.app.trace == "ws /refuse end 1006 ws /deny end 1006 ");
  });
}

TEST_CASE("with --ws none no handshake is taken") {
  Config config = quiet_config();
  config.ws = "none";
  serve(
      [](Bench& bench) -> Task<> {
        WebSocketClient client(bench);
        co_await client.open("/a");
        CHECK(client.answer == "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n/a");
      },
      config);
}

TEST_CASE("an application that fails before it accepts is a 500") {
  serve([](Bench& bench) -> Task<> {
    for (const char* path : {"/throw", "/nothing"}) {
      WebSocketClient client(bench);
      co_await client.open(path);
      CHECK(client.answer.starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
      CHECK(client.pipe.closed());
    }
  });
}

TEST_CASE("an application that fails later closes with 1011, one that returns with 1000") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient fails(bench);
    co_await fails.open("/throw-open");
    CHECK(fails.answer == kAccepted + "\r\n" + server_close(1011, "Internal server error"));
    CHECK_FALSE(fails.pipe.closed());
    fails.pipe.feed(text_frame("ignored") + close_frame(1011));
    co_await passes();
    CHECK(fails.pipe.sent() == "");
    CHECK(fails.pipe.closed());
    WebSocketClient returns(bench);
    co_await returns.open("/return");
    CHECK(returns.answer == kAccepted + "\r\n" + server_close(1000));
  });
}

TEST_CASE("a close of the application's waits for the client's, but not for ever") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/close");
    CHECK(client.answer == kAccepted + "\r\n" + server_close(3001, "enough"));
    CHECK(bench.app.trace == "ws /close end 3001 enough");
    client.sweep(9s);
    CHECK_FALSE(client.pipe.closed());
    client.sweep(11s);
    CHECK(client.pipe.closed());
    client.sweep(11s);
    CHECK_FALSE(client.pipe.aborted());
    client.sweep(30s);
    CHECK(client.pipe.aborted());
  });
}

TEST_CASE("a client that is gone without a word is 1006, one without a code 1005") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient reset(bench);
    co_await reset.open("/after");
    reset.pipe.lose(std::make_error_code(std::errc::connection_reset));
    co_await passes();
    CHECK(bench.app.trace == "ws /after end 1006 thrown 1006 ");
    bench.app.trace.clear();
    WebSocketClient fin(bench);
    co_await fin.open("/echo");
    fin.pipe.finish();
    co_await passes();
    CHECK(bench.app.trace == "ws /echo end 1006 ");
    CHECK(fin.pipe.closed());
    bench.app.trace.clear();
    WebSocketClient empty(bench);
    co_await empty.open("/after");
    empty.pipe.feed(frame(0x88, ""));
    co_await passes();
    CHECK(empty.pipe.sent() == server_frame(0x88, ""));
    CHECK(bench.app.trace == "ws /after end 1005 thrown 1005 ");
    bench.app.trace.clear();
    WebSocketClient early(bench);
    co_await early.open("/wait-unaccepted");
    early.pipe.lose({});
    co_await passes();
    CHECK(bench.app.trace == "ws /wait-unaccepted end 1006 ");
  });
}

TEST_CASE("what the protocol forbids is closed at once, and the application told") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/echo");
    client.pipe.feed(text_frame("good") + frame(0x83, "bad") + text_frame("never"));
    co_await passes();
    CHECK(client.pipe.sent() == server_frame(0x81, "good") + server_close(1002, "invalid opcode"));
    CHECK(client.pipe.closed());
    CHECK(bench.app.trace == "ws /echo end 1002 invalid opcode");
    WebSocketClient text(bench);
    co_await text.open("/echo");
    text.pipe.feed(text_frame("\xff"));
    co_await passes();
    CHECK(text.pipe.sent() == server_close(1007, "invalid UTF-8"));
    WebSocketClient large(bench);
    co_await large.open("/small");
    large.pipe.feed(text_frame("12345678") + frame_head(0x81, 9));
    co_await passes();
    CHECK(large.pipe.sent() ==
          server_frame(0x81, "12345678") + server_close(1009, "message too big"));
  });
}

TEST_CASE("messages that nobody takes stop the reading, and none is lost") {
  Config config = quiet_config();
  config.ws_max_queue = 4;
  serve(
      [](Bench& bench) -> Task<> {
        WebSocketClient client(bench);
        co_await client.open("/busy");
        std::string expected;
        for (int i = 0; i < 20; ++i) {
          client.pipe.feed(text_frame(std::to_string(i)));
          expected += server_frame(0x81, std::to_string(i));
          if (i == 2) CHECK_FALSE(client.pipe.reading_paused());
          if (i == 3) CHECK(client.pipe.reading_paused());
        }
        co_await passes(40);
        CHECK(client.pipe.sent() == expected);
        CHECK_FALSE(client.pipe.reading_paused());
      },
      config);
}

TEST_CASE("after some messages others have their turn, and none is lost") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/echo");
    std::string sent, expected;
    for (int i = 0; i < 1000; ++i) {
      sent += text_frame(std::to_string(i));
      expected += server_frame(0x81, std::to_string(i));
    }
    client.pipe.feed(sent);
    CHECK(client.pipe.sent().size() < expected.size() / 10);
    client.pipe.finish();
    co_await passes(20);
    CHECK(client.pipe.sent() == expected);
    CHECK(bench.app.trace == "ws /echo end 1006 ");
  });
}

TEST_CASE("sending waits while the client does not read") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/push");
    client.pipe.protocol()->pause_writing();
    client.pipe.feed(text_frame("go"));
    co_await passes();
    CHECK(bench.app.sends_begun == 1);
    CHECK(client.pipe.take() == server_frame(0x81, "pushed"));
    client.pipe.protocol()->resume_writing();
    co_await passes();
    CHECK(bench.app.sends_begun == 3);
    client.pipe.protocol()->pause_writing();
    client.pipe.feed(text_frame("echo"));
    client.pipe.lose({});
    co_await passes();
    CHECK(bench.app.trace == "ws /push end 1006 ");
  });
}

TEST_CASE("a client that does not read costs one pong, and is cut after a while") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/mute");
    client.pipe.protocol()->pause_writing();
    for (int i = 0; i < 100; ++i) client.pipe.feed(frame(0x89, std::to_string(i)));
    CHECK(client.pipe.sent() == "");
    client.pipe.protocol()->resume_writing();
    CHECK(client.pipe.take() == server_frame(0x8a, "99"));
    client.pipe.block(bench.loop.cached_time());
    client.sweep(29s);
    CHECK_FALSE(client.pipe.aborted());
    client.sweep(31s);
    CHECK(client.pipe.aborted());
  });
}

// 1. A large message went to a client on a slow line, who read it all the time.
// 2. It had not read enough for the handler to go on when 30 s were over, and was reset; or it had
//    not come to the ping that stood behind the message, and was closed with 1011.
TEST_CASE("a client that reads slowly is not cut") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/echo");
    const TimePoint begin = bench.loop.cached_time();
    for (int seconds = 1; seconds < 300; ++seconds) {
      client.pipe.block(begin, static_cast<std::uint64_t>(seconds) * 1000);
      client.connection().check_deadline(begin + std::chrono::seconds(seconds));
    }
    CHECK(client.pipe.take() == server_frame(0x89, std::string("\0\0\0\1", 4)));
    client.connection().shutdown(1s);
    for (int seconds = 300; seconds < 400; ++seconds) {
      client.pipe.block(begin, static_cast<std::uint64_t>(seconds) * 1000);
      client.connection().check_deadline(begin + std::chrono::seconds(seconds));
    }
    CHECK(client.pipe.take() == server_close(1012));
    CHECK_FALSE(client.pipe.aborted());
    client.pipe.block(std::nullopt);
    client.sweep(400s);
    CHECK(client.pipe.closed());
    co_await passes();
  });
}

TEST_CASE("a client that answers pings stays, one that does not is closed with 1011") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/echo");
    const std::string first("\0\0\0\1", 4);
    client.sweep(19s);
    CHECK(client.pipe.sent() == "");
    client.sweep(21s);
    CHECK(client.pipe.take() == server_frame(0x89, first));
    client.pipe.feed(frame(0x8a, "other") + frame(0x8a, first));
    client.sweep(42s);
    CHECK(client.pipe.take() == server_frame(0x89, std::string("\0\0\0\2", 4)));
    client.pipe.feed(frame(0x8a, first));
    client.sweep(61s);
    CHECK(client.pipe.sent() == "");
    client.sweep(63s);
    co_await passes();
    CHECK(client.pipe.sent() == server_close(1011, "keepalive ping timeout"));
    CHECK(client.pipe.closed());
    CHECK(bench.app.trace == "ws /echo end 1011 keepalive ping timeout");
  });
}

TEST_CASE("a client that is busy sending a long frame may answer a ping behind it") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/echo");
    client.pipe.feed(frame_head(0x82, 1000) + masked("begun"));
    client.sweep(21s);
    CHECK(client.pipe.take() == server_frame(0x89, std::string("\0\0\0\1", 4)));
    client.pipe.feed("more");
    client.sweep(42s);
    CHECK(client.pipe.sent() == "");
    client.sweep(63s);
    CHECK(client.pipe.sent() == server_close(1011, "keepalive ping timeout"));
    co_await passes();
  });
}

TEST_CASE("at the server's end a websocket is closed with 1012") {
  serve([](Bench& bench) -> Task<> {
    WebSocketClient client(bench);
    co_await client.open("/mute");
    client.pipe.feed(text_frame("first"));
    client.connection().shutdown(1s);
    co_await passes();
    CHECK(client.pipe.take() == server_close(1012));
    CHECK(bench.app.trace == "ws /mute got first end 1012 ");
    client.pipe.feed(close_frame(1012));
    CHECK(client.pipe.sent() == "");
    CHECK(client.pipe.closed());
    WebSocketClient silent(bench);
    co_await silent.open("/mute");
    silent.connection().shutdown(1s);
    silent.sweep(500ms);
    CHECK_FALSE(silent.pipe.closed());
    silent.sweep(2s);
    CHECK(silent.pipe.closed());
  });
}

TEST_CASE("permessage-deflate is agreed on, and used for what is worth it") {
  serve([](Bench& bench) -> Task<> {
    const std::string offer = "sec-websocket-extensions: permessage-deflate\r\n";
    WebSocketClient client(bench);
    co_await client.open("/echo", offer);
    CHECK(client.answer == kAccepted + "sec-websocket-extensions: permessage-deflate\r\n\r\n");
    client.pipe.feed(frame(0xc1, std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7)));
    CHECK(client.pipe.take() == server_frame(0x81, "Hello"));
    client.pipe.feed(text_frame(std::string(1000, 'a')));
    const std::string answer = client.pipe.take();
    CHECK(answer.size() < 40);
    CHECK(answer.starts_with("\xc1"));
    WebSocketInflater inflater(true);
    Buffer out;
    CHECK(inflater.feed(answer.substr(2), out, 2000) == WebSocketInflater::Result::kOk);
    CHECK(inflater.finish(out, 2000) == WebSocketInflater::Result::kOk);
    CHECK(out.view() == std::string(1000, 'a'));
  });
  Config config = quiet_config();
  config.ws_per_message_deflate = false;
  serve(
      [](Bench& bench) -> Task<> {
        WebSocketClient client(bench);
        co_await client.open("/echo", "sec-websocket-extensions: permessage-deflate\r\n");
        CHECK(client.answer == kAccepted + "\r\n");
        client.pipe.feed(frame(0xc1, "x"));
        CHECK(client.pipe.sent() == server_close(1002, "reserved bits must be 0"));
        co_await passes();
      },
      config);
}
