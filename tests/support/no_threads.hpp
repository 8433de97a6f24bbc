// SPDX-License-Identifier: MIT
#pragma once

#include <doctest/doctest.h>
#include <pthread.h>

#include <cstddef>

namespace capricorn::test {

#if defined(__GLIBC__)
#define CAPRICORN_TEST_NO_THREADS 1
/// For so long the system refuses to start threads, as where there are too many: each would have a
/// larger stack than there are addresses.
class NoThreads {
 public:
  NoThreads() {
    REQUIRE(::pthread_getattr_default_np(&before_) == 0);
    pthread_attr_t huge;
    REQUIRE(::pthread_attr_init(&huge) == 0);
    REQUIRE(::pthread_attr_setstacksize(&huge, std::size_t{1} << 50) == 0);
    REQUIRE(::pthread_setattr_default_np(&huge) == 0);
    ::pthread_attr_destroy(&huge);
  }
  NoThreads(const NoThreads&) = delete;
  ~NoThreads() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }

 private:
  pthread_attr_t before_;
};
#endif

}  // namespace capricorn::test
