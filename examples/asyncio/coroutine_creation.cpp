// SPDX-License-Identifier: MIT
// Calling a coroutine runs nothing: it gives a description of work, which runs when it is awaited.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <string>

using namespace capricorn;
using namespace std::chrono_literals;

struct User {
  int id;
  std::string name;
};

Task<User> fetch_user(int id) {
  std::puts("fetching");
  co_await sleep(10ms);
  co_return User{id, "Alice"};
}

Task<> async_main() {
  Task<User> coroutine = fetch_user(42);
  std::puts("called, not run");
  const User user = co_await std::move(coroutine);
  std::printf("%d %s\n", user.id, user.name.c_str());
}

int main() { run(async_main()); }
/* Output:
called, not run
fetching
42 Alice
*/
