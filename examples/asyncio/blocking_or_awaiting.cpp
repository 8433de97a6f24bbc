// SPDX-License-Identifier: MIT
// Five requests that block the loop take turns; two ways out: await, or a thread of the pool.
#include <capricorn/asyncio.hpp>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

std::string query(int id) {
  std::this_thread::sleep_for(50ms);
  return "response " + std::to_string(id);
}

Task<std::string> blocks(int id) { co_return query(id); }  // the mistake
Task<std::string> awaits(int id) {
  co_await sleep(50ms);
  co_return "response " + std::to_string(id);
}
Task<std::string> uses_a_thread(int id) { co_return co_await to_thread(query, id); }

Task<> measure(const char* how, Task<std::string> (*handle)(int)) {
  const TimePoint start = get_running_loop().time();
  std::vector<Task<std::string>> requests;
  for (int id = 0; id < 5; ++id) requests.push_back(handle(id));
  const std::vector<std::string> responses = co_await gather(std::move(requests));
  const std::chrono::duration<double> took = get_running_loop().time() - start;
  std::printf("%s: %s, %.2f s\n", how, responses.back().c_str(), took.count());
}

Task<> async_main() {
  co_await measure("blocking", blocks);
  co_await measure("awaiting", awaits);
  co_await measure("in threads", uses_a_thread);
}

int main() { run(async_main()); }
/* Output:
blocking: response 4, ~0.25 s
awaiting: response 4, ~0.05 s
in threads: response 4, ~0.05 s
*/
