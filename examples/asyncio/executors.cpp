// SPDX-License-Identifier: MIT
// Work that blocks goes to threads; work that must be kept apart, to processes.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <functional>
#include <string>
#include <thread>

using namespace capricorn;
using namespace std::chrono_literals;

std::size_t hash_password(std::string password) {
  std::this_thread::sleep_for(20ms);
  return std::hash<std::string>{}(password);
}

Task<> async_main() {
  const std::size_t expected = std::hash<std::string>{}("secret");

  ThreadPoolExecutor pool({.max_workers = 4, .name = "hashing"});
  const auto in_pool = co_await run_in_executor(&pool, hash_password, std::string("secret"));
  std::printf("in a pool of our own: %s\n", in_pool == expected ? "right" : "wrong");

  const auto in_thread = co_await to_thread(hash_password, std::string("secret"));
  std::printf("in the default pool: %s\n", in_thread == expected ? "right" : "wrong");
}

int main() { run(async_main()); }
/* Output:
in a pool of our own: right
in the default pool: right
*/
