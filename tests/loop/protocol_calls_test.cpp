// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <capricorn/loop/memory_pipe.hpp>
#include <capricorn/loop/pipe_transport.hpp>
#include <capricorn/loop/socket_transport.hpp>

#include <memory>
#include <scenario.hpp>
#include <stdexcept>
#include <string>

// What a protocol throws is told in asyncio's words and ends its connection, never the loop.

using namespace capricorn;
using namespace capricorn::test;

namespace {

struct Throwing final : Protocol {
  explicit Throwing(std::string call) : throws_in(std::move(call)) {}
  void called(const char* call) const {
    if (throws_in == call) throw std::runtime_error(call);
  }
  void data_received(std::string_view) override {
    if (writes_to) writes_to->output().append("answer");
    called("data");
  }
  void eof_received() override { called("eof"); }
  void connection_lost(std::error_code reason) override {
    lost = true;
    why = reason;
    called("lost");
  }
  void pause_writing() override { called("pause"); }
  void resume_writing() override { called("resume"); }
  std::string throws_in;
  Transport* writes_to = nullptr;
  bool lost = false;
  std::error_code why;
};

const std::error_code kAborted = std::make_error_code(std::errc::connection_aborted);

/// Bytes, much to send, and the end, in memory; gives what was told.
std::string told_by(Throwing& protocol, const char* also) {
  std::string told;
  run([](Throwing& ours, std::string& out, std::string second) -> Task<> {
    Reports reports(get_running_loop());
    Throwing peer("");
    auto [a, b] = MemoryTransport::connect(get_running_loop());
    a->start(ours);
    b->start(peer);
    if (second == "write") a->write(std::string(100'000, 'x'));
    if (second == "data") b->write("hello");
    co_await passes(4);
    b->close();
    co_await passes(4);
    a->close();
    co_await passes(3);
    for (const std::string& message : reports.messages) out += message + "\n";
    get_running_loop().set_exception_handler(nullptr);
  }(protocol, told, also));
  return told;
}

}  // namespace

TEST_CASE("a protocol that throws in data_received or eof_received loses its connection") {
  Throwing data("data"), eof("eof");
  CHECK(told_by(data, "data") == "Fatal error: protocol.data_received() call failed.\n");
  CHECK(data.why == kAborted);
  CHECK(told_by(eof, "") == "Fatal error: protocol.eof_received() call failed.\n");
  CHECK(eof.why == kAborted);
}

TEST_CASE("one that throws in another call is told of, and its connection goes on") {
  Throwing pause("pause"), resume("resume"), lost("lost");
  CHECK(told_by(pause, "write") == "protocol.pause_writing() failed\n");
  CHECK(told_by(resume, "write") == "protocol.resume_writing() failed\n");
  CHECK(told_by(lost, "data") == "protocol.connection_lost() failed\n");
  for (const Throwing* each : {&pause, &resume, &lost}) {
    CHECK(each->lost);
    CHECK_FALSE(each->why);
  }
}

TEST_CASE("a pipe's protocol that throws loses the pipe") {
  for (const std::string call : {"data", "eof"}) {
    CAPTURE(call);
    run([](std::string where) -> Task<> {
      Reports reports(get_running_loop());
      int ends[2];
      REQUIRE(::pipe(ends) == 0);
      REQUIRE(make_non_blocking(ends[0]));
      Throwing protocol(where);
      PipeTransport pipe(get_running_loop(), ends[0], PipeTransport::End::kReading);
      pipe.start(protocol);
      REQUIRE(::write(ends[1], "x", 1) == 1);
      ::close(ends[1]);
      while (!protocol.lost) co_await sleep(0s);
      CHECK(reports.messages == std::vector<std::string>{"Fatal error: protocol." + where +
                                                         "_received() call failed."});
      CHECK(protocol.why == kAborted);
      get_running_loop().set_exception_handler(nullptr);
    }(call));
  }
}

TEST_CASE("a socket's protocol that throws loses the socket, and what it wrote before") {
  for (const std::string call : {"data", "eof"}) {
    CAPTURE(call);
    run([](std::string where) -> Task<> {
      Reports reports(get_running_loop());
      int ends[2];
      REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
      Buffer shared;
      Throwing protocol(where);
      SocketTransport socket(get_running_loop(), ends[0], {.shared_output = &shared});
      protocol.writes_to = &socket;
      socket.start(protocol);
      REQUIRE(::send(ends[1], "x", 1, 0) == 1);
      REQUIRE(::shutdown(ends[1], SHUT_WR) == 0);
      while (!protocol.lost) co_await sleep(0s);
      CHECK(reports.messages == std::vector<std::string>{"Fatal error: protocol." + where +
                                                         "_received() call failed."});
      CHECK(protocol.why == kAborted);
      CHECK(shared.empty());
      char got[8];
      const ssize_t size = ::recv(ends[1], got, sizeof got, 0);
      CHECK(size == (where == "data" ? 0 : 6));
      ::close(ends[1]);
      get_running_loop().set_exception_handler(nullptr);
    }(call));
  }
}

TEST_CASE("a protocol's KeyboardInterrupt ends the run") {
  struct Interrupting final : Protocol {
    void data_received(std::string_view) override { throw KeyboardInterrupt(); }
    void eof_received() override {}
    void connection_lost(std::error_code) override {}
    void pause_writing() override {}
    void resume_writing() override {}
  };
  CHECK_THROWS_AS(run([]() -> Task<> {
                    Interrupting ours, peer;
                    auto [a, b] = MemoryTransport::connect(get_running_loop());
                    a->start(ours);
                    b->start(peer);
                    b->write("x");
                    co_await sleep(1h);
                  }()),
                  KeyboardInterrupt);
}
