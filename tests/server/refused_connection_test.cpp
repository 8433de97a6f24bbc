// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <capricorn/loop/address.hpp>
#include <capricorn/loop/listener.hpp>
#include <capricorn/loop/socket.hpp>
#include <protocol_bench.hpp>
#include <wrapped_selector.hpp>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// As a system whose user watches as many descriptors as he may.
class Full final : public WrappedSelector {
 public:
  explicit Full(const bool& full) : full_(full) {}
  void register_(IoWatcher& watcher, std::uint8_t events) override {
    if (full_) throw std::system_error(ENOSPC, std::generic_category(), "epoll_ctl");
    WrappedSelector::register_(watcher, events);
  }

 private:
  const bool& full_;
};

int said = 0;

/// The server's end of a new connection; the other one is `client`.
Socket connect(Socket& client) {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  client = Socket(ends[1]);
  return Socket(ends[0]);
}

}  // namespace

TEST_CASE("a connection that the system does not let us watch is closed, and no other") {
  said = 0;
  const LogSink before = set_log_sink([](LogLevel, std::string_view line) noexcept {
    said += line.starts_with("Cannot serve a connection: epoll_ctl: ");
  });
  bool full = false;
  Config config = quiet();
  Behaviours app;
  Loop loop(std::make_unique<Full>(full));
  for (const bool proxied : {false, true}) {
    config.proxy_protocol = proxied;
    config.forwarded_allow_ips = {"*"};
    HttpServer server(app, config, loop);
    Socket served;
    Socket refused;
    full = false;
    server.accepted(connect(served), {});
    full = true;
    server.accepted(connect(refused), {});
    char byte = 0;
    CHECK(::recv(refused.fd(), &byte, 1, 0) == 0);
    CHECK(::recv(served.fd(), &byte, 1, 0) == -1);
    CHECK(errno == EAGAIN);
    served = Socket();
    loop.run_until_complete(passes());
  }
  CHECK(said == 2);
  set_log_sink(before);
}

namespace {

/// Remembers whom it was told of.
struct Rememberer final : Application {
  std::string who;
  Task<> operator()(Scope& scope, Receive&, Send& send) override {
    who = std::string(scope.client_host) + " " + std::string(scope.scheme);
    const Headers none;
    co_await send(WholeResponse{200, none, "ok"});
  }
};

/// A connection whose client sent this and reset it before it is accepted.
Socket connection_of_one_who_left(std::string_view request, SocketAddress& peer) {
  const std::vector<SocketAddress> local = getaddrinfo_blocking("127.0.0.1", "0");
  const Socket listening = listen_on(local.at(0), {});
  const SocketAddress address = SocketAddress::of_local(listening.fd());
  {
    const Socket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(client.fd(), address.data(), address.size()) == 0);
    REQUIRE(::send(client.fd(), request.data(), request.size(), 0) > 0);
    const ::linger reset{.l_onoff = 1, .l_linger = 0};
    REQUIRE(::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
  }
  return accept_socket(listening.fd(), peer);
}

}  // namespace

// 1. A client sent a request and reset its connection, before the server came to accept it.
// 2. The system told no address of it any more, and so no port, as of a Unix socket.
// 3. Those are trusted by default: the request was from whomever its X-Forwarded-For said.
TEST_CASE("a client that has left before its address is asked for is no trusted proxy") {
  Config config = quiet();
  config.forwarded_allow_ips = {"192.0.2.1", "unix"};
  Rememberer app;
  Loop loop;
  HttpServer server(app, config, loop);
  SocketAddress peer;
  Socket connection = connection_of_one_who_left(
      "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n"
      "x-forwarded-for: 203.0.113.9\r\nx-forwarded-proto: https\r\n\r\n",
      peer);
  if (!connection) return;  // not every system tells of such a one
  server.accepted(std::move(connection), peer);
  loop.run_until_complete(passes());
  CHECK((app.who == " http" || app.who == "127.0.0.1 http" || app.who.empty()));
  shut_down(loop);
}

// 1. Descriptors had run out, and the listener waited for a second.
// 2. The system then refused to watch it again, for want of memory.
// 3. Nobody tried again: the server never accepted another connection.
TEST_CASE("a listener that cannot be watched again is tried until it can") {
  const LogSink before = set_log_sink([](LogLevel, std::string_view) noexcept {});
  bool full = false;
  TestLoop loop(std::make_unique<Full>(full));
  int accepted = 0;
  Socket listening = listen_on(getaddrinfo_blocking("127.0.0.1", "0").at(0), {});
  const int fd = listening.fd();
  const Socket kept(::dup(fd));
  Listener listener(loop, std::move(listening), 8, "",
                    [&accepted](Socket, const SocketAddress&) { ++accepted; });
  const Socket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketAddress& address = listener.address();
  REQUIRE(::connect(client.fd(), address.data(), address.size()) == 0);
  // It fails as without descriptors, of which sanitizers need some: in the place of the socket
  // stands what has something to read, and is none.
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const Socket reading(ends[0]), writing(ends[1]);
  REQUIRE(::write(writing.fd(), "x", 1) == 1);
  REQUIRE(::dup2(reading.fd(), fd) == fd);
  listener.start();
  loop.run_until_complete(passes());
  REQUIRE(::dup2(kept.fd(), fd) == fd);
  CHECK(accepted == 0);
  full = true;
  loop.advance(3s);
  CHECK(accepted == 0);
  full = false;
  loop.advance(1s);
  loop.run_until_complete(passes());
  CHECK(accepted == 1);
  listener.close();
  set_log_sink(before);
}
