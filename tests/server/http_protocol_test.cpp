// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/task_dump.hpp>
#include <protocol_bench.hpp>

#include <algorithm>
#include <string>
#include <utility>

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// Fed whole, byte by byte, and split in two at every position: always the same answer.
Task<> always_answers(Bench& bench, std::string request, std::string answer) {
  for (std::size_t split = 0; split < request.size(); ++split) {
    Client client(bench);
    client.pipe.feed(request.substr(0, split));
    co_await passes(3);
    client.pipe.feed(request.substr(split));
    co_await passes(3);
    INFO("split at ", split);
    CHECK(client.pipe.sent() == answer);
    CHECK_FALSE(client.pipe.closed());
  }
  Client client(bench);
  for (const char c : request) {
    client.pipe.feed({&c, 1});
    co_await sleep(0s);
  }
  co_await passes();
  CHECK(client.pipe.sent() == answer);
}

}  // namespace

TEST_CASE("a GET gets its answer to the byte, and the connection stays") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(get("/a"));
    co_await passes();
    CHECK(client.pipe.take() == ok("/a"));
    CHECK_FALSE(client.pipe.is_closing());
    client.pipe.feed(get("/b"));
    co_await passes();
    CHECK(client.pipe.sent() == ok("/b"));
  });
}

TEST_CASE("a GET split anywhere gets the same answer") {
  serve([](Bench& bench) -> Task<> { co_await always_answers(bench, get("/a"), ok("/a")); });
}

TEST_CASE("pipelined requests are answered in order, also behind a slow one") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(get("/slow") + get("/b") + get("/c"));
    co_await passes();
    CHECK(client.pipe.sent() == "");
    CHECK(bench.app.trace == "/slow ");
    CHECK(client.pipe.reading_paused());
    co_await sleep(15ms);
    CHECK(client.pipe.sent() == ok("/slow") + ok("/b") + ok("/c"));
    CHECK_FALSE(client.pipe.reading_paused());
  });
}

// 1. An answer was complete, and what waited behind it was to be read in the next pass.
// 2. Nothing waited, but before that pass a part of the next request came, and was parsed.
// 3. Then the parser was given nothing, and forgot where the target, or a name, had begun.
TEST_CASE("a request that begins as the answer before it ends is read whole") {
  const std::string next = get("/next", "name: value\r\n");
  for (std::size_t cut = 1; cut < next.size(); ++cut) {
    CAPTURE(cut);
    serve([&next, cut](Bench& bench) -> Task<> {
      Client client(bench);
      client.pipe.feed(get("/slow"));
      co_await sleep(5ms);
      CHECK(client.pipe.take() == ok("/slow"));
      client.pipe.feed(next.substr(0, cut));
      co_await passes();
      client.pipe.feed(next.substr(cut));
      CHECK(client.pipe.sent() == ok("/next"));
    });
  }
}

TEST_CASE("after some pipelined requests others have their turn") {
  serve([](Bench& bench) -> Task<> {
    const std::string post = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi";
    for (const std::string& request : {get("/a"), post, std::string()}) {
      Client client(bench);
      std::string sent, expected;
      for (int i = 0; i < 1000; ++i) {
        sent += request;
        expected += ok(request == post ? "hi" : "/a");
        if (request.empty()) client.pipe.feed(get("/a"));  // as records of TLS come
      }
      client.pipe.feed(sent);
      CHECK(client.pipe.sent().size() < expected.size() / 10);
      client.pipe.finish();
      co_await passes(20);
      CHECK(client.pipe.sent() == expected);
      CHECK(client.pipe.closed());
    }
  });
}

TEST_CASE("a HEAD is answered without a body") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("HEAD /a HTTP/1.1\r\nhost: x\r\n\r\n");
    co_await passes();
    CHECK(client.pipe.sent() == "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n");
  });
}

TEST_CASE("a body with a length arrives whole however it is cut") {
  serve([](Bench& bench) -> Task<> {
    const std::string request =
        "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 11\r\n\r\nhello world";
    co_await always_answers(bench, request, ok("hello world"));
  });
}

TEST_CASE("a chunked body arrives whole however it is cut") {
  serve([](Bench& bench) -> Task<> {
    const std::string request =
        "POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nt: v\r\n\r\n";
    co_await always_answers(bench, request, ok("hello world"));
  });
}

TEST_CASE("a body nobody read does not disturb the next request") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nGET");
    co_await passes();
    client.pipe.feed(" / HTT" + get("/b"));
    co_await passes();
    CHECK(client.pipe.sent() == ok("/a") + ok("/b"));
  });
}

TEST_CASE("a malformed request gets a whole 400 and the end") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("nonsense\r\n\r\n");
    CHECK(client.pipe.sent() == refusal("400 Bad Request", "Invalid HTTP request received."));
    CHECK(client.pipe.closed());
    co_await passes();
    CHECK(client.pipe.lost());
    CHECK(bench.app.trace == "");
  });
}

TEST_CASE("a body over the limit gets 413 and the end") {
  Config config = quiet();
  config.limits.body_bytes = 4;
  serve(
      [](Bench& bench) -> Task<> {
        Client client(bench);
        client.pipe.feed("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello");
        co_await passes();
        CHECK(client.pipe.sent().starts_with("HTTP/1.1 413 "));
        CHECK(client.pipe.closed());
        Client chunked(bench);
        chunked.pipe.feed(
            "POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\n");
        co_await passes();
        CHECK(chunked.pipe.sent().starts_with("HTTP/1.1 413 "));
        CHECK(chunked.pipe.closed());
      },
      config);
}

TEST_CASE("a route's own limit stands in the server's place") {
  Config config = quiet();
  config.limits.body_bytes = 4;
  serve(
      [](Bench& bench) -> Task<> {
        const std::string head = "POST /large HTTP/1.1\r\nhost: x\r\n";
        const std::string with_length = head + "content-length: 8\r\n\r\n";
        const std::string with_chunks = head + "transfer-encoding: chunked\r\n\r\n8\r\n";
        for (const std::string& start : {with_length, with_chunks}) {
          const std::string end = start == with_length ? "" : "\r\n0\r\n\r\n";
          co_await always_answers(bench, start + "12345678" + end, ok("12345678"));
        }
        Client larger(bench);
        larger.pipe.feed(head + "content-length: 9\r\n\r\n");
        co_await passes();
        CHECK(larger.pipe.sent().starts_with("HTTP/1.1 413 "));
        CHECK(larger.pipe.closed());
      },
      config);
}

TEST_CASE("an answer ahead of a large body nobody reads says that it is the last") {
  Config config = quiet();
  config.limits.body_bytes = 4;
  serve(
      [](Bench& bench) -> Task<> {
        Client client(bench);
        client.pipe.feed("POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n12");
        co_await passes();
        CHECK(client.pipe.sent() == ok("/a", "connection: close\r\n"));
        CHECK(client.pipe.closed());
      },
      config);
}

TEST_CASE("100 Continue is sent only where the handler reads the body") {
  serve([](Bench& bench) -> Task<> {
    const std::string rest =
        " HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
        "content-length: 2\r\n\r\n";
    Client reads(bench);
    reads.pipe.feed("POST /echo" + rest);
    co_await passes();
    CHECK(reads.pipe.take() == "HTTP/1.1 100 Continue\r\n\r\n");
    reads.pipe.feed("hi");
    co_await passes();
    CHECK(reads.pipe.sent() == ok("hi"));
    Client sends_at_once(bench);
    sends_at_once.pipe.feed("POST /reads" + rest + "hi");
    co_await sleep(15ms);
    CHECK(sends_at_once.pipe.sent() == ok("2"));
    Client early(bench);
    early.pipe.feed("POST /early" + rest);
    co_await passes();
    early.pipe.feed("hi");
    co_await passes();
    CHECK(early.pipe.sent() ==
          "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
          "6\r\nearly \r\n2\r\nhi\r\n0\r\n\r\n");
    Client ignores(bench);
    ignores.pipe.feed("POST /a" + rest);
    co_await passes();
    CHECK(ignores.pipe.sent() == ok("/a", "connection: close\r\n"));
    CHECK(ignores.pipe.closed());
  });
}

TEST_CASE("a handler that throws or answers nothing is a 500 and the end") {
  serve([](Bench& bench) -> Task<> {
    for (const char* path : {"/throw", "/nothing"}) {
      Client client(bench);
      client.pipe.feed(get(path));
      co_await passes();
      CHECK(client.pipe.sent() == kFailed);
      CHECK(client.pipe.closed());
    }
  });
}

TEST_CASE("a handler that fails within its answer ends the connection without the last chunk") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(get("/half"));
    co_await passes();
    CHECK(client.pipe.sent() ==
          "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n");
    CHECK(client.pipe.is_closing());
  });
}

TEST_CASE("a client that leaves cancels its GET") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(get("/wait"));
    co_await passes();
    client.pipe.lose(std::make_error_code(std::errc::connection_reset));
    co_await sleep(50ms);
    CHECK(bench.app.trace == "/wait cancelled ");
  });
}

TEST_CASE("a client that leaves does not cancel its POST") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("POST /wait HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
    co_await passes();
    client.pipe.lose(std::make_error_code(std::errc::connection_reset));
    co_await sleep(50ms);
    CHECK(bench.app.trace == "/wait finished ");
    CHECK(client.pipe.sent() == "");
  });
}

TEST_CASE("behind the body receive() waits for the client to leave") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("POST /asks HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi");
    co_await sleep(5ms);
    CHECK(bench.app.trace == "/asks ");
    client.pipe.lose(std::make_error_code(std::errc::connection_reset));
    co_await passes();
    CHECK(bench.app.trace == "/asks told left ");
  });
}

TEST_CASE("a FIN alone is no leaving, unless the route says so") {
  serve([](Bench& bench) -> Task<> {
    for (const std::string path : {"/wait", "/leaves"}) {
      Client client(bench);
      client.pipe.feed("POST " + path + " HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
      client.pipe.finish();
      co_await sleep(5ms);
      CHECK(client.pipe.closed() == (path == "/leaves"));
    }
    co_await sleep(30ms);
    CHECK(bench.app.trace == "/wait /leaves cancelled finished ");
  });
}

TEST_CASE("a FIN that came before the route was known counts within a second") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("POST /leaves-late HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
    client.pipe.finish();
    bench.server.begin();
    co_await sleep(500ms);
    CHECK_FALSE(client.pipe.closed());
    co_await sleep(1s);
    CHECK(client.pipe.closed());
    CHECK(bench.app.trace == "/leaves-late cancelled ");
    bench.server.end();
  });
}

TEST_CASE("who waits for the client to leave hears its FIN, and may answer all the same") {
  serve([](Bench& bench) -> Task<> {
    // 1. The client goes without a reset: there is never more to hear of it than FIN.
    // 2. The application waits for its leaving; the connection would wait with it for ever.
    for (const bool fin_comes_first : {false, true}) {
      Client client(bench);
      client.pipe.feed("POST /asks HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nh");
      co_await passes();
      CHECK(bench.app.trace == "/asks ");
      client.pipe.feed("i");
      if (!fin_comes_first) co_await passes();
      client.pipe.finish();
      co_await passes();
      CHECK(std::exchange(bench.app.trace, "") == "/asks told left ");
      CHECK(client.pipe.sent() == kFailed);
      CHECK(client.pipe.closed());
    }
  });
}

// 1. Further requests waited for this one's answer, and reading was paused for them.
// 2. The client left: its FIN stood behind what nobody read.
TEST_CASE("a FIN is heard behind requests that wait, too") {
  serve([](Bench& bench) -> Task<> {
    for (const std::string path : {"/asks", "/leaves"}) {
      Client client(bench);
      client.pipe.feed("POST " + path + " HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n" +
                       get("/b"));
      co_await passes();
      REQUIRE(client.pipe.reading_paused());
      CHECK(std::exchange(bench.app.trace, "") == path + " ");
      client.pipe.finish();
      co_await passes();
      CHECK(std::exchange(bench.app.trace, "") == (path == "/asks" ? "told left " : "cancelled "));
      CHECK(client.pipe.closed());
    }
  });
}

TEST_CASE("an endless answer to a POST hears that its client left") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("POST /endless HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
    co_await sleep(5ms);
    client.pipe.lose(std::make_error_code(std::errc::connection_reset));
    co_await sleep(5ms);
    CHECK(bench.app.trace == "/endless disconnected ");
  });
}

TEST_CASE("behind a complete answer there is nothing to receive, and nothing to send") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(get("/twice") + get("/b"));
    co_await passes();
    CHECK(client.pipe.sent() == ok("once") + ok("/b"));
    CHECK(bench.app.trace.starts_with("/twice over "));
  });
}

TEST_CASE("a body of any size arrives whole where its handler reads late") {
  serve([](Bench& bench) -> Task<> {
    // 1. What came fills the handler's buffer to the brim, and with it the body is complete.
    // 2. Nothing more comes that could bring the connection to look at the body's end.
    for (const std::size_t size : {65535U, 65536U, 65537U, 131072U, 200000U}) {
      Client client(bench);
      client.pipe.feed("POST /reads HTTP/1.1\r\nhost: x\r\ncontent-length: " +
                       std::to_string(size) + "\r\n\r\n");
      for (std::size_t left = size; left > 0; left -= std::min<std::size_t>(left, 65536)) {
        client.pipe.feed(std::string(std::min<std::size_t>(left, 65536), 'x'));
      }
      co_await sleep(15ms);
      CHECK(client.pipe.sent() == ok(std::to_string(size)));
    }
  });
}

TEST_CASE("a client that lets its answers lie gets no more of them") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.protocol()->pause_writing();
    client.pipe.feed(get("/a") + get("/b"));
    co_await passes();
    CHECK(bench.app.trace == "");
    CHECK(client.pipe.reading_paused());
    client.pipe.protocol()->resume_writing();
    co_await passes();
    CHECK(client.pipe.sent() == ok("/a") + ok("/b"));
    CHECK_FALSE(client.pipe.reading_paused());
  });
}

TEST_CASE("a FIN behind a body that had to wait for its handler does not cut it off") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    const std::string body(300000, 'x');
    client.pipe.feed("POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 300000\r\n\r\n");
    for (std::size_t at = 0; at < body.size(); at += 60000) {
      client.pipe.feed(body.substr(at, 60000));
    }
    CHECK(client.pipe.reading_paused());
    client.pipe.finish();
    co_await sleep(15ms);
    CHECK(client.pipe.sent() == ok("/slow"));
    CHECK(client.pipe.closed());
  });
}

TEST_CASE("a body that turns out bad behind its answer ends the connection in silence") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n");
    co_await passes();
    client.pipe.feed("hi\r\nzzz\r\n");
    co_await passes();
    CHECK(client.pipe.sent() == ok("/a"));
    CHECK(client.pipe.closed());
  });
}

// 1. HTTP/1.0 knows no chunks: an answer without a length ends with its connection.
// 2. A request's body broke off behind the answer's first piece, and the connection was closed.
// 3. The client took the piece for the whole answer.
TEST_CASE("a body that turns out bad within an answer of HTTP/1.0 resets the connection") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("POST /pieces HTTP/1.0\r\ncontent-length: 9\r\n\r\nhi");
    co_await passes(3);
    client.pipe.finish();
    co_await passes();
    CHECK(client.pipe.sent() == "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\none ");
    CHECK(client.pipe.aborted());
  });
}

TEST_CASE("a half-closed client gets its answers and then the end") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(get("/slow") + get("/b"));
    client.pipe.finish();
    co_await sleep(15ms);
    CHECK(client.pipe.sent() == ok("/slow") + ok("/b"));
    CHECK(client.pipe.closed());
  });
}

// 1. An application answered 101, a status that its client had named.
// 2. The proxy between them took the connection for another protocol's from then on.
// 3. The client sent requests that the proxy forbids, and got answers.
TEST_CASE("behind a 101 no request is read") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(get("/switches", "connection: upgrade\r\nupgrade: other\r\n") + get("/b"));
    co_await passes();
    CHECK(client.pipe.sent() == "HTTP/1.1 101 Switching Protocols\r\n\r\n");
    CHECK(client.pipe.closed());
    CHECK(bench.app.trace == "/switches ");
  });
}

TEST_CASE("connection: close is honoured") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed(get("/a", "connection: close\r\n") + get("/b"));
    co_await passes();
    CHECK(client.pipe.sent() == ok("/a", "connection: close\r\n"));
    CHECK(client.pipe.closed());
    CHECK(bench.app.trace == "/a ");
  });
}

TEST_CASE("HTTP/1.0 is closed unless it asks to stay") {
  serve([](Bench& bench) -> Task<> {
    Client plain(bench);
    plain.pipe.feed("GET /a HTTP/1.0\r\n\r\n");
    co_await passes();
    CHECK(plain.pipe.sent() == ok("/a", "connection: close\r\n"));
    CHECK(plain.pipe.closed());
    Client stays(bench);
    stays.pipe.feed("GET /a HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
    co_await passes();
    CHECK(stays.pipe.sent() == ok("/a", "connection: keep-alive\r\n"));
    CHECK_FALSE(stays.pipe.closed());
  });
}

TEST_CASE("a request's task is known by its route until it ends") {
  serve([](Bench& bench) -> Task<> {
    Client slow(bench);
    slow.pipe.feed(get("/slow"));
    CHECK(format_tasks(bench.loop).contains(" for /{speed}, suspended for "));
    co_await sleep(15ms);
    CHECK(slow.pipe.sent() == ok("/slow"));
    CHECK_FALSE(format_tasks(bench.loop).contains("{speed}"));
  });
}

TEST_CASE("an overloaded server answers 503 and recovers") {
  Config config = quiet();
  config.limit_concurrency = 1;
  serve(
      [](Bench& bench) -> Task<> {
        Client slow(bench);
        slow.pipe.feed(get("/slow"));
        Client second(bench);
        second.pipe.feed(get("/b"));
        CHECK(second.pipe.sent() ==
              refusal("503 Service Unavailable", "Service Unavailable", "retry-after: 1\r\n"));
        CHECK(second.pipe.closed());
        co_await sleep(15ms);
        CHECK(slow.pipe.sent() == ok("/slow"));
        Client third(bench);
        third.pipe.feed(get("/c"));
        co_await passes();
        CHECK(third.pipe.sent() == ok("/c"));
      },
      config);
}

// 1. An answer began before the server stopped, so that its head did not say "connection: close".
// 2. It ended while the server stopped, and its connection was idle then.
// 3. The server's end waited for the whole of --timeout-keep-alive.
TEST_CASE("behind an answer that ends during the shutdown a connection stays for the grace") {
  Config config = quiet();
  config.timeout_keep_alive = 1h;
  serve(
      [](Bench& bench) -> Task<> {
        Client silent(bench);
        Client asking(bench);
        Client sending(bench);
        silent.pipe.feed(get("/pieces"));
        asking.pipe.feed(get("/pieces"));
        sending.pipe.feed("POST /pieces HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n12");
        co_await passes();
        bench.server.shutdown_event().set();
        bench.server.begin();
        co_await sleep(500ms);
        CHECK(asking.pipe.take().contains("two"));
        asking.pipe.feed(get("/a"));
        co_await passes();
        CHECK(asking.pipe.sent().contains("connection: close"));
        CHECK(asking.pipe.closed());
        CHECK(sending.pipe.sent().contains("two"));
        CHECK_FALSE(sending.pipe.closed());
        sending.pipe.feed("34");  // the rest of a body that nobody reads
        CHECK(sending.pipe.closed());
        CHECK_FALSE(silent.pipe.is_closing());
        co_await sleep(HttpServer::kQuietGrace);
        CHECK(silent.pipe.sent().contains("two"));
        CHECK(silent.pipe.is_closing());
        bench.server.end();
      },
      config);
}
