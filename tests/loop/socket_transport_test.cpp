// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <capricorn/loop/callback_observer.hpp>
#include <capricorn/loop/listener.hpp>
#include <capricorn/loop/memory_pipe.hpp>
#include <capricorn/loop/pipe_transport.hpp>
#include <capricorn/loop/platform.hpp>
#include <capricorn/loop/socket.hpp>
#include <capricorn/loop/socket_transport.hpp>

#include <cstdio>
#include <memory>
#include <scenario.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

using namespace capricorn;
using namespace capricorn::test;

namespace {

struct Quiet final : Protocol {
  void data_received(std::string_view data) override {
    told += data;
    told += ' ';
  }
  void eof_received() override { told += "end "; }
  void eof_waits() override { told += "end-waits "; }
  void connection_lost(std::error_code) override {}
  void pause_writing() override { paused = true; }
  void resume_writing() override { paused = false; }
  std::string told;
  bool paused = false;
};

struct Counter final : CallbackObserver {
  void callback_ran(std::string_view name, TimePoint, Duration) override {
    if (name.find("descriptor") != std::string_view::npos) ++calls;
  }
  int calls = 0;
};

/// What the peer finds now.
std::size_t read_all(int fd) {
  char bytes[65536];
  std::size_t size = 0;
  for (;;) {
    const ssize_t n = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n <= 0) return size;
    size += static_cast<std::size_t>(n);
  }
}

}  // namespace

// 1. A function in the thread pool answers; the answer waits for the end of the pass.
// 2. In that pass the server's sweep asks since when the client leaves answers unread.
// 3. It was told the year 1970, and reset the connection.
TEST_CASE("the peer blocks only what it was offered") {
  run([]() -> Task<> {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    Quiet protocol;
    SocketTransport transport(get_running_loop(), ends[0]);
    transport.start(protocol);
    transport.output().append("answer");
    transport.written();
    CHECK_FALSE(transport.blocked_since());
    co_await passes(1);
    CHECK(read_all(ends[1]) == 6);
    CHECK_FALSE(transport.blocked_since());

    const std::size_t size = 10'000'000;
    const TimePoint before = get_running_loop().time();
    transport.write(std::string(size, 'x'));
    REQUIRE(transport.write_buffer_size() > 0);
    CHECK(transport.blocked_since() <= before);  // of this pass
    CHECK(transport.blocked_since() > before - std::chrono::seconds(10));
    std::size_t read = 0;
    while (read < size) {
      read += read_all(ends[1]);
      co_await passes(1);
    }
    CHECK_FALSE(transport.blocked_since());
    ::close(ends[1]);
  }());
}

TEST_CASE("who writes on in small pieces within a pass is told to stop") {
  run([]() -> Task<> {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    Quiet protocol;
    SocketTransport transport(get_running_loop(), ends[0]);
    transport.start(protocol);
    std::size_t written = 0;
    while (!protocol.paused && written < 100'000'000) {
      transport.output().append(std::string(1000, 'x'));
      transport.written();
      written += 1000;
    }
    CHECK(written < 2'000'000);  // what the socket holds, and some 64 KiB
    std::size_t read = 0;
    while (read < written) {
      read += read_all(ends[1]);
      co_await passes(1);
    }
    CHECK_FALSE(protocol.paused);
    ::close(ends[1]);
  }());
}

TEST_CASE("a FIN behind what waits is told while reading is paused") {
  for (const bool poll : {false, true}) {
    const auto main = []() -> Task<> {
      for (const bool before : {false, true}) {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
        Quiet protocol;
        SocketTransport transport(get_running_loop(), ends[0]);
        transport.pause_reading();
        if (before) transport.start(protocol);
        REQUIRE(::send(ends[1], "hello", 5, 0) == 5);
        co_await passes(3);
        CHECK(protocol.told == "");
        REQUIRE(::shutdown(ends[1], SHUT_WR) == 0);
        if (!before) transport.start(protocol);
        co_await passes(3);
        CHECK(protocol.told == "end-waits ");
        transport.resume_reading();
        co_await passes(3);
        CHECK(protocol.told == "end-waits hello end ");
        ::close(ends[1]);
      }
    };
    if (poll)
      run(main(), {.loop_factory = [] { return std::make_unique<Loop>(make_poll_selector()); }});
    else
      run(main());
  }
}

TEST_CASE("a new connection is told nothing before its peer speaks, and then once") {
  run([]() -> Task<> {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    Loop& loop = get_running_loop();
    Counter counter;
    loop.add_callback_observer(counter);
    Quiet protocol;
    SocketTransport transport(loop, ends[0]);
    transport.start(protocol);
    co_await passes(3);
    CHECK(counter.calls == 0);
    REQUIRE(::send(ends[1], "hello", 5, 0) == 5);
    co_await passes(3);
    CHECK(counter.calls == 1);
    // What comes with the room that a large answer waited for is told, too.
    transport.write(std::string(10'000'000, 'x'));
    REQUIRE(transport.write_buffer_size() > 0);
    while (transport.write_buffer_size() > 0) {
      read_all(ends[1]);
      co_await passes(1);
    }
    CHECK(counter.calls > 1);
    ::close(ends[1]);
  }());
}

TEST_CASE("a small file leaves with what was written before it") {
  run([]() -> Task<> {
    std::FILE* file = std::tmpfile();
    REQUIRE(std::fputs("0123456789", file) >= 0);
    REQUIRE(std::fflush(file) == 0);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    Quiet protocol;
    SocketTransport transport(get_running_loop(), ends[0]);
    transport.start(protocol);
    transport.output().append("head ");
    transport.written();
    CHECK(co_await transport.send_file(::fileno(file), 2, 3));
    CHECK_FALSE(co_await transport.send_file(::fileno(file), 8, 3));  // it is shorter
    co_await passes(1);
    char packet[64];  // one, of one send
    const ssize_t n = ::recv(ends[1], packet, sizeof packet, MSG_DONTWAIT);
    REQUIRE(n > 0);
    CHECK(std::string_view(packet, static_cast<std::size_t>(n)) == "head 234");
    ::close(ends[1]);
    std::fclose(file);
  }());
}

TEST_CASE("a file's sender learns that its transport has gone") {
  run([]() -> Task<> {
    std::FILE* file = std::tmpfile();
    REQUIRE(::ftruncate(::fileno(file), 32 << 20) == 0);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    Quiet protocol;
    auto transport = std::make_unique<SocketTransport>(get_running_loop(), ends[0]);
    transport->start(protocol);
    auto sending = create_task(transport->send_file(::fileno(file), 0, 32 << 20));
    co_await passes(2);
    CHECK_FALSE(sending.done());
    transport.reset();
    co_await passes(2);
    REQUIRE(sending.done());
    CHECK_FALSE(sending.result());
    ::close(ends[1]);
    std::fclose(file);
  }());
}

TEST_CASE("a file's sender learns that its pipe, or its memory, has gone") {
  run([]() -> Task<> {
    std::FILE* file = std::tmpfile();
    REQUIRE(::ftruncate(::fileno(file), 1 << 20) == 0);
    int ends[2];
    REQUIRE(open_pipe(ends) == 0);
    Quiet protocol;
    auto pipe =
        std::make_unique<PipeTransport>(get_running_loop(), ends[1], PipeTransport::End::kWriting);
    pipe->start(protocol);
    auto [memory, other] = MemoryTransport::connect(get_running_loop());
    memory->start(protocol);
    auto through_pipe = create_task(pipe->send_file(::fileno(file), 0, 1 << 20));
    auto through_memory = create_task(memory->send_file(::fileno(file), 0, 1 << 20));
    co_await passes(2);
    CHECK_FALSE(through_pipe.done());
    CHECK_FALSE(through_memory.done());
    pipe.reset();
    memory.reset();
    co_await passes(2);
    REQUIRE(through_pipe.done());
    CHECK_FALSE(through_pipe.result());
    REQUIRE(through_memory.done());
    CHECK_FALSE(through_memory.result());
    ::close(ends[0]);
    std::fclose(file);
  }());
}

#if defined(__linux__)  // elsewhere the system does not tell the window
namespace {

int unsent_limit(int fd) {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  REQUIRE(::getsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, &size) == 0);
  return bytes;
}

}  // namespace

TEST_CASE("a peer that takes much at once is given a large file in large pieces") {
  constexpr std::size_t kSize = 32 << 20;  // more than the kernel takes of any connection
  run([]() -> Task<> {
    std::FILE* file = std::tmpfile();
    REQUIRE(::ftruncate(::fileno(file), kSize) == 0);
    for (const bool small_window : {false, true}) {
      CAPTURE(small_window);
      Socket listening =
          listen_on(getaddrinfo_blocking("127.0.0.1", "0", {.flags = AI_PASSIVE}).at(0), {});
      const Listener listener(get_running_loop(), Socket(::dup(listening.fd())), 1, "", {});
      const SocketAddress address = listener.address();
      const Socket client(::socket(AF_INET, SOCK_STREAM, 0));
      const int window = 4096;
      if (small_window) {
        REQUIRE(::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &window, sizeof window) == 0);
      }
      REQUIRE(::connect(client.fd(), address.data(), address.size()) == 0);
      SocketAddress peer;
      Socket server = accept_socket(listening.fd(), peer);
      REQUIRE(server);
      const int fd = server.fd();
      const int before = unsent_limit(fd);
      Quiet protocol;
      SocketTransport transport(get_running_loop(), server.release());
      transport.start(protocol);
      auto sending = create_task(transport.send_file(::fileno(file), 0, kSize));
      co_await passes(2);
      CHECK_FALSE(sending.done());
      CHECK((unsent_limit(fd) == before) == small_window);
      if (small_window) {
        transport.abort();
        CHECK_FALSE(co_await sending);
        continue;
      }
      std::string bytes(1 << 20, ' ');
      while (!sending.done()) {
        CHECK(::recv(client.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT) != 0);
        co_await passes(1);
      }
      CHECK(co_await sending);
      CHECK(unsent_limit(fd) == before);
    }
    std::fclose(file);
  }());
}

// 1. A peer on the same machine read a large file as fast as it was sent: there was always room.
// 2. Its sender waited for nothing, and all the others for the whole of the file.
TEST_CASE("a large file gives others their turn, however fast it is read") {
  constexpr std::size_t kSize = 64 << 20;
  run([]() -> Task<> {
    std::FILE* file = std::tmpfile();
    REQUIRE(::ftruncate(::fileno(file), kSize) == 0);
    Socket listening =
        listen_on(getaddrinfo_blocking("127.0.0.1", "0", {.flags = AI_PASSIVE}).at(0), {});
    const SocketAddress address = SocketAddress::of_local(listening.fd());
    const Socket client(::socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(::connect(client.fd(), address.data(), address.size()) == 0);
    SocketAddress peer;
    Socket server = accept_socket(listening.fd(), peer);
    REQUIRE(server);
    const std::jthread reader([&client] {
      std::string bytes(1 << 20, ' ');
      for (std::size_t left = kSize; left > 0;) {
        const ssize_t n = ::recv(client.fd(), bytes.data(), bytes.size(), 0);
        if (n <= 0) return;
        left -= static_cast<std::size_t>(n);
      }
    });
    Quiet protocol;
    SocketTransport transport(get_running_loop(), server.release());
    transport.start(protocol);
    const std::uint64_t before = get_running_loop().pass_count();
    CHECK(co_await transport.send_file(::fileno(file), 0, kSize));
    CHECK(get_running_loop().pass_count() - before >= (kSize >> 20) - 1);
    std::fclose(file);
  }());
}
#endif

TEST_CASE("who is fed may close another connection, or send a file, and keeps what it was fed") {
  struct Busy final : Protocol {
    void data_received(std::string_view data) override {
      other->close();
      static_cast<void>(create_task(pipe->send_file(file, 0, 4), {.eager_start = true}));
      told = data;
    }
    void eof_received() override {}
    void connection_lost(std::error_code) override {}
    void pause_writing() override {}
    void resume_writing() override {}
    Transport* other = nullptr;
    Transport* pipe = nullptr;
    int file = -1;
    std::string told;
  };
  run([]() -> Task<> {
    int fed[2], closed[2], pipe[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fed) == 0);
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, closed) == 0);
    REQUIRE(open_pipe(pipe) == 0);
    std::FILE* file = std::tmpfile();
    REQUIRE(file);
    REQUIRE(std::fwrite("file", 1, 4, file) == 4);
    std::fflush(file);
    Quiet quiet;
    SocketTransport other(get_running_loop(), closed[0], {.linger = std::chrono::seconds(1)});
    PipeTransport to(get_running_loop(), pipe[1], PipeTransport::End::kWriting);
    to.start(quiet);
    Busy busy;
    busy.other = &other;
    busy.pipe = &to;
    busy.file = ::fileno(file);
    SocketTransport transport(get_running_loop(), fed[0]);
    transport.start(busy);
    REQUIRE(::send(fed[1], "hello", 5, 0) == 5);
    other.pause_reading();
    other.start(quiet);
    REQUIRE(::send(closed[1], "goodbye", 7, 0) == 7);
    co_await passes(3);
    CHECK(busy.told == "hello");
    char sent[8];
    CHECK(::read(pipe[0], sent, sizeof sent) == 4);
    std::fclose(file);
    for (const int end : {fed[1], closed[1], pipe[0]}) ::close(end);
  }());
}
