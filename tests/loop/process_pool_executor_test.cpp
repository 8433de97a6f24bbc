// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/process_pool_executor.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <latch>
#include <map>
#include <set>
#include <string>
#include <temporary_folder.hpp>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

int made_by_initializer = 0;

long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
std::map<std::string, std::size_t> count_words(const std::vector<std::string>& words) {
  std::map<std::string, std::size_t> counts;
  for (const std::string& word : words) ++counts[word];
  return counts;
}
std::string echo(std::string text) { return text; }
void nothing() {}
void fail(std::string text) {
  if (text.empty()) throw 7;
  throw std::out_of_range(text);
}
void crash(int signal) {
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}
void leave(int code) { std::_Exit(code); }
int own_pid() { return ::getpid(); }
int initialized() { return made_by_initializer; }
int rest(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  return milliseconds;
}
int say_and_rest(std::string fifo) {
  const int fd = ::open(fifo.c_str(), O_WRONLY);
  static_cast<void>(!::write(fd, "x", 1));
  ::close(fd);
  return rest(100000);
}
int pid_after(int milliseconds) {
  rest(milliseconds);
  return ::getpid();
}
int open_descriptors() {
  int count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) >= 0;
  return count;
}
/// What it writes waits in the C library's buffer.
int note(std::string path) {
  std::FILE* file = std::fopen(path.c_str(), "a");
  if (file) std::fputs("noted", file);
  return ::getpid();
}
int hold(std::string fifo) { return ::open(fifo.c_str(), O_WRONLY) < 0 ? -1 : ::getpid(); }
int unregistered(int x) { return x; }

ProcessPoolOptions options(std::size_t workers) {
  return {.functions = {fib, count_words, echo, nothing, fail, crash, leave, own_pid, initialized,
                        rest, say_and_rest, pid_after, open_descriptors, note, hold},
          .max_workers = workers};
}

template <class A>
Task<std::string> failure(A job) {
  try {
    co_await std::move(job);
  } catch (const std::exception& error) {
    co_return error.what();
  }
  co_return "";
}

bool gone(int pid) {
  for (int i = 0; i < 2000; ++i) {
    if (::kill(pid, 0) < 0 && errno == ESRCH) return true;
    ::usleep(1000);
  }
  return false;
}

}  // namespace

TEST_CASE("arguments go there and the result comes back") {
  ProcessPoolExecutor pool(options(2));
  run([](ProcessPoolExecutor& p) -> Task<> {
    CHECK(co_await run_in_process(p, fib, 15) == 610);
    const std::vector<std::string> words{"a", "b", "a"};
    CHECK(co_await run_in_process(p, count_words, words) ==
          std::map<std::string, std::size_t>{{"a", 2}, {"b", 1}});
    const std::string large(3000000, 'x');
    CHECK((co_await run_in_process(p, echo, large) == large));
    CHECK(co_await run_in_process(p, echo, "literal") == "literal");
    co_await run_in_process(p, nothing);
    CHECK(co_await run_in_process(p, own_pid) != ::getpid());
  }(pool));
}

TEST_CASE("jobs run at once, in as many processes as are allowed, which are used again") {
  ProcessPoolExecutor pool(options(2));
  CHECK(pool.max_workers() == 2);
  run([](ProcessPoolExecutor& p) -> Task<> {
    auto [one, two] =
        co_await gather(run_in_process(p, pid_after, 100), run_in_process(p, pid_after, 100));
    CHECK(one != two);
    std::set<int> pids;
    for (int i = 0; i < 20; ++i) pids.insert(co_await run_in_process(p, own_pid));
    CHECK(pids.size() <= 2);
  }(pool));
}

TEST_CASE("an exception comes back with its text") {
  ProcessPoolExecutor pool(options(1));
  run([](ProcessPoolExecutor& p) -> Task<> {
    bool remote = false;
    try {
      co_await run_in_process(p, fail, "out of it");
    } catch (const RemoteError& error) {
      remote = std::string(error.what()) == "out of it";
    }
    CHECK(remote);
    CHECK(co_await failure(run_in_process(p, fail, "")) == "not a std::exception");
    CHECK(co_await run_in_process(p, fib, 10) == 55);
  }(pool));
}

TEST_CASE("a process that crashes is an error for its caller alone, and is replaced") {
  ProcessPoolExecutor pool(options(2));
  run([](ProcessPoolExecutor& p) -> Task<> {
    auto other = create_task(as_task(run_in_process(p, rest, 50)));
    int returncode = 0;
    std::string what;
    try {
      co_await run_in_process(p, crash, SIGSEGV);
    } catch (const BrokenProcessPool& error) {
      returncode = error.returncode;
      what = error.what();
    }
    CHECK(returncode == -SIGSEGV);
    CHECK(what.starts_with("a process of the pool was ended by signal 11"));
    CHECK(co_await failure(run_in_process(p, leave, 3)) ==
          "a process of the pool ended with exit code 3 in a job");
    CHECK(co_await other == 50);
    CHECK(co_await run_in_process(p, fib, 10) == 55);
  }(pool));
}

TEST_CASE("the initializer runs once in each process; where it fails there is none") {
  ProcessPoolOptions with = options(1);
  with.initializer = [] { made_by_initializer += 42; };
  ProcessPoolExecutor pool(std::move(with));
  ProcessPoolOptions broken = options(1);
  broken.initializer = [] { throw std::runtime_error("no licence"); };
  ProcessPoolExecutor never(std::move(broken));
  run([](ProcessPoolExecutor& p, ProcessPoolExecutor& n) -> Task<> {
    CHECK(co_await run_in_process(p, initialized) == 42);
    CHECK(co_await run_in_process(p, initialized) == 42);
    co_await failure(run_in_process(p, crash, SIGABRT));
    CHECK(co_await run_in_process(p, initialized) == 42);
    CHECK(co_await failure(run_in_process(n, fib, 1)) ==
          "the initializer of a process of the pool failed: no licence");
  }(pool, never));
  CHECK(made_by_initializer == 0);
}

TEST_CASE("a queued job is taken back; one that runs goes on alone") {
  ProcessPoolExecutor pool(options(1));
  run([](ProcessPoolExecutor& p) -> Task<> {
    auto running = create_task(as_task(run_in_process(p, rest, 100)));
    auto queued = create_task(as_task(run_in_process(p, crash, SIGKILL)));
    co_await sleep(5ms);
    queued.cancel();
    running.cancel();
    co_await sleep(0s);
    co_await sleep(0s);
    CHECK(queued.cancelled());
    CHECK(running.cancelled());
    CHECK(co_await run_in_process(p, fib, 10) == 55);
  }(pool));
}

TEST_CASE("a bounded queue refuses what is too much, and a pool that was shut down everything") {
  ProcessPoolOptions small = options(1);
  small.max_queue = 1;
  ProcessPoolExecutor pool(std::move(small));
  run([](ProcessPoolExecutor& p) -> Task<> {
    auto a = create_task(as_task(run_in_process(p, rest, 50)));
    auto b = create_task(as_task(run_in_process(p, rest, 1)));
    co_await sleep(5ms);
    CHECK_THROWS_WITH_AS(static_cast<void>(run_in_process(p, fib, 1)),
                         "the executor's queue is full", QueueFull);
    co_await a;
    co_await b;
    const int pid = co_await run_in_process(p, own_pid);
    p.shutdown();
    CHECK(gone(pid));
    CHECK_THROWS_WITH_AS(static_cast<void>(run_in_process(p, fib, 1)),
                         "cannot schedule new futures after shutdown", RuntimeError);
    p.shutdown();
  }(pool));
}

TEST_CASE("a function that was not registered is refused at once") {
  ProcessPoolExecutor pool(options(1));
  run([](ProcessPoolExecutor& p) -> Task<> {
    CHECK_THROWS_WITH_AS(static_cast<void>(run_in_process(p, unregistered, 1)),
                         "the function is not among this pool's: name it in .functions",
                         RuntimeError);
    co_return;
  }(pool));
}

TEST_CASE("a process has no descriptor of ours, and Ctrl+C is ours alone") {
  const int leaky = ::open("/dev/null", O_RDONLY);
  ProcessPoolExecutor pool(options(1));
  run([](ProcessPoolExecutor& p) -> Task<> {
    CHECK(co_await run_in_process(p, open_descriptors) == 4);  // its socket is the fourth
    const int pid = co_await run_in_process(p, own_pid);
    ::kill(pid, SIGINT);
    CHECK(co_await run_in_process(p, own_pid) == pid);
  }(pool));
  ::close(leaky);
}

TEST_CASE("no process outlives the one that made the pool, whatever becomes of that") {
  const test::TemporaryFolder folder;
  const std::string fifo = folder / "begun";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    ProcessPoolExecutor pool(options(1));
    run([](ProcessPoolExecutor& p, int out, std::string begun) -> Task<> {
      const int pid = co_await run_in_process(p, own_pid);
      static_cast<void>(!::write(out, &pid, sizeof pid));
      auto busy = create_task(as_task(run_in_process(p, say_and_rest, begun)));
      char said = 0;
      CHECK(::read(::open(begun.c_str(), O_RDONLY), &said, 1) == 1);
      std::raise(SIGKILL);
    }(pool, ends[1], fifo));
    ::_exit(0);
  }
  int pid = 0;
  CHECK(::read(ends[0], &pid, sizeof pid) == sizeof pid);
  CHECK(::waitpid(owner, nullptr, 0) == owner);
  // Killed by the zygote, and waited for by it or by init.
  bool ended = false;
  for (int i = 0; i < 3000 && !ended; ++i) {
    ended = ::kill(pid, 0) < 0;
    ::usleep(1000);
  }
  CHECK(ended);
  ::close(ends[0]);
  ::close(ends[1]);
}

#if defined(__linux__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature) || !__has_feature(thread_sanitizer)
TEST_CASE("a pool is refused where threads run already") {
  std::latch go(1);
  std::thread other([&go] { go.wait(); });
  std::string what;
  try {
    ProcessPoolExecutor pool(options(1));
  } catch (const RuntimeError& error) {
    what = error.what();
  }
  go.count_down();
  other.join();
  CHECK(what.starts_with("a process pool is made before the first thread"));
}
#endif
#endif

TEST_CASE("a process that has done its share of jobs gives way to another") {
  ProcessPoolOptions two_each = options(1);
  two_each.max_tasks_per_child = 2;
  ProcessPoolExecutor pool(std::move(two_each));
  run([](ProcessPoolExecutor& p) -> Task<> {
    std::vector<int> pids;
    for (int i = 0; i < 5; ++i) pids.push_back(co_await run_in_process(p, own_pid));
    CHECK(pids[0] == pids[1]);
    CHECK(pids[1] != pids[2]);
    CHECK(pids[2] == pids[3]);
    CHECK(pids[3] != pids[4]);
    CHECK(gone(pids[0]));
    CHECK(gone(pids[2]));
    // A job that fails counts as one.
    co_await failure(run_in_process(p, fail, "no"));
    CHECK(co_await run_in_process(p, own_pid) != pids[4]);
  }(pool));
}

TEST_CASE("what a job wrote is not lost when its process gives way to another") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "notes";
  ProcessPoolOptions one_each = options(1);
  one_each.max_tasks_per_child = 1;
  ProcessPoolExecutor pool(std::move(one_each));
  run([](ProcessPoolExecutor& p, std::string name) -> Task<> {
    CHECK(gone(co_await run_in_process(p, note, name)));
    std::ifstream notes(name);
    CHECK(std::string(std::istreambuf_iterator<char>(notes), {}) == "noted");
  }(pool, path));
}

TEST_CASE("a process that ended while it had no job is replaced, and nobody need know") {
  const test::TemporaryFolder folder;
  const std::string fifo = folder / "held";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const int end = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(::fcntl(end, F_SETFL, 0) == 0);
  ProcessPoolExecutor pool(options(1));
  run([](ProcessPoolExecutor& p, std::string name, int held) -> Task<> {
    const int pid = co_await run_in_process(p, hold, name);
    ::kill(pid, SIGKILL);
    char byte = 0;
    CHECK(::read(held, &byte, 1) == 0);  // it had opened this behind its socket
    CHECK(co_await run_in_process(p, fib, 10) == 55);
    CHECK(gone(pid));
  }(pool, fifo, end));
  ::close(end);
}
