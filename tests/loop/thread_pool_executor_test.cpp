// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/gather.hpp>
#include <capricorn/loop/platform.hpp>
#include <capricorn/loop/thread_pool_executor.hpp>
#include <capricorn/loop/to_thread.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <latch>
#include <memory>
#include <no_threads.hpp>
#include <scenario.hpp>
#include <set>
#include <string>
#include <thread>

using namespace capricorn;
using namespace capricorn::test;

namespace {

Task<> wait_there(ThreadPoolExecutor& pool, std::latch& latch) {
  co_await run_in_executor(&pool, [&latch] { latch.wait(); });
}
/// Until `begun` jobs run.
Task<> until(std::atomic<int>& begun, int count) {
  while (begun.load() < count) co_await sleep(1ms);
}

}  // namespace

TEST_CASE("the default pool has min(32, cpus + 4) threads, and another size where asked") {
  CHECK(ThreadPoolExecutor().max_workers() == std::min<std::size_t>(32, usable_processors() + 4));
  CHECK(ThreadPoolExecutor({.max_workers = 3}).max_workers() == 3);
}

TEST_CASE("jobs run at the same time, and their values come to who awaits") {
  ThreadPoolExecutor pool({.max_workers = 2});
  run([](ThreadPoolExecutor& executor) -> Task<> {
    std::latch both(2);
    auto job = [&](int v) {
      both.arrive_and_wait();
      return v;
    };
    auto [a, b] =
        co_await gather(run_in_executor(&executor, job, 1), run_in_executor(&executor, job, 2));
    CHECK(a + b == 3);
  }(pool));
}

TEST_CASE("jobs beyond the threads wait their turn, in order") {
  ThreadPoolExecutor pool({.max_workers = 1});
  run([](ThreadPoolExecutor& executor) -> Task<> {
    std::string trace;
    std::vector<Task<>> jobs;
    for (char c = 'a'; c < 'g'; ++c) {
      jobs.push_back([](ThreadPoolExecutor& e, std::string& out, char word) -> Task<> {
        co_await run_in_executor(&e, [&out, word] { out += word; });
      }(executor, trace, c));
    }
    co_await gather(std::move(jobs));
    CHECK(trace == "abcdef");
  }(pool));
}

TEST_CASE("what a job throws is thrown where it is awaited") {
  run([]() -> Task<> {
    CHECK(co_await outcome(to_thread([] { throw std::runtime_error("job"); })) == "job");
  }());
}

TEST_CASE("arguments are moved in, the value moved out") {
  run([]() -> Task<> {
    auto result = co_await to_thread(
        [](std::unique_ptr<int> p) {
          ++*p;
          return p;
        },
        std::make_unique<int>(4));
    CHECK(*result == 5);
  }());
}

TEST_CASE("cancelling the await of a queued job takes it back: it never runs") {
  ThreadPoolExecutor pool({.max_workers = 1});
  std::latch go(1);
  std::atomic<bool> ran{false};
  run([](ThreadPoolExecutor& executor, std::latch& latch, std::atomic<bool>& flag) -> Task<> {
    auto running = create_task(wait_there(executor, latch));
    auto queued = create_task([](ThreadPoolExecutor& e, std::atomic<bool>& f) -> Task<> {
      co_await run_in_executor(&e, [&f] { f = true; });
    }(executor, flag));
    co_await passes(2);
    queued.cancel("back");
    CHECK(co_await outcome(queued) == "CancelledError(back)");
    latch.count_down();
    co_await running;
  }(pool, go, ran));
  pool.shutdown(true);
  CHECK_FALSE(ran.load());
}

TEST_CASE("cancelling the await of a running job returns at once; the job goes on alone") {
  ThreadPoolExecutor pool({.max_workers = 1});
  std::latch go(1);
  std::atomic<int> begun{0};
  std::atomic<bool> ended{false};
  run([](ThreadPoolExecutor& executor, std::latch& latch, std::atomic<int>& in,
         std::atomic<bool>& out) -> Task<> {
    auto task = create_task([](ThreadPoolExecutor& e, std::latch& l, std::atomic<int>& i,
                               std::atomic<bool>& o) -> Task<> {
      co_await run_in_executor(&e, [&] {
        ++i;
        l.wait();
        o = true;
      });
    }(executor, latch, in, out));
    co_await until(in, 1);
    task.cancel();
    co_await sleep(0s);
    CHECK(task.cancelled());
    CHECK_FALSE(out.load());
  }(pool, go, begun, ended));
  // Its loop is gone, and it ends all the same.
  go.count_down();
  pool.shutdown(true);
  CHECK(ended.load());
}

TEST_CASE("a job's captures are dropped though its loop has gone") {
  auto pool = std::make_unique<ThreadPoolExecutor>(ThreadPoolOptions{.max_workers = 1});
  auto held = std::make_shared<int>(1);
  std::latch go(1);
  std::atomic<int> begun{0};
  run([](ThreadPoolExecutor& executor, std::shared_ptr<int> keep, std::latch& latch,
         std::atomic<int>& in) -> Task<> {
    auto task = create_task([](ThreadPoolExecutor& e, std::shared_ptr<int> k, std::latch& l,
                               std::atomic<int>& i) -> Task<> {
      co_await run_in_executor(&e, [k = std::move(k), &l, &i] {
        ++i;
        l.wait();
      });
    }(executor, std::move(keep), latch, in));
    co_await until(in, 1);
    task.cancel();
    co_await passes(2);
  }(*pool, held, go, begun));
  CHECK(held.use_count() == 2);
  go.count_down();
  pool.reset();
  CHECK(held.use_count() == 1);
}

TEST_CASE("what waits for a job may go behind its loop, just as the job ends") {
  for (int i = 0; i < 100; ++i) {
    ThreadPoolExecutor pool({.max_workers = 1});
    std::latch go(1);
    auto held = std::make_shared<int>(1);
    {
      auto loop = std::make_unique<Loop>();
      const auto waits = loop->run_in_executor(&pool, [&go, held] { go.wait(); });
      loop.reset();
      go.count_down();
    }
    pool.shutdown(true);
    CHECK(held.use_count() == 1);
  }
}

// 1. A task group's body made a pool, gave a job of it to a task, and threw.
// 2. The pool went with the body, and waited for the job.
// 3. The group cancelled the task, which asked the pool for its job back.
TEST_CASE("a pool may be gone when the await of its last job is cancelled") {
  run([]() -> Task<> {
    auto pool = std::make_unique<ThreadPoolExecutor>(ThreadPoolOptions{.max_workers = 1});
    std::latch go(1);
    auto task = create_task(wait_there(*pool, go));
    co_await passes(2);
    go.count_down();
    pool.reset();
    task.cancel("late");
    CHECK(co_await outcome(task) == "CancelledError(late)");
  }());
}

TEST_CASE("a loop's default pool may be replaced while it has a job") {
  run([]() -> Task<> {
    std::atomic<int> begun{0};
    auto task = create_task(to_thread([&begun] { ++begun; }));
    co_await until(begun, 1);
    auto other = create_task(to_thread([&begun] { ++begun; }));
    co_await sleep(0s);
    get_running_loop().set_default_executor(std::make_shared<ThreadPoolExecutor>());
    CHECK(begun == 2);
    other.cancel();
    CHECK(co_await outcome(other) == "CancelledError()");
    co_await task;
  }());
}

TEST_CASE("a bounded queue refuses what is too much") {
  ThreadPoolExecutor pool({.max_workers = 1, .max_queue = 1, .name = "one"});
  std::latch go(1);
  run([](ThreadPoolExecutor& executor, std::latch& latch) -> Task<> {
    auto a = create_task(wait_there(executor, latch));
    auto b = create_task(wait_there(executor, latch));
    co_await passes(2);
    auto c = create_task(wait_there(executor, latch));
    co_await passes(2);
    CHECK_THROWS_WITH_AS(c.result(), "the executor's queue is full", QueueFull);
    latch.count_down();
    co_await a;
    co_await b;
  }(pool, go));
}

TEST_CASE("a pool that was shut down takes no job, and finishes those it has") {
  ThreadPoolExecutor pool({.max_workers = 1});
  run([](ThreadPoolExecutor& executor) -> Task<> {
    std::atomic<int> done{0};
    auto count = [](ThreadPoolExecutor& e, std::atomic<int>& n) -> Task<> {
      co_await run_in_executor(&e, [&n] { ++n; });
    };
    auto a = create_task(count(executor, done));
    auto b = create_task(count(executor, done));
    co_await sleep(0s);
    executor.shutdown(true);
    CHECK(done.load() == 2);
    co_await a;
    co_await b;
    CHECK(co_await outcome(count(executor, done)) == "cannot schedule new futures after shutdown");
  }(pool));
}

TEST_CASE("after shutdown_default_executor the loop has none") {
  run([]() -> Task<> {
    CHECK(co_await to_thread([] { return 1; }) == 1);
    co_await get_running_loop().shutdown_default_executor();
    CHECK_THROWS_WITH_AS(co_await to_thread([] { return 1; }), "Executor shutdown has been called",
                         RuntimeError);
  }());
}

TEST_CASE("shutdown_default_executor waits so long and no longer, and the loop runs on") {
  std::latch go(1);
  LoggedLines log;
  run([](std::latch& latch) -> Task<> {
    auto job =
        create_task([](std::latch& l) -> Task<> { co_await to_thread([&l] { l.wait(); }); }(latch));
    auto other = create_task(value(3, 5));
    co_await passes(2);
    co_await get_running_loop().shutdown_default_executor(1ms);
    CHECK(other.done());
    latch.count_down();
    co_await job;
  }(go));
  CHECK(log.lines() == std::vector<std::string>{
                           "The executor did not finish joining its threads within 0 seconds."});
}

// 1. Whoever waited for the default pool's end was cancelled, and the loop was closed and went.
// 2. The thread that joined the pool told the loop.
TEST_CASE("a loop may go while a cancelled shutdown_default_executor still joins its threads") {
  for (const bool goes : {false, true}) {
    std::latch ended(1);
    auto loop = std::make_unique<Loop>();
    loop->run_until_complete([](Loop& l, std::latch& latch) -> Task<> {
      std::atomic<int> begun{0};
      auto go = std::make_shared<std::latch>(1);
      auto job = create_task(to_thread([&begun, go, &latch] {
        ++begun;
        go->wait();
        latch.count_down();
      }));
      co_await until(begun, 1);
      const std::string end = co_await outcome(wait_for(l.shutdown_default_executor(), 1ms));
      CHECK(end == "TimeoutError");
      CHECK(l.jobs_outside() == 1);
      // Only now: it ends while the loop closes, or after.
      go->count_down();
      job.cancel();
      CHECK(co_await outcome(job) == "CancelledError()");
    }(*loop, ended));
    loop->close();
    if (goes) loop.reset();
    ended.wait();
  }
}

TEST_CASE("a loop's default pool can be one's own") {
  auto pool =
      std::make_shared<ThreadPoolExecutor>(ThreadPoolOptions{.max_workers = 1, .name = "mine"});
  run([](std::shared_ptr<ThreadPoolExecutor> mine) -> Task<> {
    get_running_loop().set_default_executor(mine);
    CHECK(&get_running_loop().default_executor() == mine.get());
    CHECK(co_await to_thread([] { return 2; }) == 2);
  }(pool));
}

TEST_CASE("workers take no signals") {
  run([]() -> Task<> {
    const bool blocked = co_await to_thread([] {
      sigset_t mask;
      ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
      return ::sigismember(&mask, SIGINT) == 1 && ::sigismember(&mask, SIGTERM) == 1;
    });
    CHECK(blocked);
  }());
}

TEST_CASE("what jobs set in context variables stays in their thread, and goes with it") {
  static ContextVar<std::string> variable("variable", "none");
  ThreadPoolExecutor pool({.max_workers = 1});
  run([](ThreadPoolExecutor& executor) -> Task<> {
    co_await run_in_executor(&executor, [] { variable.set(std::string(100, 'x')); });
    CHECK(co_await run_in_executor(&executor, [] { return variable.get().size(); }) == 100);
    CHECK(variable.get() == "none");
  }(pool));
}

#ifdef CAPRICORN_TEST_NO_THREADS
// 1. The first job was queued, and then its thread could not be started.
// 2. It stayed in the queue and in the counts while its awaiter dropped it.
// 3. The loop's thread went on with all signals blocked.
TEST_CASE("a pool that gets no thread refuses the job and is none the worse") {
  ThreadPoolExecutor pool({.max_workers = 1, .max_queue = 1});
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  run([](ThreadPoolExecutor& executor) -> Task<> {
    {
      const NoThreads none;
      for (int i = 0; i < 3; ++i) {
        CHECK_THROWS_AS(co_await run_in_executor(&executor, [] {}), std::system_error);
      }
      CHECK(get_running_loop().link()->pool.queued.load() == 0);
    }
    CHECK(co_await run_in_executor(&executor, [] { return 1; }) == 1);
  }(pool));
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (const int signal : {SIGINT, SIGTERM}) {
    CHECK(sigismember(&after, signal) == sigismember(&before, signal));
  }
}

TEST_CASE("where a pool gets no further thread, the job waits for one that there is") {
  ThreadPoolExecutor pool({.max_workers = 2});
  std::latch go(1);
  run([](ThreadPoolExecutor& executor, std::latch& latch) -> Task<> {
    auto first = create_task(wait_there(executor, latch));
    co_await passes(2);
    const NoThreads none;
    auto second = create_task(
        [](ThreadPoolExecutor& e) -> Task<> { co_await run_in_executor(&e, [] {}); }(executor));
    co_await passes(2);
    CHECK_FALSE(second.done());
    latch.count_down();
    co_await first;
    co_await second;
  }(pool, go));
}
#endif
