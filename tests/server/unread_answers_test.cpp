// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <capricorn/loop/socket.hpp>
#include <protocol_bench.hpp>

#include <cstddef>
#include <string>

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
