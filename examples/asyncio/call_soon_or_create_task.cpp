// SPDX-License-Identifier: MIT
// call_soon runs a plain function once; create_task runs a coroutine, through all its awaits. A
// coroutine given to call_soon does not compile.
#include <capricorn/asyncio.hpp>

#include <cstdio>

using namespace capricorn;
using namespace std::chrono_literals;

Task<> resumes() {
  std::puts("a coroutine, before its await");
  co_await sleep(10ms);
  std::puts("a coroutine, after it");
}

Task<> async_main() {
  get_running_loop().call_soon([] { std::puts("a plain function"); });
  TaskHandle<> task = create_task(resumes());
  co_await task;
}

int main() { run(async_main()); }
/* Output:
a plain function
a coroutine, before its await
a coroutine, after it
*/
