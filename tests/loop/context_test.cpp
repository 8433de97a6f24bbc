// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/context.hpp>
#include <capricorn/loop/open_connection.hpp>
#include <capricorn/loop/run_coroutine_threadsafe.hpp>
#include <capricorn/loop/stream_server.hpp>
#include <capricorn/loop/to_thread.hpp>

#include <scenario.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace capricorn::test;

namespace {

ContextVar<int>& variable() {
  static ContextVar<int> number("number", 0);
  return number;
}
Task<int> read_then_set(int to) {
  const int seen = variable().get();
  variable().set(to);
  co_return seen;
}

}  // namespace

TEST_CASE("a task has a copy of its creator's context, as it was then") {
  run([]() -> Task<> {
    variable().set(1);
    auto task = create_task(read_then_set(5));
    variable().set(2);
    CHECK(co_await task == 1);
    CHECK(variable().get() == 2);
    CHECK(task.get_context().run([] { return variable().get(); }) == 5);
  }());
}

TEST_CASE("a plain await shares the context") {
  run([]() -> Task<> {
    variable().set(1);
    CHECK(co_await read_then_set(5) == 1);
    CHECK(variable().get() == 5);
  }());
}

TEST_CASE("an eager task runs in its own copy") {
  run([]() -> Task<> {
    variable().set(1);
    auto task = create_task(read_then_set(5), {.eager_start = true});
    CHECK(variable().get() == 1);
    CHECK(co_await task == 1);
  }());
}

TEST_CASE("a callback runs in the context of when it was scheduled") {
  run([]() -> Task<> {
    std::string seen;
    auto look = [&] { seen += std::to_string(variable().get()); };
    Loop& loop = get_running_loop();
    variable().set(1);
    loop.call_soon(look);
    variable().set(2);
    loop.call_later(0s, look);
    variable().set(3);
    loop.call_soon_threadsafe(look);
    variable().set(4);
    co_await passes(2);
    CHECK(seen == "132");
  }());
}

TEST_CASE("a done callback runs in the context of when it was added") {
  run([]() -> Task<> {
    int seen = 0;
    Future<int> future = get_running_loop().create_future<int>();
    variable().set(9);
    future.add_done_callback([&](Future<int>&) { seen = variable().get(); });
    variable().set(10);
    future.set_result(1);
    co_await sleep(0s);
    CHECK(seen == 9);
  }());
}

TEST_CASE("to_thread takes the context along, and what it sets there stays there") {
  run([]() -> Task<> {
    variable().set(11);
    CHECK(co_await to_thread([] { return variable().get(); }) == 11);
    co_await to_thread([] { variable().set(99); });
    CHECK(variable().get() == 11);
  }());
}

TEST_CASE("run_in_executor does not take the context along") {
  run([]() -> Task<> {
    variable().set(11);
    CHECK(co_await get_running_loop().run_in_executor(nullptr, [] { return variable().get(); }) ==
          0);
  }());
}

TEST_CASE("two tasks set the same variable and see each their own") {
  run([]() -> Task<> {
    auto own = [](int n) -> Task<int> {
      variable().set(n);
      co_await passes(3);
      co_return variable().get();
    };
    auto a = create_task(own(1));
    auto b = create_task(own(2));
    CHECK(co_await a == 1);
    CHECK(co_await b == 2);
    CHECK(variable().get() == 0);
  }());
}

TEST_CASE("reset brings the value before back, once") {
  ContextVar<std::string> name("name");
  Context().run([&] {
    auto first = name.set("a");
    auto second = name.set("b");
    name.reset(second);
    CHECK(name.get() == "a");
    CHECK_THROWS_WITH_AS(name.reset(second), "the token has already been used once", RuntimeError);
    name.reset(first);
    CHECK(name.get("none") == "none");
    CHECK_THROWS_WITH_AS(name.get(), "context variable 'name' has no value", LookupError);
    ContextVar<std::string> other("other");
    CHECK_THROWS_AS(other.reset(first), std::invalid_argument);
  });
}

TEST_CASE("a context keeps what is set in it, and a copy does not see it") {
  Context context;
  context.run([] { variable().set(3); });
  const Context copy = context;
  context.run([] { variable().set(4); });
  CHECK(context.run([] { return variable().get(); }) == 4);
  CHECK(Context(copy).run([] { return variable().get(); }) == 3);
  CHECK(variable().get() == 0);
}

TEST_CASE("a server's handlers run in copies of the context of whoever had it serve") {
  run([]() -> Task<> {
    std::vector<int> seen;
    variable().set(4);
    Server server = co_await start_server(
        [&seen](Stream) -> Task<> { seen.push_back(co_await read_then_set(5)); }, "127.0.0.1", 0);
    variable().set(6);
    const int port = server.sockets().front().port();
    for (int i = 0; i < 2; ++i) {
      Stream client = co_await open_connection("127.0.0.1", port);
      CHECK((co_await client.read()).empty());
    }
    CHECK(seen == std::vector{4, 4});
    CHECK(variable().get() == 6);
  }());
}

TEST_CASE("a coroutine from another thread brings that one's context along") {
  run([]() -> Task<> {
    Loop& loop = get_running_loop();
    variable().set(1);
    CHECK(co_await to_thread([&loop] {
            variable().set(2);
            auto seen = run_coroutine_threadsafe(read_then_set(3), loop);
            return seen.get() * 10 + variable().get();
          }) == 22);
    CHECK(variable().get() == 1);
  }());
}
