// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/async_generator.hpp>
#include <capricorn/loop/run.hpp>
#include <capricorn/loop/sleep.hpp>
#include <capricorn/loop/wait_for.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

namespace {

AsyncGenerator<int> count(int n) {
  for (int i = 0; i < n; ++i) {
    co_await sleep(0s);
    co_yield i;
  }
}

/// Writes down what becomes of it.
AsyncGenerator<int> traced(std::string& trace) {
  struct Cleanup {
    std::string& trace;
    ~Cleanup() { trace += "d"; }
  } cleanup{trace};
  bool closed = false;
  trace += "b";
  try {
    co_yield 1;
    co_yield 2;
    trace += "e";
  } catch (const GeneratorExit&) {
    closed = true;
  }
  if (!closed) co_return;
  trace += "x";
  co_await sleep(0s);
  trace += "c";
}

AsyncGenerator<int> chain(int depth) {
  if (depth == 0) {
    co_await sleep(0s);
    co_yield 7;
    co_yield 8;
    co_return;
  }
  AsyncGenerator<int> inner = chain(depth - 1);
  while (auto item = co_await inner.next()) co_yield *item;
}

AsyncGenerator<int> stubborn() {
  for (;;) {
    try {
      co_yield 1;
    } catch (const GeneratorExit&) {
    }
  }
}

AsyncGenerator<int> slow(std::string& trace) {
  co_await sleep(1ms);
  try {
    co_yield 1;
  } catch (const GeneratorExit&) {
    trace += "x";
    throw;
  }
}

AsyncGenerator<int> answering() {
  bool failed = false;
  for (int i = 0; i < 3; ++i) {
    try {
      co_yield failed ? -i : i;
    } catch (const std::runtime_error&) {
      failed = true;
    }
  }
}

std::exception_ptr failure() { return std::make_exception_ptr(std::runtime_error("thrown in")); }

std::string reported;
void keep_report(Loop&, const ExceptionContext& context) {
  reported = context.message;
  try {
    if (context.exception) std::rethrow_exception(context.exception);
  } catch (const std::exception& e) {
    reported += std::string("|") + e.what();
  }
}

}  // namespace

TEST_CASE("a generator gives its values in order, then nothing for ever") {
  run([]() -> Task<> {
    AsyncGenerator<int> numbers = count(3);
    std::vector<int> seen;
    while (auto item = co_await numbers.next()) seen.push_back(*item);
    CHECK(seen == std::vector<int>{0, 1, 2});
    CHECK_FALSE((co_await numbers.next()).has_value());
    co_await numbers.aclose();
    CHECK_FALSE((co_await numbers.athrow(failure())).has_value());
  }());
}

TEST_CASE("a value may be move-only, and is not copied") {
  run([]() -> Task<> {
    auto boxes = []() -> AsyncGenerator<std::unique_ptr<int>> {
      auto box = std::make_unique<int>(1);
      co_yield std::move(box);
      co_yield std::make_unique<int>(2);
    }();
    CHECK(**(co_await boxes.next()) == 1);
    CHECK(**(co_await boxes.next()) == 2);
    CHECK_FALSE(co_await boxes.next());
  }());
}

TEST_CASE("it is lazy, and it does not yield to the loop by itself") {
  std::string trace;
  run([](std::string& out) -> Task<> {
    AsyncGenerator<int> never = traced(out);
    CHECK(out.empty());
    AsyncGenerator<int> generator = traced(out);
    get_running_loop().call_soon([&out] { out += "!"; });
    CHECK(*co_await generator.next() == 1);
    CHECK(*co_await generator.next() == 2);
    CHECK_FALSE((co_await generator.next()).has_value());
    CHECK(out == "bed");
  }(trace));
  CHECK(trace == "bed!");
}

TEST_CASE("what it throws is thrown by next, and is its end") {
  run([]() -> Task<> {
    auto failing = []() -> AsyncGenerator<int> {
      co_yield 1;
      co_await sleep(0s);
      throw std::runtime_error("no more");
    }();
    CHECK(*co_await failing.next() == 1);
    std::string what;
    try {
      co_await failing.next();
    } catch (const std::runtime_error& e) {
      what = e.what();
    }
    CHECK(what == "no more");
    CHECK_FALSE((co_await failing.next()).has_value());
  }());
}

TEST_CASE("aclose throws GeneratorExit at the co_yield and waits for the end") {
  std::string trace;
  run([](std::string& out) -> Task<> {
    AsyncGenerator<int> generator = traced(out);
    co_await generator.next();
    co_await generator.aclose();
    CHECK(out == "bxcd");
    co_await generator.aclose();
    CHECK_FALSE((co_await generator.next()).has_value());
    AsyncGenerator<int> never = traced(out);
    co_await never.aclose();
    CHECK_FALSE((co_await never.next()).has_value());
  }(trace));
  CHECK(trace == "bxcd");
}

TEST_CASE("a generator that yields in spite of aclose is an error") {
  run([]() -> Task<> {
    AsyncGenerator<int> generator = stubborn();
    co_await generator.next();
    std::string what;
    try {
      co_await generator.aclose();
    } catch (const RuntimeError& e) {
      what = e.what();
    }
    CHECK(what == "async generator ignored GeneratorExit");
    CHECK(*co_await generator.next() == 1);
  }());
}

TEST_CASE("athrow throws at the co_yield and gives the next value") {
  run([]() -> Task<> {
    AsyncGenerator<int> generator = answering();
    CHECK(*co_await generator.next() == 0);
    CHECK(*co_await generator.athrow(failure()) == -1);
    CHECK(*co_await generator.next() == -2);
    AsyncGenerator<int> numbers = count(3);
    co_await numbers.next();
    AsyncGenerator<int> unbegun = count(3);
    int caught = 0;
    for (AsyncGenerator<int>* each : {&numbers, &unbegun}) {
      try {
        co_await each->athrow(failure());
      } catch (const std::runtime_error&) {
        ++caught;
      }
      CHECK_FALSE((co_await each->next()).has_value());
    }
    CHECK(caught == 2);
  }());
}

TEST_CASE("one await at a time") {
  run([]() -> Task<> {
    AsyncGenerator<int> numbers = count(3);
    auto first = create_task(as_task(numbers.next()));
    co_await sleep(0s);
    std::vector<std::string> errors;
    try {
      co_await numbers.next();
    } catch (const RuntimeError& e) {
      errors.emplace_back(e.what());
    }
    try {
      co_await numbers.aclose();
    } catch (const RuntimeError& e) {
      errors.emplace_back(e.what());
    }
    CHECK(errors ==
          std::vector<std::string>{"anext(): asynchronous generator is already running",
                                   "aclose(): asynchronous generator is already running"});
    CHECK(*co_await first == 0);
    CHECK(*co_await numbers.next() == 1);
  }());
}

TEST_CASE("cancellation arrives where the generator waits, and is its end") {
  std::string trace;
  run([](std::string& out) -> Task<> {
    auto sleeper = [](std::string& t) -> AsyncGenerator<int> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        t += "c";
        throw;
      }
      co_yield 1;
    }(out);
    bool timed_out = false;
    try {
      co_await wait_for(sleeper.next(), 1ms);
    } catch (const TimeoutError&) {
      timed_out = true;
    }
    CHECK(timed_out);
    CHECK_FALSE((co_await sleeper.next()).has_value());
  }(trace));
  CHECK(trace == "c");
}

TEST_CASE("generators may stand behind each other in any number") {
  run([]() -> Task<> {
    AsyncGenerator<int> deep = chain(20000);
    CHECK(*co_await deep.next() == 7);
    CHECK(*co_await deep.next() == 8);
    CHECK_FALSE((co_await deep.next()).has_value());
    AsyncGenerator<int> dropped = chain(20000);
    CHECK(*co_await dropped.next() == 7);
  }());
}

TEST_CASE("many values cost no stack") {
  run([]() -> Task<> {
    auto plain = []() -> AsyncGenerator<int> {
      for (int i = 1; i <= 1000000; ++i) co_yield i;
    }();
    long sum = 0;
    while (auto item = co_await plain.next()) sum += *item;
    CHECK(sum == 500000500000);
  }());
}

TEST_CASE("a generator that is dropped is closed by its loop") {
  std::string trace;
  run([](std::string& out) -> Task<> {
    {
      AsyncGenerator<int> generator = traced(out);
      co_await generator.next();
    }
    CHECK(out == "b");
    for (int i = 0; i < 3; ++i) co_await sleep(0s);
    CHECK(out == "bxcd");
  }(trace));
}

TEST_CASE("run lets the clean-up of a dropped generator end, and does not cancel it") {
  std::string trace;
  run([](std::string& out) -> Task<> {
    {
      AsyncGenerator<int> generator = traced(out);
      co_await generator.next();
    }
    while (out == "b") co_await sleep(0s);
  }(trace));
  CHECK(trace == "bxcd");
}

TEST_CASE("run closes the generators that are left, dropped or not") {
  std::string trace;
  {
    AsyncGenerator<int> outliving = traced(trace);
    run([](std::string& out, AsyncGenerator<int>& generator) -> Task<> {
      co_await generator.next();
      AsyncGenerator<int> dropped_at_the_end = traced(out);
      co_await dropped_at_the_end.next();
    }(trace, outliving));
    CHECK(std::ranges::count(trace, 'c') == 2);
    CHECK(std::ranges::count(trace, 'd') == 2);
  }
  CHECK(trace.size() == 8);
}

TEST_CASE("what fails while the loop closes a generator goes to the exception handler") {
  reported.clear();
  Loop loop;
  loop.set_exception_handler(keep_report);
  AsyncGenerator<int> generator = stubborn();
  loop.run_until_complete([](AsyncGenerator<int>& g) -> Task<> { co_await g.next(); }(generator));
  shut_down(loop);
  CHECK(reported.starts_with(
      "an error occurred during closing of asynchronous generator <async_generator '"));
  CHECK(reported.ends_with("|async generator ignored GeneratorExit"));
}

TEST_CASE("a generator outlives a loop that was closed without closing it") {
  std::string trace;
  {
    AsyncGenerator<int> generator = traced(trace);
    {
      Loop loop;
      loop.run_until_complete(
          [](AsyncGenerator<int>& g) -> Task<> { co_await g.next(); }(generator));
    }
    CHECK(trace == "b");
  }
  CHECK(trace == "bd");
}

TEST_CASE("a task destroyed while its generator waits leaves the generator empty") {
  auto loop = std::make_unique<Loop>();
  loop->set_exception_handler([](Loop&, const ExceptionContext&) {});
  AsyncGenerator<int> generator = [](int) -> AsyncGenerator<int> {
    co_await sleep(1h);
    co_yield 1;
  }(0);
  static_cast<void>(loop->create_task(as_task(generator.next())));
  loop->call_later(1ms, [&] { loop->stop(); });
  loop->run_forever();
  loop.reset();
  run([](AsyncGenerator<int>& g) -> Task<> {
    CHECK_FALSE((co_await g.next()).has_value());
  }(generator));
}

TEST_CASE("a generator may be moved while it runs, and dropped") {
  std::string trace;
  run([](std::string& out) -> Task<> {
    auto numbers = std::make_unique<AsyncGenerator<int>>(count(3));
    auto first = create_task(as_task(numbers->next()));
    co_await sleep(0s);
    AsyncGenerator<int> moved = std::move(*numbers);
    numbers.reset();
    CHECK(*co_await first == 0);
    CHECK(*co_await moved.next() == 1);

    auto dropped = std::make_unique<AsyncGenerator<int>>(slow(out));
    auto second = create_task(as_task(dropped->next()));
    co_await sleep(0s);
    dropped.reset();
    CHECK(*co_await second == 1);
    for (int i = 0; i < 3; ++i) co_await sleep(0s);
  }(trace));
  CHECK(trace == "x");
}
