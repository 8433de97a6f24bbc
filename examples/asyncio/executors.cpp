// SPDX-License-Identifier: MIT
// Work that blocks goes to threads; work that must be kept apart, to processes.
#include <unistd.h>
#include <capricorn/asyncio.hpp>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>

using namespace capricorn;
using namespace std::chrono_literals;

std::size_t hash_password(std::string password) {
  std::this_thread::sleep_for(20ms);
  return std::hash<std::string>{}(password);
}

std::string read_large_file(std::string path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Pure functions, for processes: their arguments and results are sent.
std::int64_t heavy_compute(std::int64_t n) {
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += i * i;
  return sum;
}
std::string compress_data(std::string data) {  // 'aaab' to '3a1b'
  std::string packed;
  for (std::size_t i = 0, end = 0; i < data.size(); i = end) {
    for (end = i; end < data.size() && data[end] == data[i]; ++end) {
    }
    packed += std::to_string(end - i) + data[i];
  }
  return packed;
}

Task<> hash_in_threads() {
  const std::size_t expected = std::hash<std::string>{}("secret");

  ThreadPoolExecutor pool({.max_workers = 4, .name = "hashing"});
  const auto in_pool = co_await run_in_executor(&pool, hash_password, std::string("secret"));
  std::printf("in a pool of our own: %s\n", in_pool == expected ? "right" : "wrong");

  const auto in_thread = co_await to_thread(hash_password, std::string("secret"));
  std::printf("in the default pool: %s\n", in_thread == expected ? "right" : "wrong");
}

Task<> mixed_workload(ProcessPoolExecutor& processes, std::string path) {
  // Both run from here on, each in its pool, while the loop is free.
  auto reading = run_in_executor(nullptr, read_large_file, path);
  auto computing = run_in_process(processes, heavy_compute, 1000);

  const std::string content = co_await std::move(reading);
  const std::string packed = co_await run_in_process(processes, compress_data, content);
  std::printf("%zu bytes, packed: %s\n", content.size(), packed.c_str());
  std::printf("sum: %lld\n", static_cast<long long>(co_await std::move(computing)));
}

Task<> async_main(ProcessPoolExecutor& processes, std::string path) {
  co_await hash_in_threads();
  co_await mixed_workload(processes, path);
}

int main() {
  ProcessPoolExecutor processes(
      {.functions = {heavy_compute, compress_data}, .max_workers = 2});  // before any thread
  const std::string path = "/tmp/capricorn_executors_" + std::to_string(::getpid());
  std::ofstream(path) << std::string(4000, 'a') << std::string(96, 'b');
  run(async_main(processes, path));
  std::remove(path.c_str());
}
/* Output:
in a pool of our own: right
in the default pool: right
4096 bytes, packed: 4000a96b
sum: 332833500
*/
