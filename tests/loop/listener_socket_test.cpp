// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <capricorn/loop/address.hpp>
#include <capricorn/loop/listener.hpp>

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
