// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/asyncio.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

using namespace capricorn;

namespace {

Task<int> twice(int number) { co_return 2 * number; }

struct Counter {
  int count = 0;
  Task<int> operator()(int by) {
    count += by;
    co_return count;
  }
};

}  // namespace

TEST_CASE("a std::function gives a Task") {
  run([]() -> Task<> {
    const std::function<Task<int>(int)> plain = twice;
    CHECK(co_await plain(21) == 42);

    const auto shared = std::make_shared<int>(1);
    std::function<Task<std::string>(const std::string&, std::unique_ptr<int>)> with_captures =
        [shared](std::string name, std::unique_ptr<int> number) -> Task<std::string> {
      co_await sleep(std::chrono::seconds(0));
      co_return name + std::to_string(*number + *shared);
    };
    auto copy = with_captures;
    CHECK(shared.use_count() == 3);
    CHECK(co_await copy("a", std::make_unique<int>(2)) == "a3");
    with_captures = nullptr;
    copy = {};
    CHECK(shared.use_count() == 1);

    std::map<std::string, std::function<Task<>(int&)>> handlers;
    handlers["add"] = [](int& number) -> Task<> {
      ++number;
      co_return;
    };
    int number = 1;
    co_await handlers.at("add")(number);
    CHECK(number == 2);
  }());
}

TEST_CASE("a std::function of a Task is one in all else") {
  std::function<Task<int>(int)> counting = Counter{};
  CHECK(counting);
  CHECK(counting.target_type() == typeid(Counter));
  REQUIRE(counting.target<Counter>() != nullptr);
  CHECK(run(counting(3)) == 3);
  CHECK(std::as_const(counting).target<Counter>()->count == 3);
  CHECK(counting.target<int>() == nullptr);

  std::function<Task<int>(int)> none;
  CHECK(none == nullptr);
  CHECK_FALSE(none);
  CHECK_THROWS_AS(static_cast<void>(none(1)), std::bad_function_call);
  swap(none, counting);
  CHECK(none != nullptr);
  CHECK(counting == nullptr);
  none = static_cast<Task<int> (*)(int)>(nullptr);
  CHECK_FALSE(none);

  static_assert(!std::is_constructible_v<std::function<Task<int>(int)>, int (*)(int)>);
  static_assert(!std::is_constructible_v<std::function<Task<int>(int)>, Task<int> (*)()>);
}
