// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/descriptor_callbacks.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <scenario.hpp>
#include <string>

using namespace capricorn;
using namespace capricorn::test;

namespace {

struct Pair {
  Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0); }
  ~Pair() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  void write(const char* text) const {
    REQUIRE(::write(ends[1], text, std::char_traits<char>::length(text)) > 0);
  }
  char read() const {
    char c = 0;
    return ::read(ends[0], &c, 1) == 1 ? c : '-';
  }
  int ends[2] = {-1, -1};
};

void run_passes(Loop& loop, int n) {
  for (int i = 0; i < n; ++i) {
    loop.stop();
    loop.run_forever();
  }
}

}  // namespace

TEST_CASE("a reader is level-triggered: called once a pass while there is something to read") {
  Loop loop;
  Pair pair;
  std::string trace;
  loop.add_reader(pair.ends[0], [&] { trace += pair.read(); });
  run_passes(loop, 2);
  CHECK(trace.empty());
  pair.write("abc");
  run_passes(loop, 1);
  CHECK(trace == "a");
  run_passes(loop, 4);
  CHECK(trace == "abc");
  CHECK(loop.remove_reader(pair.ends[0]));
}

TEST_CASE("a writer is called once a pass while there is room") {
  Loop loop;
  Pair pair;
  int calls = 0;
  loop.add_writer(pair.ends[0], [&] { ++calls; });
  run_passes(loop, 3);
  CHECK(calls == 3);
  CHECK(loop.remove_writer(pair.ends[0]));
  run_passes(loop, 2);
  CHECK(calls == 3);
}

TEST_CASE("removing says whether there was one, of each kind apart") {
  Loop loop;
  Pair pair;
  CHECK_FALSE(loop.remove_reader(pair.ends[0]));
  loop.add_reader(pair.ends[0], [] {});
  CHECK_FALSE(loop.remove_writer(pair.ends[0]));
  CHECK(loop.remove_reader(pair.ends[0]));
  CHECK_FALSE(loop.remove_reader(pair.ends[0]));
}

TEST_CASE("reader and writer of one descriptor come and go apart") {
  Loop loop;
  Pair pair;
  std::string trace;
  loop.add_reader(pair.ends[0], [&] { trace += pair.read(); });
  loop.add_writer(pair.ends[0], [&] { trace += "w"; });
  pair.write("a");
  run_passes(loop, 1);
  CHECK(trace == "aw");
  CHECK(loop.remove_writer(pair.ends[0]));
  pair.write("b");
  run_passes(loop, 2);
  CHECK(trace == "awb");
  CHECK(loop.remove_reader(pair.ends[0]));
}

TEST_CASE("adding again replaces the callback, and drops the one before") {
  Loop loop;
  Pair pair;
  std::string trace;
  auto held = std::make_shared<int>(1);
  loop.add_reader(pair.ends[0], [&trace, held] { trace += "old"; });
  loop.add_reader(pair.ends[0], [&] { trace += pair.read(); });
  CHECK(held.use_count() == 1);
  pair.write("n");
  run_passes(loop, 1);
  CHECK(trace == "n");
}

TEST_CASE("a reader may remove itself and its writer, captures and all") {
  Loop loop;
  Pair pair;
  std::string trace;
  loop.add_reader(pair.ends[0], [&loop, &trace, &pair, word = std::string(100, 'r')] {
    CHECK(loop.remove_reader(pair.ends[0]));
    CHECK(loop.remove_writer(pair.ends[0]));
    trace += word;
  });
  loop.add_writer(pair.ends[0], [&] { trace += "w"; });
  pair.write("a");
  run_passes(loop, 3);
  CHECK(trace == std::string(100, 'r'));
}

TEST_CASE("a callback may remove another descriptor's that is due in the same pass") {
  Loop loop;
  Pair a;
  Pair b;
  std::string trace;
  loop.add_reader(a.ends[0], [&] {
    trace += "x";
    loop.remove_reader(b.ends[0]);
    loop.remove_reader(a.ends[0]);
  });
  loop.add_reader(b.ends[0], [&] {
    trace += "x";
    loop.remove_reader(a.ends[0]);
    loop.remove_reader(b.ends[0]);
  });
  a.write("1");
  b.write("1");
  run_passes(loop, 3);
  CHECK(trace == "x");
}

TEST_CASE("the callback runs in the context of whoever added it") {
  static ContextVar<int> variable("variable", 0);
  Loop loop;
  Pair pair;
  int seen = 0;
  {
    Context context;
    context.run([&] {
      variable.set(7);
      loop.add_reader(pair.ends[0], [&] { seen = variable.get(); });
    });
  }
  pair.write("a");
  run_passes(loop, 1);
  CHECK(seen == 7);
}

TEST_CASE("what a reader throws goes to the exception handler, and it stays") {
  Loop loop;
  Reports reports(loop);
  Pair pair;
  loop.add_reader(pair.ends[0], [&] {
    pair.read();
    throw std::runtime_error("no");
  });
  pair.write("ab");
  run_passes(loop, 3);
  CHECK(reports.exceptions == std::vector<std::string>{"no", "no"});
}

TEST_CASE("the peer's close is something to read") {
  Loop loop;
  Pair pair;
  int calls = 0;
  loop.add_reader(pair.ends[0], [&] {
    ++calls;
    loop.remove_reader(pair.ends[0]);
  });
  ::shutdown(pair.ends[1], SHUT_RDWR);
  run_passes(loop, 2);
  CHECK(calls == 1);
}

TEST_CASE("I/O comes before timers in a pass") {
  Loop loop;
  Pair pair;
  std::string trace;
  loop.call_later(0s, [&] { trace += "t"; });
  loop.add_reader(pair.ends[0], [&] { trace += pair.read(); });
  loop.call_soon([&] { trace += "s"; });
  pair.write("r");
  run_passes(loop, 1);
  CHECK(trace == "srt");
}

TEST_CASE("a descriptor that cannot be watched is refused and leaves nothing behind") {
  Loop loop;
  CHECK_THROWS_AS(loop.add_reader(-1, [] {}), std::system_error);
  CHECK_FALSE(loop.remove_reader(-1));
}

/// Captured by a reader and by nobody else, as a connection is that lives as long as it is read.
struct LeavesLoop {
  LeavesLoop(Loop& l, int descriptor) : loop(l), fd(descriptor) {}
  LeavesLoop(const LeavesLoop&) = delete;
  ~LeavesLoop() {
    loop.remove_reader(fd);
    loop.remove_writer(fd);
  }
  Loop& loop;
  int fd;
};

// 1. A connection's last owner was its reader, which was removed or replaced.
// 2. Its destructor removed the writer, and with that the watcher of both.
// 3. Whoever removed the reader went on in the watcher's memory.
TEST_CASE("what a dropped callback captured may remove the descriptor's other one") {
  for (const bool replaced : {false, true}) {
    Loop loop;
    const Pair pair;
    const int fd = pair.ends[0];
    loop.add_writer(fd, [] {});
    loop.add_reader(fd, [held = std::make_shared<LeavesLoop>(loop, fd)] {});
    if (replaced)
      loop.add_reader(fd, [] {});
    else
      CHECK(loop.remove_reader(fd));
    CHECK_FALSE(loop.remove_writer(fd));
    CHECK_FALSE(loop.remove_reader(fd));
  }
}

TEST_CASE("what captures remove when they go is no harm when the loop closes") {
  Loop loop;
  const Pair pair;
  const int fd = pair.ends[0];
  loop.add_writer(fd, [] {});
  loop.add_reader(fd, [held = std::make_shared<LeavesLoop>(loop, fd)] {});
  loop.close();
  CHECK_FALSE(loop.remove_writer(fd));
}

TEST_CASE("a loop closes though a descriptor's owner closed that first") {
  Loop loop;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  loop.add_writer(ends[0], [] {});
  loop.add_reader(ends[0], [] {});
  ::close(ends[0]);
  ::close(ends[1]);
  loop.close();
  CHECK(loop.is_closed());
}

TEST_CASE("closing a loop forgets its readers") {
  Pair pair;
  auto held = std::make_shared<int>(1);
  {
    Loop loop;
    loop.add_reader(pair.ends[0], [held] {});
    loop.add_writer(pair.ends[0], [held] {});
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE("a callback that takes another's place waits for an event of its own") {
  Loop loop;
  const Pair first, second;
  std::string trace;
  // Both are readable in one pass; whichever runs first replaces the other, and reads for it.
  auto replace = [&](const Pair& own, const Pair& other, char letter) {
    trace += letter;
    own.read();
    loop.add_reader(other.ends[0], [&trace] { trace += "new "; });
    loop.remove_reader(own.ends[0]);
    other.read();
  };
  loop.add_reader(first.ends[0], [&] { replace(first, second, 'a'); });
  loop.add_reader(second.ends[0], [&] { replace(second, first, 'b'); });
  first.write("x");
  second.write("y");
  run_passes(loop, 3);
  CHECK(trace.size() == 1);
  (trace == "a" ? second : first).write("z");
  run_passes(loop, 1);
  CHECK(trace.substr(1) == "new ");
}
