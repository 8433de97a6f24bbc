// SPDX-License-Identifier: MIT
// An await suspends, others run, and it goes on with the result. `co_await 42` does not compile.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <string>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

Task<std::vector<std::string>> slow_query(std::string query) {
  std::printf("  database: %s\n", query.c_str());
  co_await sleep(200ms);
  std::printf("  database: %s done\n", query.c_str());
  co_return std::vector<std::string>{"row 1", "row 2"};
}

Task<> handle_request(const char* name, std::string query) {
  std::printf("request %s: start\n", name);
  const auto rows = co_await slow_query(std::move(query));
  std::printf("request %s: %zu rows\n", name, rows.size());
}

Task<> async_main() {
  const TimePoint start = get_running_loop().time();
  co_await gather(handle_request("A", "SELECT * FROM users"),
                  handle_request("B", "SELECT * FROM orders"));
  const std::chrono::duration<double> took = get_running_loop().time() - start;
  std::printf("%.2f s\n", took.count());
}

int main() { run(async_main()); }
/* Output:
request A: start
  database: SELECT * FROM users
request B: start
  database: SELECT * FROM orders
  database: SELECT * FROM users done
request A: 2 rows
  database: SELECT * FROM orders done
request B: 2 rows
~0.20 s
*/
