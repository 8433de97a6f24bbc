// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the programs that are compared share: the command line, the clocks, and the line that each
/// prints. What one operation of each benchmark is stands in `run`.
namespace bench {

enum class Clock : clockid_t { kWall = CLOCK_MONOTONIC, kProcessor = CLOCK_PROCESS_CPUTIME_ID };

inline double now(Clock clock = Clock::kWall) noexcept {
  timespec time{};
  clock_gettime(static_cast<clockid_t>(clock), &time);
  return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

/// Counts processor time unless told otherwise: what never waits takes as long on a busy machine.
class Stopwatch {
 public:
  explicit Stopwatch(Clock clock = Clock::kProcessor) noexcept
      : clock_(clock), begin_(now(clock)) {}
  double ns() const noexcept { return now(clock_) - begin_; }

 private:
  Clock clock_;
  double begin_;
};

/// The compiler takes it that `value` is used.
template <class T>
void keep(const T& value) noexcept {
  asm volatile("" : : "r,m"(value) : "memory");
}

inline double resident_bytes() {
  double size = 0;
  double resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

/// A descriptor to watch, on which nothing ever comes.
class Pipe {
 public:
  Pipe() {
    if (::pipe(ends_) < 0) std::abort();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  int read_end() const noexcept { return ends_[0]; }

 private:
  int ends_[2];
};

struct Measured {
  double value = 0;  // of one operation
  std::vector<std::pair<const char*, double>> details = {};
};

/// Of single waits: the mean, and where the others lie.
inline Measured spread(std::vector<double> waits) {
  std::ranges::sort(waits);
  double sum = 0;
  for (const double wait : waits) sum += wait;
  const auto count = waits.size();
  return {sum / static_cast<double>(count),
          {{"p50", waits[count / 2]},
           {"p99", waits[count * 99 / 100]},
           {"least", waits.front()},
           {"worst", waits.back()}}};
}

constexpr long kLiveTimers = 10'000;
constexpr long kTimersAPass = 1000;  // so that what was cancelled is collected now and then
constexpr long kBatch = 1000;

/// Deadlines of long timers in milliseconds, 10 to 60 s, the same in each program.
inline std::vector<int> long_delays() {
  std::minstd_rand random(1);
  std::vector<int> delays(kLiveTimers);
  for (int& delay : delays) delay = 10'000 + static_cast<int>(random() % 50'000);
  return delays;
}

struct Benchmark {
  const char* name;
  Measured (*run)(long operations);
  bool warms_up = true;
};

inline int print(const Benchmark& benchmark, long operations) {
  if (benchmark.warms_up) benchmark.run(std::max(operations / 10, 1L));
  const Measured measured = benchmark.run(operations);
  std::printf("%s %.2f", benchmark.name, measured.value);
  for (const auto& [key, value] : measured.details) std::printf(" %s=%.0f", key, value);
  std::printf("\n");
  return 0;
}

/// `PROGRAM --list`, or `PROGRAM NAME OPERATIONS`.
inline int main(std::span<const Benchmark> benchmarks, int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--list") {
    for (const Benchmark& benchmark : benchmarks) std::printf("%s\n", benchmark.name);
    return 0;
  }
  const auto found = std::ranges::find_if(benchmarks, [&](const Benchmark& benchmark) {
    return argc == 3 && std::string_view(argv[1]) == benchmark.name;
  });
  const long operations = argc == 3 ? std::atol(argv[2]) : 0;
  if (found == benchmarks.end() || operations < 1) {
    std::fprintf(stderr, "usage: %s --list | NAME OPERATIONS\n", argv[0]);
    return 2;
  }
  return print(*found, operations);
}

}  // namespace bench
