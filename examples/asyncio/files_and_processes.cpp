// SPDX-License-Identifier: MIT
// A generator, a file, a process, and a function that runs in another process.
#include <capricorn/asyncio.hpp>

#include <cstdio>

using namespace capricorn;
using namespace std::chrono_literals;

long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

AsyncGenerator<int> countdown(int from) {
  for (; from > 0; --from) {
    co_await sleep(1ms);
    co_yield from;
  }
}

Task<> async_main(ProcessPoolExecutor& pool) {
  AsyncGenerator<int> numbers = countdown(3);
  while (auto number = co_await numbers.next()) std::printf("%d\n", *number);

  File file = co_await open_file("/etc/passwd");
  AsyncGenerator<std::string> lines = file.lines();
  const auto first = co_await lines.next();
  std::printf("a line: %s\n", first && first->ends_with("\n") ? "yes" : "no");

  Process sort = co_await create_subprocess_exec({"sort"}, {.input = PIPE, .output = PIPE});
  auto [output, errors] = co_await sort.communicate("b\na\n");
  std::printf("%sexit code %d\n", output.c_str(), co_await sort.wait());

  std::printf("from another process: %ld\n", co_await run_in_process(pool, fib, 20));
}

int main() {
  ProcessPoolExecutor pool({.functions = {fib}, .max_workers = 2});  // before any thread
  run(async_main(pool));
}
/* Output:
3
2
1
a line: yes
a
b
exit code 0
from another process: 6765
*/
