// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <capricorn/loop/datagram.hpp>
#include <capricorn/loop/loop.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/socket_transport.hpp>
#include <capricorn/loop/timeout.hpp>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>
#include <wrapped_selector.hpp>

using namespace capricorn;
using namespace capricorn::test;
using namespace std::chrono_literals;

namespace {

int sends_that_block = 0;

/// Counts how often the loop is told of room to write.
class CountingSelector final : public WrappedSelector {
 public:
  explicit CountingSelector(int& rooms) : rooms_(rooms) {}
  void select(Duration timeout, std::vector<Event>& events) override {
    const std::size_t before = events.size();
    WrappedSelector::select(timeout, events);
    for (std::size_t i = before; i < events.size(); ++i)
      rooms_ += (events[i].events & kWritable) > 0;
  }

 private:
  int& rooms_;
};

}  // namespace

/// In place of the C library's: loopback takes all that it is given.
extern "C" ssize_t sendto(int fd, const void* bytes, std::size_t size, int flags,
                          const sockaddr* to, socklen_t length) {
  if (sends_that_block > 0 && sends_that_block-- > 0) {
    errno = EAGAIN;
    return -1;
  }
  iovec piece{const_cast<void*>(bytes), size};
  msghdr message{};
  message.msg_name = const_cast<sockaddr*>(to);
  message.msg_namelen = length;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  return ::sendmsg(fd, &message, flags);
}

// 1. Each datagram that leaves is room for another.
// 2. The loop was told of it, and woken, for each that it sent.
TEST_CASE("who sends datagrams is told of room only where one waits for it") {
  int rooms = 0;
  const auto talk = [](int& told) -> Task<> {
    DatagramEndpoint server = co_await open_datagram({.local_host = "127.0.0.1"});
    DatagramEndpoint client =
        co_await open_datagram({.remote_host = "127.0.0.1", .remote_port = server.local().port()});
    for (int i = 0; i < 10; ++i) {
      co_await client.send("here");
      CHECK((co_await server.receive()).data == "here");
      co_await sleep(1ms);
    }
    CHECK(told == 0);
    for (int i = 1; i < 4; ++i) {
      sends_that_block = 2;
      auto first = create_task(client.send("one"));
      auto second = create_task(client.send("two"));
      CHECK((co_await server.receive()).data == "one");
      CHECK((co_await server.receive()).data == "two");
      co_await first;
      co_await second;
      CHECK(told == i);
    }
    co_await client.send("here");
    co_await sleep(1ms);
    CHECK(told == 3);
  };
  run(talk(rooms), {.loop_factory = [&rooms] {
        return std::make_unique<Loop>(std::make_unique<CountingSelector>(rooms));
      }});
}

TEST_CASE("datagrams go to an address and say where they came from") {
  run([]() -> Task<> {
    DatagramEndpoint server = co_await open_datagram({.local_host = "127.0.0.1"});
    DatagramEndpoint client =
        co_await open_datagram({.remote_host = "127.0.0.1", .remote_port = server.local().port()});
    auto received = create_task(server.receive());
    co_await sleep(0s);
    bool refused = false;
    try {
      co_await server.receive();
    } catch (const RuntimeError&) {
      refused = true;
    }
    CHECK(refused);
    co_await client.send("hello");
    Datagram datagram = co_await received;
    CHECK(datagram.data == "hello");
    CHECK(datagram.address == client.local());
    co_await server.send_to("", datagram.address);
    co_await server.send_to(std::string(60000, 'x'), datagram.address);
    CHECK((co_await client.receive()).data == "");
    CHECK((co_await client.receive()).data.size() == 60000);
  }());
}

TEST_CASE("a closed datagram endpoint ends who waits; a port nobody listens on is told") {
  run([]() -> Task<> {
    const auto code_of = [](Task<Datagram> task) -> Task<std::error_code> {
      try {
        co_await std::move(task);
      } catch (const std::system_error& error) {
        co_return error.code();
      }
      co_return std::error_code();
    };
    DatagramEndpoint endpoint = co_await open_datagram({.local_host = "127.0.0.1"});
    const int port = endpoint.local().port();
    auto waiting = create_task(code_of(endpoint.receive()));
    co_await sleep(0s);
    endpoint.close();
    endpoint.close();
    CHECK(endpoint.is_closing());
    CHECK(co_await waiting == std::errc::bad_file_descriptor);
    DatagramEndpoint client =
        co_await open_datagram({.remote_host = "127.0.0.1", .remote_port = port});
    co_await client.send("anybody?");
    CHECK(co_await code_of(client.receive()) == std::errc::connection_refused);
  }());
}

TEST_CASE("while datagrams keep coming, the others have their turns") {
  run([]() -> Task<> {
    DatagramEndpoint server = co_await open_datagram({.local_host = "127.0.0.1"});
    DatagramEndpoint client =
        co_await open_datagram({.remote_host = "127.0.0.1", .remote_port = server.local().port()});
    for (int i = 0; i < 100; ++i) co_await client.send(std::to_string(i));
    int turns = 0;
    auto other = create_task([](int& count) -> Task<> {
      for (;;) {
        ++count;
        co_await sleep(0s);
      }
    }(turns));
    for (int i = 0; i < 100; ++i) CHECK((co_await server.receive()).data == std::to_string(i));
    CHECK(turns > 0);
    other.cancel();
  }());
}

// 1. A request's handler runs within the read that brought the request.
// 2. It received a datagram, which was read into the loop's one buffer.
// 3. The request's body, and the next request, were the datagram's bytes.
TEST_CASE("who is called by a transport receives a datagram beside what that has read") {
  struct Receiver final : Protocol {
    explicit Receiver(DatagramEndpoint& from) : endpoint(from) {}
    void data_received(std::string_view data) override {
      received = create_task(endpoint.receive(), {.eager_start = true});
      told = data;
    }
    void eof_received() override {}
    void connection_lost(std::error_code) override {}
    void pause_writing() override {}
    void resume_writing() override {}
    DatagramEndpoint& endpoint;
    TaskHandle<Datagram> received;
    std::string told;
  };
  run([]() -> Task<> {
    DatagramEndpoint endpoint = co_await open_datagram({.local_host = "127.0.0.1"});
    co_await endpoint.send_to("from somebody else", endpoint.local());
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    Receiver protocol(endpoint);
    SocketTransport transport(get_running_loop(), ends[0]);
    transport.start(protocol);
    REQUIRE(::send(ends[1], "what the client sent", 20, 0) == 20);
    for (int i = 0; i < 3; ++i) co_await sleep(0s);
    CHECK(protocol.told == "what the client sent");
    REQUIRE(protocol.received);
    CHECK((co_await protocol.received).data == "from somebody else");
    ::close(ends[1]);
  }());
}

TEST_CASE("an endpoint of a name takes the first of its addresses that will do") {
  run([]() -> Task<> {
    // Mostly the name's first address is ::1.
    DatagramEndpoint server = co_await open_datagram({.local_host = "127.0.0.1"});
    DatagramEndpoint client = co_await open_datagram({.local_host = "127.0.0.1",
                                                      .remote_host = "localhost",
                                                      .remote_port = server.local().port()});
    co_await client.send("hello");
    CHECK((co_await server.receive()).data == "hello");
  }());
}

TEST_CASE("who has a remote host sends to no other") {
  run([]() -> Task<> {
    DatagramEndpoint one = co_await open_datagram({.local_host = "127.0.0.1"});
    DatagramEndpoint other = co_await open_datagram({.local_host = "127.0.0.1"});
    DatagramEndpoint client =
        co_await open_datagram({.remote_host = "127.0.0.1", .remote_port = one.local().port()});
    CHECK_THROWS_WITH_AS(
        co_await client.send_to("x", other.local()),
        ("the endpoint sends to " + one.local().text() + " alone, not to " + other.local().text())
            .c_str(),
        std::invalid_argument);
    co_await client.send_to("hello", one.local());
    CHECK((co_await one.receive()).data == "hello");
  }());
}
