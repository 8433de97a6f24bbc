// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <capricorn/loop/address.hpp>
#include <capricorn/loop/listener.hpp>
#include <capricorn/loop/log.hpp>

#include <scenario.hpp>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

Socket listen_somewhere() { return listen_on(getaddrinfo_blocking("127.0.0.1", "0").at(0), {}); }

/// Complete when this returns: the kernel does that, whoever accepts it.
Socket connect_to(const SocketAddress& address) {
  Socket socket(::socket(AF_INET, SOCK_STREAM, 0));
  REQUIRE(::connect(socket.fd(), address.data(), address.size()) == 0);
  return socket;
}

#ifdef __linux__
/// For so long the process may open no more than it has open.
struct NoDescriptors {
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit none = before;
    none.rlim_cur = 0;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before); }
  rlimit before{};
};

/// 0 where it is connected, or why it is not; EINPROGRESS where nobody answers.
int try_to_connect(const SocketAddress& address) {
  const Socket socket(::socket(address.family(), SOCK_STREAM, 0));
  const timeval patience{.tv_sec = 0, .tv_usec = 50'000};
  REQUIRE(::setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0);
  return ::connect(socket.fd(), address.data(), address.size()) == 0 ? 0 : errno;
}
#endif

}  // namespace

TEST_CASE("who waits pass after pass is accepted in ever larger lots, up to the backlog") {
  run([]() -> Task<> {
    constexpr int kBacklog = 6;
    constexpr std::size_t kClients = 20;
    std::vector<Socket> accepted;
    Listener listener(get_running_loop(), listen_somewhere(), kBacklog, "",
                      [&](Socket connection, const SocketAddress&) {
                        accepted.push_back(std::move(connection));
                      });
    std::vector<Socket> clients;
    for (std::size_t i = 0; i < kClients; ++i) clients.push_back(connect_to(listener.address()));
    listener.start();
    std::vector<std::size_t> lots;
    while (accepted.size() < kClients) {
      const std::size_t before = accepted.size();
      co_await passes(1);
      if (accepted.size() > before) lots.push_back(accepted.size() - before);
    }
    CHECK(lots == std::vector<std::size_t>{1, 2, 4, 6, 6, 1});
    // Nobody came for a while: one by one again.
    co_await passes(2);
    for (int i = 0; i < 2; ++i) clients.push_back(connect_to(listener.address()));
    const std::size_t before = accepted.size();
    while (accepted.size() == before) co_await passes(1);
    CHECK(accepted.size() == before + 1);
    while (accepted.size() == before + 1) co_await passes(1);
    listener.close();
  }());
}

TEST_CASE("what cannot be accepted now nor later does not hold the loop up") {
  // 1. A policy (seccomp, SELinux) refuses accept; here it is a socket that has none.
  // 2. The listener took that for one connection's error, and tried the next, for ever.
  int said = 0;
  static int* told;
  told = &said;
  const LogSink before = set_log_sink([](LogLevel, std::string_view line) noexcept {
    *told += line.starts_with("cannot accept connections for a second: ");
  });
  run([]() -> Task<> {
    Socket socket = open_socket(AF_INET, SOCK_DGRAM);
    const SocketAddress any = getaddrinfo_blocking("127.0.0.1", "0").at(0);
    REQUIRE(::bind(socket.fd(), any.data(), any.size()) == 0);
    const SocketAddress address = SocketAddress::of_local(socket.fd());
    REQUIRE(::sendto(socket.fd(), "x", 1, 0, address.data(), address.size()) == 1);
    Listener listener(get_running_loop(), std::move(socket), 10, "",
                      [](Socket, const SocketAddress&) {});
    listener.start();
    co_await passes(3);
    listener.close();
  }());
  set_log_sink(before);
  CHECK(said == 1);
}

TEST_CASE("a backlog of none is one of one") {
  run([]() -> Task<> {
    int accepted = 0;
    Listener listener(get_running_loop(), listen_somewhere(), 0, "",
                      [&](Socket, const SocketAddress&) { ++accepted; });
    const Socket clients[] = {connect_to(listener.address()), connect_to(listener.address()),
                              connect_to(listener.address())};
    listener.start();
    co_await passes(5);
    CHECK(accepted == 3);
    listener.close();
  }());
}

#ifdef __linux__
TEST_CASE("who has turned new clients away still accepts those that wait") {
  const SocketAddress path = SocketAddress::of_path(std::string("\0turned-away", 12));
  Socket local = open_socket(AF_UNIX, SOCK_STREAM);
  REQUIRE(::bind(local.fd(), path.data(), path.size()) == 0);
  REQUIRE(::listen(local.fd(), 10) == 0);
  const Socket sockets[] = {listen_somewhere(), std::move(local)};
  for (const Socket& listening : sockets) {
    const SocketAddress address = SocketAddress::of_local(listening.fd());
    REQUIRE(try_to_connect(address) == 0);
    turn_away(listening.fd());
    // Over TCP nobody answers; a moment later the socket is closed, and the next attempt refused.
    CHECK(try_to_connect(address) == (address.family() == AF_UNIX ? ECONNREFUSED : EINPROGRESS));
    SocketAddress peer;
    CHECK(accept_socket(listening.fd(), peer));
    CHECK_FALSE(accept_socket(listening.fd(), peer));
  }
}

TEST_CASE("a listener that is closed for good begins with those who waited, and with nobody else") {
  run([]() -> Task<> {
    SocketAddress address;
    std::vector<int> later;
    Listener listener(
        get_running_loop(), listen_somewhere(), 10, "",
        [&](Socket, const SocketAddress&) { later.push_back(try_to_connect(address)); });
    address = listener.address();
    const Socket first = connect_to(address);
    const Socket second = connect_to(address);
    CHECK(listener.drain_and_close(true));
    CHECK(later == std::vector<int>{ECONNREFUSED, ECONNREFUSED});
    co_return;
  }());
}

TEST_CASE("who waits while there is no descriptor is not reset by a listener that closes") {
  run([]() -> Task<> {
    int accepted = 0;
    Listener listener(get_running_loop(), listen_somewhere(), 10, "",
                      [&](Socket, const SocketAddress&) { ++accepted; });
    const Socket first = connect_to(listener.address());
    const Socket second = connect_to(listener.address());
    {
      const NoDescriptors none;
      CHECK_FALSE(listener.drain_and_close(true));
      CHECK_FALSE(listener.drain_and_close(true));
    }
    CHECK(accepted == 0);
    CHECK(listener.drain_and_close(true));
    CHECK(accepted == 2);
    CHECK(listener.drain_and_close(true));
    co_return;
  }());
}

TEST_CASE("a socket that others go on with takes clients behind its listener") {
  run([]() -> Task<> {
    Socket shared = listen_somewhere();
    const SocketAddress address = SocketAddress::of_local(shared.fd());
    Listener listener(get_running_loop(), Socket(::dup(shared.fd())), 10, "",
                      [](Socket, const SocketAddress&) {});
    CHECK(listener.drain_and_close(false));
    const Socket client = connect_to(address);
    SocketAddress peer;
    CHECK(accept_socket(shared.fd(), peer));
    co_return;
  }());
}
#endif
