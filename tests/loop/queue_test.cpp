// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/queue.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

Task<> passes(int n) {
  for (int i = 0; i < n; ++i) co_await sleep(0s);
}
Task<> get(Queue<int>& queue, std::string& trace, char name) {
  const int item = co_await queue.get();
  trace += name;
  trace += static_cast<char>('0' + item);
}
Task<> put(Queue<int>& queue, int item, std::string& trace, char name) {
  co_await queue.put(item);
  trace += name;
}

}  // namespace

TEST_CASE("a queue gives its items in the order in which they were put") {
  run([]() -> Task<> {
    Queue<int> queue;
    CHECK(queue.empty());
    for (int i : {3, 1, 2}) queue.put_nowait(i);
    CHECK(queue.qsize() == 3);
    CHECK(co_await queue.get() == 3);
    CHECK(queue.get_nowait() == 1);
    CHECK(co_await queue.get() == 2);
    CHECK(queue.empty());
  }());
}

TEST_CASE("a LifoQueue gives the newest, a PriorityQueue the lowest or what compares first") {
  LifoQueue<int> lifo;
  PriorityQueue<std::pair<int, std::string>> lowest;
  PriorityQueue<int, std::greater<int>> highest;
  for (int i : {3, 1, 2}) {
    lifo.put_nowait(i);
    lowest.put_nowait({i, std::to_string(i)});
    highest.put_nowait(i);
  }
  std::string trace;
  while (!lifo.empty()) {
    trace += std::to_string(lifo.get_nowait()) + lowest.get_nowait().second +
             std::to_string(highest.get_nowait()) + ' ';
  }
  CHECK(trace == "213 122 331 ");
}

TEST_CASE("items need only be movable") {
  run([]() -> Task<> {
    Queue<std::unique_ptr<int>> queue(1);
    co_await queue.put(std::make_unique<int>(7));
    CHECK(*co_await queue.get() == 7);
  }());
}

TEST_CASE("a queue keeps its order however it grows, and owns what is left in it") {
  Queue<std::string> queue;
  int put = 0;
  int got = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 3 * round; ++i)
      queue.put_nowait("a string, not a short one " + std::to_string(put++));
    for (int i = 0; i < 2 * round; ++i)
      CHECK(queue.get_nowait() == "a string, not a short one " + std::to_string(got++));
  }
  CHECK(queue.qsize() == static_cast<std::size_t>(put - got));
}

TEST_CASE("put and get do not suspend where there is room, or an item") {
  run([]() -> Task<> {
    Queue<int> queue(1);
    auto other = create_task(passes(0));
    for (int i = 0; i < 100; ++i) {
      co_await queue.put(i);
      CHECK(co_await queue.get() == i);
    }
    CHECK_FALSE(other.done());
  }());
}

TEST_CASE("the nowait calls throw where they would wait") {
  Queue<int> queue(1);
  CHECK_THROWS_AS(queue.get_nowait(), QueueEmpty);
  queue.put_nowait(1);
  CHECK(queue.full());
  CHECK_THROWS_AS(queue.put_nowait(2), QueueFull);
  CHECK(queue.qsize() == 1);
}

TEST_CASE("a queue without a maximum is never full") {
  for (int maxsize : {0, -1}) {
    Queue<int> queue(maxsize);
    CHECK(queue.maxsize() == maxsize);
    for (int i = 0; i < 1000; ++i) queue.put_nowait(i);
    CHECK_FALSE(queue.full());
  }
}

TEST_CASE("those who wait for an item are served in order of arrival") {
  run([]() -> Task<> {
    Queue<int> queue;
    std::string trace;
    auto a = create_task(get(queue, trace, 'a'));
    auto b = create_task(get(queue, trace, 'b'));
    co_await passes(2);
    queue.put_nowait(1);
    queue.put_nowait(2);
    CHECK(trace.empty());
    co_await passes(1);
    CHECK(trace == "a1b2");
  }());
}

TEST_CASE("those who wait for room are served in order of arrival") {
  run([]() -> Task<> {
    Queue<int> queue(1);
    std::string trace;
    queue.put_nowait(0);
    auto a = create_task(put(queue, 1, trace, 'a'));
    auto b = create_task(put(queue, 2, trace, 'b'));
    co_await passes(2);
    CHECK(trace.empty());
    CHECK(queue.get_nowait() == 0);
    co_await passes(1);
    CHECK(trace == "a");
    CHECK(co_await queue.get() == 1);
    co_await b;
    CHECK(co_await queue.get() == 2);
  }());
}

TEST_CASE("who was woken for an item that another took waits again, behind the others") {
  run([]() -> Task<> {
    Queue<int> queue;
    std::string trace;
    auto a = create_task(get(queue, trace, 'a'));
    auto b = create_task(get(queue, trace, 'b'));
    co_await passes(1);
    queue.put_nowait(1);
    CHECK(queue.get_nowait() == 1);
    co_await passes(1);
    CHECK(trace.empty());
    queue.put_nowait(2);
    queue.put_nowait(3);
    co_await passes(1);
    CHECK(trace == "b2a3");
  }());
}

TEST_CASE("a getter cancelled before an item came loses none") {
  run([]() -> Task<> {
    Queue<int> queue;
    std::string trace;
    auto a = create_task(get(queue, trace, 'a'));
    auto b = create_task(get(queue, trace, 'b'));
    co_await passes(1);
    a.cancel();
    queue.put_nowait(1);
    co_await passes(1);
    CHECK(a.cancelled());
    CHECK(trace == "b1");
  }());
}

TEST_CASE("a getter cancelled after it was woken leaves the item to the next") {
  run([]() -> Task<> {
    Queue<int> queue;
    std::string trace;
    auto a = create_task(get(queue, trace, 'a'));
    auto b = create_task(get(queue, trace, 'b'));
    co_await passes(1);
    queue.put_nowait(1);
    a.cancel();
    co_await b;
    CHECK(a.cancelled());
    CHECK(trace == "b1");
    CHECK(queue.empty());
  }());
}

TEST_CASE("a getter cancelled after it was woken, with nobody behind, leaves the item") {
  run([]() -> Task<> {
    Queue<int> queue;
    std::string trace;
    auto a = create_task(get(queue, trace, 'a'));
    co_await passes(1);
    queue.put_nowait(1);
    a.cancel();
    co_await passes(1);
    CHECK(a.cancelled());
    CHECK(queue.get_nowait() == 1);
  }());
}

TEST_CASE("a putter cancelled before there was room puts nothing") {
  run([]() -> Task<> {
    Queue<int> queue(1);
    std::string trace;
    queue.put_nowait(0);
    auto a = create_task(put(queue, 1, trace, 'a'));
    auto b = create_task(put(queue, 2, trace, 'b'));
    co_await passes(1);
    a.cancel();
    CHECK(queue.get_nowait() == 0);
    co_await b;
    CHECK(queue.get_nowait() == 2);
    CHECK(queue.empty());
  }());
}

TEST_CASE("a putter cancelled after it was woken leaves the room to the next") {
  run([]() -> Task<> {
    Queue<int> queue(1);
    std::string trace;
    queue.put_nowait(0);
    auto a = create_task(put(queue, 1, trace, 'a'));
    auto b = create_task(put(queue, 2, trace, 'b'));
    co_await passes(1);
    CHECK(queue.get_nowait() == 0);
    a.cancel();
    co_await b;
    CHECK(a.cancelled());
    CHECK(queue.get_nowait() == 2);
  }());
}

TEST_CASE("frames dropped while they wait at a queue lose nothing") {
  run([]() -> Task<> {
    Queue<int> queue(1);
    std::string trace;
    auto a = create_task(get(queue, trace, 'a'));
    auto b = create_task(get(queue, trace, 'b'));
    auto c = create_task(get(queue, trace, 'c'));
    co_await passes(1);
    a.core().abandon();
    queue.put_nowait(1);
    b.core().abandon();
    co_await c;
    CHECK(trace == "c1");

    queue.put_nowait(2);
    auto d = create_task(put(queue, 3, trace, 'd'));
    auto e = create_task(put(queue, 4, trace, 'e'));
    co_await passes(1);
    CHECK(queue.get_nowait() == 2);
    d.core().abandon();
    co_await e;
    CHECK(queue.get_nowait() == 4);
  }());
}

TEST_CASE("join waits until each item was dealt with") {
  run([]() -> Task<> {
    Queue<int> queue;
    co_await queue.join();  // nothing was put
    queue.put_nowait(1);
    queue.put_nowait(2);
    auto joined = create_task([](Queue<int>& q) -> Task<> { co_await q.join(); }(queue));
    queue.get_nowait();
    queue.get_nowait();
    co_await passes(2);
    CHECK_FALSE(joined.done());
    queue.task_done();
    co_await passes(2);
    CHECK_FALSE(joined.done());
    queue.task_done();
    co_await passes(1);
    CHECK(joined.done());
    CHECK_THROWS_WITH_AS(queue.task_done(), "task_done() called too many times",
                         std::invalid_argument);
  }());
}

TEST_CASE("workers take what a producer puts, and join sees the end") {
  run([]() -> Task<> {
    Queue<int> queue(3);
    int sum = 0;
    std::vector<TaskHandle<>> workers(4);
    for (auto& worker : workers) {
      worker = create_task([](Queue<int>& q, int& total) -> Task<> {
        while (true) {
          total += co_await q.get();
          co_await sleep(0s);
          q.task_done();
        }
      }(queue, sum));
    }
    for (int i = 1; i <= 1000; ++i) co_await queue.put(i);
    co_await queue.join();
    CHECK(sum == 500500);
    for (auto& worker : workers) worker.cancel();
  }());
}

TEST_CASE("after a shutdown nothing is put, and what remains is taken") {
  run([]() -> Task<> {
    Queue<int> queue;
    queue.put_nowait(1);
    queue.put_nowait(2);
    queue.shutdown();
    CHECK_THROWS_AS(queue.put_nowait(3), QueueShutDown);
    CHECK(co_await queue.get() == 1);
    CHECK(queue.get_nowait() == 2);
    CHECK_THROWS_AS(queue.get_nowait(), QueueShutDown);
    auto late_get = create_task(queue.get());
    auto late_put = create_task(queue.put(4));
    co_await passes(1);
    CHECK_THROWS_AS(late_get.result(), QueueShutDown);
    CHECK_THROWS_AS(late_put.result(), QueueShutDown);
  }());
}

TEST_CASE("an immediate shutdown drops what remains and ends join") {
  run([]() -> Task<> {
    Queue<int> queue;
    for (int i = 0; i < 3; ++i) queue.put_nowait(i);
    CHECK(queue.get_nowait() == 0);
    auto joined = create_task([](Queue<int>& q) -> Task<> { co_await q.join(); }(queue));
    co_await passes(1);
    queue.shutdown(true);
    CHECK(queue.qsize() == 0);
    CHECK_THROWS_AS(queue.get_nowait(), QueueShutDown);
    co_await passes(1);
    CHECK_FALSE(joined.done());  // one was taken and is not dealt with yet
    queue.task_done();
    co_await passes(1);
    CHECK(joined.done());
  }());
}

TEST_CASE("a shutdown wakes those who wait to get or to put, who then throw") {
  for (bool immediate : {false, true}) {
    run([](bool now) -> Task<> {
      Queue<int> empty;
      Queue<int> full(1);
      full.put_nowait(1);
      auto getter = create_task(empty.get());
      auto putter = create_task(full.put(2));
      co_await passes(1);
      empty.shutdown(now);
      full.shutdown(now);
      co_await passes(1);
      CHECK_THROWS_AS(getter.result(), QueueShutDown);
      CHECK_THROWS_AS(putter.result(), QueueShutDown);
      CHECK(full.empty() == now);
    }(immediate));
  }
}

TEST_CASE("a getter woken by an item that a shutdown then drops throws") {
  run([]() -> Task<> {
    Queue<int> queue;
    auto getter = create_task(queue.get());
    co_await passes(1);
    queue.put_nowait(1);
    queue.shutdown(true);
    co_await passes(1);
    CHECK_THROWS_AS(getter.result(), QueueShutDown);
    co_await queue.join();
  }());
}

TEST_CASE("tasks that wait at a queue which is gone can still be cancelled") {
  run([]() -> Task<> {
    auto queue = std::make_unique<Queue<int>>();
    auto a = create_task(queue->get());
    auto b = create_task(queue->get());
    co_await passes(1);
    queue->put_nowait(1);
    queue.reset();
    a.cancel();
    b.cancel();
    co_await passes(1);
    CHECK(a.cancelled());
    CHECK(b.cancelled());
  }());
}
