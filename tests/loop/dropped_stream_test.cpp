// SPDX-License-Identifier: MIT
// What becomes of a stream that nobody closed.
#include <doctest/doctest.h>
#include <capricorn/loop/memory_pipe.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>

#include <memory>
#include <scenario.hpp>
#include <string>
#include <system_error>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

Task<> passes(int count) {
  for (int i = 0; i < count; ++i) co_await sleep(0s);
}

const std::error_code kReset = std::make_error_code(std::errc::connection_reset);

}  // namespace

TEST_CASE("a dropped stream sends what was written before it closes") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    const std::string sent(200000, 'x');
    a.write(sent);
    a = Stream();
    CHECK_FALSE(bool(a));
    CHECK(co_await b.read() == sent);
  }());
}

TEST_CASE("a stream may be moved, and dropped, while it is read") {
  run([]() -> Task<> {
    auto [a, b] = memory_pipe();
    auto reader = create_task(a.read(1));
    co_await sleep(0s);
    Stream moved = std::move(a);
    b.write("x");
    CHECK(co_await reader == "x");
    auto last = create_task(moved.read(1));
    co_await sleep(0s);
    moved = Stream();
    CHECK(co_await last == "");
    CHECK(co_await b.read() == "");
  }());
}

TEST_CASE("streams that main leaves behind end with the loop") {
  struct Ended {
    int& count;
    ~Ended() { ++count; }
  };
  int ended = 0;
  run([](int& ended) -> Task<> {
    auto [a, b] = memory_pipe();
    static_cast<void>(create_task([](Stream stream, int& ended) -> Task<> {
      const Ended end{ended};
      co_await stream.read();
    }(std::move(a), ended)));
    static_cast<void>(create_task([](Stream stream, int& ended) -> Task<> {
      const Ended end{ended};
      for (;;) {
        stream.write(std::string(100000, 'x'));
        co_await stream.drain();
      }
    }(std::move(b), ended)));
    co_await passes(10);
    CHECK(ended == 0);
  }(ended));
  CHECK(ended == 2);
  {
    Loop loop;
    auto task = loop.create_task([](Stream a, int& ended) -> Task<> {
      const Ended end{ended};
      a.write("unsent");
      co_await a.read();
    }(Stream(memory_pipe(loop).first), ended));
    loop.call_soon([&] { loop.stop(); });
    loop.run_forever();
  }
  CHECK(ended == 3);
}

TEST_CASE("a dropped stream whose peer never reads goes with its loop") {
  // It kept itself until its bytes were sent: a leak that AddressSanitizer reported.
  std::weak_ptr<StreamState> state;
  run([](std::weak_ptr<StreamState>& out) -> Task<> {
    auto [a, b] = MemoryTransport::connect(get_running_loop());
    MemoryTransport& started = *a;
    auto held = std::make_shared<StreamState>(get_running_loop(), 65536, std::move(a));
    started.start(*held);
    out = held;
    {
      Stream stream(std::move(held));
      stream.write("never read");
    }
    CHECK_FALSE(out.expired());
    co_await passes(3);
    CHECK_FALSE(out.expired());
  }(state));
  CHECK(state.expired());
}

TEST_CASE("a dropped stream is given up when its peer takes nothing for 30 seconds") {
  capricorn::test::run_virtually([]() -> Task<> {
    struct Reader final : Protocol {
      void data_received(std::string_view data) override { came += data.size(); }
      void eof_received() override {}
      void connection_lost(std::error_code reason) override { lost = reason; }
      void pause_writing() override {}
      void resume_writing() override {}
      std::size_t came = 0;
      std::error_code lost;
    } reader;
    auto [a, b] = MemoryTransport::connect(get_running_loop());
    b->start(reader);
    MemoryTransport& started = *a;
    auto held = std::make_shared<StreamState>(get_running_loop(), 65536, std::move(a));
    started.start(*held);
    const std::weak_ptr<StreamState> state = held;
    {
      Stream stream(std::move(held));
      stream.write(std::string(300'000, 'x'));
    }
    for (int i = 0; i < 3; ++i) {  // slowly, but it comes
      b->resume_reading();
      co_await passes(1);
      b->pause_reading();
      co_await sleep(29s);
      CHECK_FALSE(state.expired());
    }
    const std::size_t came = reader.came;
    co_await sleep(61s);
    CHECK(state.expired());
    CHECK(reader.lost == kReset);
    CHECK(reader.came == came);
  }());
}
