// SPDX-License-Identifier: MIT
// Where there is no memory nobody is left behind. Stands in the program that replaces malloc.
#include "tls_peers.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <capricorn/loop/address.hpp>
#include <capricorn/loop/listener.hpp>
#include <capricorn/loop/open_connection.hpp>
#include <capricorn/loop/platform.hpp>
#include <capricorn/loop/process.hpp>
#include <capricorn/loop/process_pool_executor.hpp>
#include <capricorn/loop/shield.hpp>
#include <capricorn/loop/socket.hpp>
#include <capricorn/loop/stream_server.hpp>
#include <capricorn/loop/thread_pool_executor.hpp>
#include <capricorn/loop/to_thread.hpp>
#include <capricorn/loop/wait_for.hpp>
#include <malloc_counter.hpp>
#include <scenario.hpp>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

/// Nothing is logged, and nothing kept: that would ask for memory, too.
struct Silence {
  Silence() noexcept : before(set_log_sink([](LogLevel, std::string_view) noexcept {})) {}
  Silence(const Silence&) = delete;
  ~Silence() { set_log_sink(before); }
  LogSink before;
};

/// Calls `f(nth)`, whose nth request for memory fails, until it asks for fewer. Gives how many
/// failed.
template <class F>
int with_each_failing(F f) {
  bool failed = true;
  int failures = 0;
  for (std::uint64_t nth = 1; failed; nth += 1 + nth / 60) {
    try {
      f(nth);
    } catch (const std::exception&) {  // what finds no memory may say so
    }
    fail_malloc(0);
    failed = malloc_has_failed();
    if (failed) ++failures;
  }
  return failures;
}

/// Of this process, within a second.
bool all_children_end() {
  for (int i = 0; i < 1000; ++i) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG) < 0) return errno == ECHILD;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

/// The state and the parent, as in /proc.
std::pair<char, pid_t> status_of(const std::filesystem::path& process) {
  std::ifstream file(process / "stat");
  std::string text(std::istreambuf_iterator<char>(file), {});
  const std::size_t name_ends = text.rfind(')');
  if (name_ends == std::string::npos || text.size() < name_ends + 5) return {'?', -1};
  return {text[name_ends + 2], static_cast<pid_t>(std::stol(text.substr(name_ends + 4)))};
}

/// Of the children's children.
int count_zombies() {
  int zombies = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos)
      continue;
    const auto [state, parent] = status_of(entry.path());
    if (state != 'Z' || parent <= 1) continue;
    zombies += status_of("/proc/" + std::to_string(parent)).second == ::getpid();
  }
  return zombies;
}

std::string repeat(int n) { return std::string(static_cast<std::size_t>(n), 'x'); }

Task<> talk_to_process(std::uint64_t nth) {
  fail_malloc(nth);
  Process process = co_await create_subprocess_exec({"cat"}, {.input = PIPE, .output = PIPE});
  const auto [out, err] = co_await wait_for(process.communicate(std::string(200'000, 'x')), 5s);
  CHECK(out.size() == 200'000);
}

/// Both ends are of this thread.
Task<> shake_hands_without_memory(SSLContext client, SSLContext server, std::uint64_t nth) {
  auto [a, b] = memory_pipe();
  fail_malloc(nth);
  co_await error_of(shake_hands(a, b, std::move(client), std::move(server)));
}

}  // namespace

TEST_CASE("a TLS handshake that finds no memory fails, and the next one does not") {
  if (!counts_mallocs()) return;
  const LoggedLines logged;
  const Certificates certificates;
  SSLContext server = server_context(certificates);
  server.add_server_name("localhost", server_context(certificates));
  const SSLContext client = client_context(certificates);
  bool failed = true;
  for (std::uint64_t nth = 1; failed; nth += 1 + nth / 60) {
    try {
      run_virtually(shake_hands_without_memory(client, server, nth));
    } catch (const std::exception&) {  // of the test's own end, mostly
    }
    fail_malloc(0);
    failed = malloc_has_failed();
    const auto after = run_virtually(errors_of(client, server, "localhost"));
    CHECK(after == std::pair<std::string, std::string>{"none", "none"});
  }
}

TEST_CASE("a process for which there is no memory is ended") {
  if (!counts_mallocs()) return;
  const Silence silence;
  with_each_failing([](std::uint64_t nth) {
    run(talk_to_process(nth), {.loop_factory = [] {
          auto loop = std::make_unique<Loop>();
          loop->set_exception_handler([](Loop&, const ExceptionContext&) {});
          return loop;
        }});
  });
  CHECK(all_children_end());
}

#ifdef __linux__
TEST_CASE("a pool's process whose answer finds no memory is waited for") {
  if (!counts_mallocs()) return;
  ProcessPoolExecutor pool({.functions = {repeat}, .max_workers = 2});
  const std::size_t place = pool.place_of(reinterpret_cast<ProcessFunction::Address>(repeat));
  ArchiveWriter arguments;
  arguments.write(std::tuple<int>(5000));
  const std::string bytes = arguments.take();
  with_each_failing([&](std::uint64_t nth) {
    fail_malloc(nth);
    const std::string answer = pool.call(place, bytes);
    fail_malloc(0);
    CHECK(answer.size() > 5000);
  });
  for (int i = 0; i < 1000 && count_zombies() > 0; ++i) std::this_thread::sleep_for(1ms);
  CHECK(count_zombies() == 0);
  CHECK(pool.call(place, bytes).size() > 5000);
}
#endif

TEST_CASE("poll watches a descriptor wholly or, without memory, not at all") {
  if (!counts_mallocs()) return;
  struct Watched final : IoWatcher {
    using IoWatcher::IoWatcher;
    void on_io(std::uint8_t) override {}
  };
  const auto selector = make_selector("poll");
  std::vector<Socket> pipes;
  std::vector<std::unique_ptr<Watched>> watchers;
  for (int i = 0; i < 40; ++i) {
    int ends[2];
    REQUIRE(open_pipe(ends) == 0);
    REQUIRE(::write(ends[1], "x", 1) == 1);
    pipes.emplace_back(ends[0]);
    pipes.emplace_back(ends[1]);
    watchers.push_back(std::make_unique<Watched>(ends[0]));
    with_each_failing([&](std::uint64_t nth) {
      fail_malloc(nth);
      try {
        selector->register_(*watchers.back(), kReadable);
      } catch (const std::system_error& error) {
        fail_malloc(0);
        CHECK((error.code() == std::errc::not_enough_memory ||
               error.code() == std::errc::file_exists));
      }
    });
  }
  std::vector<Selector::Event> events;
  events.reserve(8);
  fail_malloc(1);
  selector->select(Duration::zero(), events);
  fail_malloc(0);
  CHECK(events.size() == 8);
  selector->select(Duration::zero(), events);
  CHECK(events.size() == 48);
}

TEST_CASE("a listener that finds neither descriptors nor memory accepts again later") {
  if (!counts_mallocs()) return;
  const Silence silence;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  with_each_failing([&before](std::uint64_t nth) {
    TestLoop loop;
    loop.set_exception_handler([](Loop&, const ExceptionContext&) {});
    int accepted = 0;
    Listener listener(loop, listen_on(getaddrinfo_blocking("127.0.0.1", "0").at(0), {}), 10, "",
                      [&](Socket, const SocketAddress&) { ++accepted; });
    listener.start();
    const Socket client(::socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(::connect(client.fd(), listener.address().data(), listener.address().size()) == 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    loop.call_later(500ms, [&] { fail_malloc(nth); });
    loop.advance(3s);
    fail_malloc(0);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(accepted == 0);
    loop.advance(3s);
    CHECK(accepted == 1);
  });
}

TEST_CASE("a shielded task that is left gets along without memory") {
  if (!counts_mallocs()) return;
  const Silence silence;
  const auto leave = [](std::uint64_t nth) -> Task<> {
    auto inner = create_task(value(1, 4));
    auto outer = create_task(
        [](TaskHandle<int> task) -> Task<int> { co_return co_await shield(task); }(inner));
    co_await passes(2);
    fail_malloc(nth);
    outer.cancel();
    fail_malloc(0);
    co_await passes(2);
    CHECK(outer.cancelled());
    CHECK(co_await inner == 1);
  };
  with_each_failing([&leave](std::uint64_t nth) { run_virtually(leave(nth)); });
}

TEST_CASE("a job's failure that nobody awaits finds no memory to be told with") {
  if (!counts_mallocs()) return;
  const Silence silence;
  const auto forget = [](std::uint64_t nth) -> Task<> {
    ThreadPoolExecutor pool({.max_workers = 1});
    static_cast<void>(run_in_executor(&pool, [] { throw std::runtime_error("lost"); }));
    pool.shutdown(true);
    fail_malloc(nth);
    co_await passes(3);
  };
  CHECK(with_each_failing([&forget](std::uint64_t nth) { run(forget(nth)); }) > 0);
}

// 1. In debug mode a callback was described before it ran, and was out of the queue by then.
// 2. Without memory for that it never ran: a task stood still, a timer was lost.
TEST_CASE("in debug mode what finds no memory to be described runs all the same") {
  if (!counts_mallocs()) return;
  const Silence silence;
  with_each_failing([](std::uint64_t nth) {
    TestLoop loop;
    loop.set_debug(true);
    loop.set_exception_handler([](Loop&, const ExceptionContext&) {});
    bool ran = false;
    loop.call_later(1s, [&ran] { ran = true; });
    loop.call_soon([nth] { fail_malloc(nth); });
    loop.advance(2s);
    fail_malloc(0);
    CHECK(ran);
  });
}

TEST_CASE("a stream is dropped where there is no memory to say so") {
  if (!counts_mallocs()) return;
  const Silence silence;
  const auto drop = [](std::uint64_t nth) -> Task<> {
    get_running_loop().set_debug(true);
    Server server =
        co_await start_server([](Stream) -> Task<> { co_await sleep(1h); }, "127.0.0.1", 0);
    Stream stream = co_await open_connection("127.0.0.1", server.sockets()[0].port());
    stream.write(std::string(20'000'000, 'x'));
    fail_malloc(nth);
    stream = Stream();
    fail_malloc(0);
  };
  CHECK(with_each_failing([&drop](std::uint64_t nth) { run(drop(nth)); }) > 0);
}

// 1. A task was written down as waiting before its timer was set.
// 2. There was no memory for the timer, and it went on.
// 3. A cancellation went to the wait that was no more, and was lost.
TEST_CASE("a task whose wait found no memory is cancelled as any other") {
  if (!counts_mallocs()) return;
  const Silence silence;
  const auto waits = [](std::uint64_t nth, bool for_another) -> Task<> {
    const TaskHandle<> other = create_task(passes(3));
    fail_malloc(nth);
    try {
      if (for_another)
        static_cast<void>(co_await wait(std::vector{other}, {.timeout = 1ms}));
      else
        co_await sleep(1ms);
    } catch (const std::bad_alloc&) {
    }
    fail_malloc(0);
    current_task().cancel();
    CHECK_THROWS_AS(co_await sleep(0s), CancelledError);
  };
  with_each_failing([&waits](std::uint64_t nth) { run(waits(nth, false)); });
  with_each_failing([&waits](std::uint64_t nth) { run(waits(nth, true)); });
}

TEST_CASE("a future made where no loop runs says that it finds no memory") {
  if (!counts_mallocs()) return;
  Loop loop;
  int made = 0;
  with_each_failing([&](std::uint64_t nth) {
    fail_malloc(nth);
    Future<int> future(loop);
    fail_malloc(0);
    future.set_result(1);
    ++made;
  });
  CHECK(made == 1);
}

// 1. Somebody watches the loop's callbacks: debug mode, or the live page.
// 2. A request ends while no memory is left: what it was called for is not kept.
TEST_CASE("a task that is watched loses its label where there is no memory") {
  if (!counts_mallocs()) return;
  const Silence silence;
  const std::string_view label = "/a/label/of/more/than/a/few/characters";
  int begun = 0;
  int ended = 0;
  const int failures = with_each_failing([&](std::uint64_t nth) {
    ++begun;
    Loop loop;
    loop.set_debug(true);
    loop.run_until_complete([](std::string_view called, std::uint64_t failing) -> Task<> {
      TaskCore& task = current_task().core();
      task.set_label(called);
      fail_malloc(failing);
      task.drop_label();
      fail_malloc(0);
      co_return;
    }(label, nth));
    ++ended;
  });
  CHECK(ended == begun);
  CHECK(failures > 0);
}
