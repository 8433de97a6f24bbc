// SPDX-License-Identifier: MIT
#include "malloc_counter.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <utility>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAPRICORN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define CAPRICORN_SANITIZED 1
#endif
#endif

namespace capricorn::test {
namespace {

// Constant-initialised: malloc is called before any constructor runs.
constinit std::atomic<std::uint64_t> calls{0};
constinit thread_local std::uint64_t calls_to_failure = 0;
constinit thread_local bool failed = false;

}  // namespace

std::uint64_t malloc_calls() noexcept { return calls.load(std::memory_order_relaxed); }

[[gnu::noinline]] void malloc_called() noexcept { calls.fetch_add(1, std::memory_order_relaxed); }

/// False where this one is to fail.
bool may_have_memory() noexcept {
  malloc_called();
  if (calls_to_failure == 0 || --calls_to_failure > 0) return true;
  failed = true;
  errno = ENOMEM;
  return false;
}

void fail_malloc(std::uint64_t nth) noexcept {
  calls_to_failure = nth;
  if (nth > 0) failed = false;
}

bool malloc_has_failed() noexcept { return failed; }

std::uint64_t pause_failing() noexcept { return std::exchange(calls_to_failure, 0); }

#ifdef CAPRICORN_SANITIZED
bool counts_mallocs() noexcept { return false; }
#else
bool counts_mallocs() noexcept { return true; }
#endif

}  // namespace capricorn::test

using capricorn::test::may_have_memory;

#if !defined(CAPRICORN_SANITIZED) && defined(__GLIBC__)

// free stays the library's: what these return is its own. operator new calls malloc.
extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept {
  return may_have_memory() ? __libc_malloc(size) : nullptr;
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  return may_have_memory() ? __libc_calloc(count, size) : nullptr;
}

void* realloc(void* memory, std::size_t size) noexcept {
  return may_have_memory() ? __libc_realloc(memory, size) : nullptr;
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return may_have_memory() ? __libc_memalign(alignment, size) : nullptr;
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  *memory = may_have_memory() ? __libc_memalign(alignment, size) : nullptr;
  return *memory ? 0 : ENOMEM;
}

}  // extern "C"

#elif !defined(CAPRICORN_SANITIZED)

void* operator new(std::size_t size) {
  void* memory = may_have_memory() ? std::malloc(size != 0 ? size : 1) : nullptr;
  if (!memory) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

#endif
