// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/selector.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/stream.hpp>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

#if defined(CAPRICORN_HAS_LIBKQUEUE)
constexpr const char* kSelectors[] = {"epoll", "kqueue", "poll"};
#elif defined(__linux__)
constexpr const char* kSelectors[] = {"epoll", "poll"};
#else
constexpr const char* kSelectors[] = {"kqueue", "poll"};
#endif

/// Each case runs once on each selector of the system.
std::unique_ptr<Selector> each_selector() {
  std::string name;
  for (const char* each : kSelectors) {
    SUBCASE(each) { name = each; }
  }
  // doctest enters one subcase a run; where it looks for further ones, it enters none.
  return make_selector(name.empty() ? "auto" : name);
}

struct Watcher final : IoWatcher {
  using IoWatcher::exhausted;
  using IoWatcher::IoWatcher;
  void on_io(std::uint8_t) override {}
};

int lowest_free_descriptor() {
  const int fd = ::dup(STDERR_FILENO);
  ::close(fd);
  return fd;
}

/// Two connected sockets that do not block.
struct Pair {
  Pair() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    for (int i = 0; i < 2; ++i) {
      REQUIRE(::fcntl(ends[i], F_SETFL, O_NONBLOCK) == 0);
      fd[i] = ends[i];
    }
  }
  ~Pair() {
    hang_up();
    ::close(fd[0]);
  }
  void hang_up() {
    if (fd[1] >= 0) ::close(std::exchange(fd[1], -1));
  }
  void send(std::string_view bytes) {
    REQUIRE(::write(fd[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  std::size_t drain(int end) {
    char bytes[4096];
    std::size_t all = 0;
    for (ssize_t n = 0; (n = ::read(fd[end], bytes, sizeof bytes)) > 0;) {
      all += static_cast<std::size_t>(n);
    }
    return all;
  }
  void fill() {
    const std::string bytes(4096, 'x');
    while (::write(fd[0], bytes.data(), bytes.size()) > 0) {
    }
  }
  int fd[2];
};

/// What a look without waiting finds for `watcher`.
std::uint8_t look(Selector& selector, const Watcher& watcher) {
  std::vector<Selector::Event> events;
  selector.select(Duration::zero(), events);
  std::uint8_t all = 0;
  for (const Selector::Event& event : events) {
    if (event.watcher == &watcher) all |= event.events;
  }
  return all;
}

}  // namespace

TEST_CASE("a selector is made by its name, and says which there are") {
  for (const char* each : kSelectors) CHECK(std::string(make_selector(each)->name()) == each);
  CHECK(std::string(make_selector("auto")->name()) == kSelectors[0]);
  CHECK_THROWS_WITH_AS(make_selector("wepoll"),
                       (std::string("expected a selector of this system, auto, ") + kSelectors[0] +
                        " or poll, not 'wepoll'")
                           .c_str(),
                       std::invalid_argument);
}

TEST_CASE("a selector that cannot be made leaves no descriptor open") {
  const int before = lowest_free_descriptor();
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  for (const std::string name : kSelectors) {
#if defined(CAPRICORN_HAS_LIBKQUEUE)
    if (name == "kqueue") continue;  // opens some of its own
#endif
    CAPTURE(name);
    for (const int room : {0, 1, 2}) {
      rlimit lower = limit;
      lower.rlim_cur = static_cast<rlim_t>(before + room);
      REQUIRE(::setrlimit(RLIMIT_NOFILE, &lower) == 0);
      if (room == 0) CHECK_THROWS_AS(make_selector(name), std::system_error);
      try {
        make_selector(name);
      } catch (const std::system_error&) {
      }
      REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
      CHECK(lowest_free_descriptor() == before);
    }
  }
}

TEST_CASE("the environment names the default selector") {
  const char* before = std::getenv("CAPRICORN_SELECTOR");
  const std::string kept = before ? before : "";
  ::setenv("CAPRICORN_SELECTOR", "poll", 1);
  CHECK(std::string(make_default_selector()->name()) == "poll");
  ::setenv("CAPRICORN_SELECTOR", "", 1);
  CHECK(std::string(make_default_selector()->name()) == kSelectors[0]);
  ::setenv("CAPRICORN_SELECTOR", kept.c_str(), 1);
}

TEST_CASE("level-triggered: told as long as it lasts") {
  auto selector = each_selector();
  Pair pair;
  Watcher watcher(pair.fd[0]);
  selector->register_(watcher, kReadable);
  CHECK(look(*selector, watcher) == 0);
  pair.send("x");
  CHECK(look(*selector, watcher) == kReadable);
  CHECK(look(*selector, watcher) == kReadable);
  pair.drain(0);
  CHECK(look(*selector, watcher) == 0);
  selector->modify(watcher, kReadable | kWritable);
  CHECK(look(*selector, watcher) == kWritable);
  selector->unregister(watcher);
  CHECK(look(*selector, watcher) == 0);
}

TEST_CASE("edge-triggered: told once, and again when it was exhausted and more came") {
  auto selector = each_selector();
  Pair pair;
  Watcher watcher(pair.fd[0]);
  selector->register_(watcher, kReadable | kWritable | kEdgeTriggered);
  CHECK(look(*selector, watcher) == kWritable);
  CHECK(look(*selector, watcher) == 0);
  pair.send("x");
  CHECK((look(*selector, watcher) & kReadable) != 0);
  CHECK(look(*selector, watcher) == 0);
  for (int i = 0; i < 3; ++i) {
    CHECK(pair.drain(0) == 1);
    watcher.exhausted(kReadable);
    pair.send("y");  // before the next look: not lost
    CHECK((look(*selector, watcher) & kReadable) != 0);
  }
}

TEST_CASE("edge-triggered: told when there is room again, however early") {
  auto selector = each_selector();
  Pair pair;
  Watcher watcher(pair.fd[0]);
  selector->register_(watcher, kReadable | kWritable | kEdgeTriggered);
  CHECK(look(*selector, watcher) == kWritable);
  pair.fill();
  watcher.exhausted(kWritable);
  CHECK((look(*selector, watcher) & kWritable) == 0);
  pair.drain(1);
  CHECK((look(*selector, watcher) & kWritable) != 0);
  pair.fill();
  watcher.exhausted(kWritable);
  pair.drain(1);
  CHECK((look(*selector, watcher) & kWritable) != 0);
}

TEST_CASE("edge-triggered: a hang-up is told once, also while nobody reads") {
  auto selector = each_selector();
  Pair pair;
  Watcher watcher(pair.fd[0]);
  selector->register_(watcher, kReadable | kWritable | kEdgeTriggered);
  look(*selector, watcher);
  pair.send("x");
  look(*selector, watcher);
  pair.hang_up();
  CHECK((look(*selector, watcher) & kHangup) != 0);
  CHECK(look(*selector, watcher) == 0);
  CHECK(look(*selector, watcher) == 0);
}

TEST_CASE("watchers come and go in any order") {
  auto selector = each_selector();
  std::vector<std::unique_ptr<Pair>> pairs;
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int i = 0; i < 8; ++i) {
    pairs.push_back(std::make_unique<Pair>());
    watchers.push_back(std::make_unique<Watcher>(pairs.back()->fd[0]));
    selector->register_(*watchers.back(), kReadable);
    pairs.back()->send("x");
  }
  for (const std::size_t gone : {7u, 0u, 3u}) {
    selector->unregister(*watchers[gone]);
    selector->unregister(*watchers[gone]);
  }
  for (std::size_t i = 0; i < 8; ++i) {
    const bool there = i != 7 && i != 0 && i != 3;
    CHECK(look(*selector, *watchers[i]) == (there ? kReadable : 0));
  }
  selector->register_(*watchers[3], kReadable);
  CHECK(look(*selector, *watchers[3]) == kReadable);
  // kqueue knows no difference between adding and changing.
  if (std::string(selector->name()) != "kqueue") {
    CHECK_THROWS_AS(selector->register_(*watchers[1], kReadable), std::system_error);
  }
  Watcher closed(-1);
  CHECK_THROWS_AS(selector->register_(closed, kReadable), std::system_error);
}

TEST_CASE("wake ends a select that has no end, and a timeout is never early") {
  auto selector = each_selector();
  std::vector<Selector::Event> events;
  std::thread other([&] { selector->wake(); });
  selector->select(Duration(-1), events);
  other.join();
  CHECK(events.empty());
  for (const Duration timeout : {Duration(1500us), Duration(25ms)}) {
    const TimePoint begin = std::chrono::steady_clock::now();
    selector->select(timeout, events);
    CHECK(std::chrono::steady_clock::now() - begin >= timeout);
  }
}

TEST_CASE("each wait ends in time, however those before it ended") {
  auto selector = each_selector();
  std::vector<Selector::Event> events;
  const auto now = [] { return TimePoint(std::chrono::steady_clock::now()); };
  const auto end_at_once = [&](Duration timeout) {
    selector->wake();
    selector->select_or_sooner(now(), timeout, events);
  };
  // Until the time has come: a wait may end sooner, but none may miss it.
  const auto wait = [&](Duration timeout) {
    const TimePoint until = now() + timeout;
    int waits = 0;
    for (; now() < until; ++waits) selector->select_or_sooner(now(), until - now(), events);
    return waits;
  };
  end_at_once(1h);
  CHECK(wait(30ms) <= 10);  // sooner than the last
  end_at_once(30ms);
  CHECK(wait(60ms) <= 10);  // later
  end_at_once(30ms);
  std::this_thread::sleep_for(40ms);
  selector->select(Duration::zero(), events);  // the last one's end, while nobody waits
  CHECK(wait(30ms) <= 10);
  end_at_once(30ms);
  std::this_thread::sleep_for(40ms);  // and not even this
  CHECK(wait(30ms) <= 10);
  const TimePoint then = now();
  selector->select_or_sooner(then, 30ms, events);
  selector->select_or_sooner(then + 15ms, 30ms, events);  // the clock went back
  CHECK(events.empty());
}

TEST_CASE("a stream carries more than the kernel holds, both ways at once") {
  Loop loop(each_selector());
  loop.run_until_complete([]() -> Task<> {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    std::vector<Stream> streams;
    for (const int fd : ends) {
      REQUIRE(::fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
      streams.emplace_back(StreamState::over(get_running_loop(), 65536, Socket(fd)));
    }
    auto send = [](Stream& stream, char c) -> Task<> {
      const std::string piece(100000, c);
      for (int i = 0; i < 20; ++i) {
        stream.write(piece);
        co_await stream.drain();
        if (i % 7 == 0) co_await sleep(0s);
      }
      stream.write_eof();
    };
    auto receive = [](Stream& stream, char c) -> Task<std::size_t> {
      std::size_t all = 0;
      for (;;) {
        const std::string piece = co_await stream.read(30000);
        if (piece.empty()) co_return all;
        CHECK(piece.find_first_not_of(c) == std::string::npos);
        all += piece.size();
        if (all % 3 == 0) co_await sleep(0s);
      }
    };
    auto [a, b, x, y] = co_await gather(receive(streams[0], 'b'), receive(streams[1], 'a'),
                                        send(streams[0], 'a'), send(streams[1], 'b'));
    CHECK(a == 2000000);
    CHECK(b == 2000000);
  }());
}
