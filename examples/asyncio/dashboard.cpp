// SPDX-License-Identifier: MIT
// Three queries one after the other take the sum of their times, as tasks the longest.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <string>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

Task<std::string> fetch_user(int) {
  co_await sleep(200ms);
  co_return "Alice";
}
Task<std::vector<std::string>> fetch_orders(int) {
  co_await sleep(300ms);
  co_return std::vector<std::string>{"order 1", "order 2"};
}
Task<int> fetch_logins(int) {
  co_await sleep(100ms);
  co_return 42;
}

Task<double> one_after_the_other(int id) {
  const TimePoint start = get_running_loop().time();
  co_await fetch_user(id);
  co_await fetch_orders(id);
  co_await fetch_logins(id);
  co_return std::chrono::duration<double>(get_running_loop().time() - start).count();
}

Task<double> at_the_same_time(int id) {
  const TimePoint start = get_running_loop().time();
  auto user = create_task(fetch_user(id));
  auto orders = create_task(fetch_orders(id));
  auto logins = create_task(fetch_logins(id));
  std::printf("%s has %zu orders ", (co_await user).c_str(), (co_await orders).size());
  std::printf("and %d logins\n", co_await logins);
  co_return std::chrono::duration<double>(get_running_loop().time() - start).count();
}

Task<> async_main() {
  std::printf("one after the other: %.2f s\n", co_await one_after_the_other(1));
  std::printf("at the same time: %.2f s\n", co_await at_the_same_time(1));
}

int main() { run(async_main()); }
/* Output:
one after the other: ~0.60 s
Alice has 2 orders and 42 logins
at the same time: ~0.30 s
*/
