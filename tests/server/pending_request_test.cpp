// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <protocol_bench.hpp>

#include <string>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

// 1. A POST's handler goes on when its client has left.
// 2. The connection is gone by then, and the addresses were its own.
TEST_CASE("a handler that outlives its connection still knows whose it was") {
  serve([](Bench& bench) -> Task<> {
    Client client(bench);
    client.pipe.feed("POST /who HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
    co_await passes();
    client.pipe.lose({});
    co_await sleep(10ms);
    CHECK(bench.app.trace == "/who 192.0.2.1 to 192.0.2.2 ");
  });
}

TEST_CASE("a request that broke off leaves nothing to the next connection's") {
  const std::vector<std::string> beginnings = {
      "\r\n",
      "GET /none HTTP/1.1\r\nhos",
      "nonsense\r\n\r\n",
      "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\npart",
      "POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: b",
      get("/wait") + get("/behind"),
  };
  for (const std::string& beginning : beginnings) {
    serve([&beginning](Bench& bench) -> Task<> {
      INFO(beginning);
      {
        Client gone(bench);
        gone.pipe.feed(beginning);
        co_await passes();
        gone.pipe.lose({});
      }
      Client next(bench);
      next.pipe.feed(get("/a"));
      co_await passes();
      CHECK(next.pipe.sent() == ok("/a"));
      CHECK_FALSE(next.pipe.is_closing());
    });
  }
}

TEST_CASE("connections that are busy at once, and by turns, keep apart") {
  serve([](Bench& bench) -> Task<> {
    Client slow(bench);
    Client quick(bench);
    slow.pipe.feed(get("/slow"));
    co_await passes();
    for (int i = 0; i < 3; ++i) {
      quick.pipe.feed(get("/a"));
      co_await passes();
      CHECK(quick.pipe.take() == ok("/a"));
    }
    co_await sleep(10ms);
    CHECK(slow.pipe.take() == ok("/slow"));
    slow.pipe.feed("GET /b HT");
    quick.pipe.feed(get("/c"));
    slow.pipe.feed("TP/1.1\r\nhost: x\r\n\r\n");
    co_await passes();
    CHECK(slow.pipe.take() == ok("/b"));
    CHECK(quick.pipe.take() == ok("/c"));
  });
}
