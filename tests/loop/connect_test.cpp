// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <capricorn/loop/connect.hpp>
#include <capricorn/loop/open_connection.hpp>

#include <scenario.hpp>
#include <string>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

SocketAddress address(const char* host, int port = 80) {
  return getaddrinfo_blocking(host, std::to_string(port), {.flags = AI_NUMERICHOST}).front();
}

std::string hosts(const std::vector<SocketAddress>& addresses) {
  std::string all;
  for (const SocketAddress& each : addresses) all += each.host() + " ";
  return all;
}

/// Listens, and accepts nobody.
struct Listening {
  explicit Listening(int backlog) : socket(open_socket(AF_INET, SOCK_STREAM)) {
    const SocketAddress any = address("127.0.0.1", 0);
    REQUIRE(::bind(socket.fd(), any.data(), any.size()) == 0);
    REQUIRE(::listen(socket.fd(), backlog) == 0);
    where = SocketAddress::of_local(socket.fd());
  }
  Socket socket;
  SocketAddress where;
};

/// Its queue is full, so that whoever connects waits for an answer.
struct Silent : Listening {
  Silent() : Listening(0) {
    for (int i = 0; i < 8; ++i) {
      filling.push_back(open_socket(AF_INET, SOCK_STREAM));
      static_cast<void>(::connect(filling.back().fd(), where.data(), where.size()));
    }
  }
  std::vector<Socket> filling;
};

SocketAddress refusing() {
  const Listening gone(1);
  return gone.where;
}

Task<std::string> peer_of(Task<Socket> connecting) {
  try {
    const Socket socket = co_await std::move(connecting);
    co_return SocketAddress::of_peer(socket.fd()).text();
  } catch (const std::system_error& e) {
    co_return e.what();
  }
}

}  // namespace

TEST_CASE("interleaving takes one address of each family in turn") {
  const std::vector<SocketAddress> all{address("::1"), address("::2"), address("::3"),
                                       address("10.0.0.1"), address("10.0.0.2")};
  CHECK(hosts(interleaved(all, 1)) == "::1 10.0.0.1 ::2 10.0.0.2 ::3 ");
  CHECK(hosts(interleaved(all, 2)) == "::1 ::2 10.0.0.1 ::3 10.0.0.2 ");
  CHECK(hosts(interleaved(all, 9)) == "::1 ::2 ::3 10.0.0.1 10.0.0.2 ");
  CHECK(interleaved({}, 1).empty());
}

TEST_CASE(
    "happy eyeballs: an address that does not answer holds the next one up for the delay only") {
  run([]() -> Task<> {
    const Silent silent;
    const Listening there(8);
    const TimePoint begin = get_running_loop().time();
    CHECK(co_await peer_of(connect_any({silent.where, there.where}, {.happy_eyeballs_delay = 20ms},
                                       "x")) == there.where.text());
    CHECK(get_running_loop().time() - begin >= 20ms);
    co_await passes(3);
    CHECK(all_tasks().size() == 1);  // the attempt that lost has ended
  }());
}

TEST_CASE("happy eyeballs: an address that refuses holds nobody up, and the first to answer wins") {
  run([]() -> Task<> {
    const Silent silent;
    const Listening first(8), second(8);
    CHECK(co_await peer_of(
              connect_any({refusing(), silent.where, refusing(), first.where, second.where},
                          {.happy_eyeballs_delay = 1ms}, "x")) == first.where.text());
    CHECK(co_await peer_of(connect_any({refusing(), first.where}, {.happy_eyeballs_delay = 1h},
                                       "x")) == first.where.text());
  }());
}

TEST_CASE("happy eyeballs: where all refuse, the error says so") {
  run([]() -> Task<> {
    CHECK(co_await peer_of(connect_any({refusing(), refusing()}, {.happy_eyeballs_delay = 1ms},
                                       "example port 1")) ==
          "cannot connect to example port 1: Connection refused");
  }());
}

TEST_CASE("happy eyeballs: cancelled, it leaves no attempt behind") {
  run([]() -> Task<> {
    const Silent silent;
    auto racing = create_task(
        peer_of(connect_any({silent.where, silent.where}, {.happy_eyeballs_delay = 1ms}, "x")));
    co_await sleep(5ms);
    CHECK(all_tasks().size() == 4);
    racing.cancel();
    co_await passes(3);
    CHECK(racing.cancelled());
    CHECK(all_tasks().size() == 1);
  }());
}

TEST_CASE("without a delay the addresses are tried one after the other") {
  run([]() -> Task<> {
    const Listening there(8);
    CHECK(co_await peer_of(connect_any({refusing(), there.where}, {}, "x")) == there.where.text());
    Stream stream =
        co_await open_connection("127.0.0.1", there.where.port(), {.happy_eyeballs_delay = 250ms});
    CHECK(stream.peer() == there.where);
  }());
}

TEST_CASE("the loop's own getaddrinfo") {
  run([]() -> Task<> {
    Loop& loop = get_running_loop();
    CHECK((co_await loop.getaddrinfo("127.0.0.1", "80")).front().text() == "127.0.0.1:80");
    CHECK((co_await loop.getaddrinfo("::1", "80", {.family = AF_INET6})).front().text() ==
          "[::1]:80");
  }());
}
