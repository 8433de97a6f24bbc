// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>

namespace capricorn::test {

#if defined(__GLIBC__) && defined(__linux__)
#define CAPRICORN_TEST_NO_THREADS 1
/// For so long the system refuses to start threads, as where there are too many: each would have a
/// larger stack than there are addresses.
class NoThreads {
 public:
  NoThreads() : NoThreads(std::size_t{1} << 50) {}
  NoThreads(const NoThreads&) = delete;
  ~NoThreads() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }

 protected:
  explicit NoThreads(std::size_t stack_size) {
    REQUIRE(::pthread_getattr_default_np(&before_) == 0);
    pthread_attr_t attributes;
    REQUIRE(::pthread_attr_init(&attributes) == 0);
    REQUIRE(::pthread_attr_setstacksize(&attributes, stack_size) == 0);
    REQUIRE(::pthread_setattr_default_np(&attributes) == 0);
    ::pthread_attr_destroy(&attributes);
  }

 private:
  pthread_attr_t before_;
};

/// For so long there is room for the stacks of a few threads, and then it refuses.
class FewThreads : NoThreads {
 public:
  explicit FewThreads(std::size_t threads) : NoThreads(kStack) {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    REQUIRE(::getrlimit(RLIMIT_AS, &limit_) == 0);
    rlimit lower = limit_;
    lower.rlim_cur =
        pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + threads * kStack + kStack / 2;
    REQUIRE(::setrlimit(RLIMIT_AS, &lower) == 0);
  }
  ~FewThreads() { ::setrlimit(RLIMIT_AS, &limit_); }

 private:
  static constexpr std::size_t kStack = 1 << 30;

  rlimit limit_;
};
#endif

}  // namespace capricorn::test
