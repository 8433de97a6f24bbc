// SPDX-License-Identifier: MIT
#include "throw_trace.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <typeinfo>

#include "stack_trace.hpp"

// A throw is a call of __cxa_throw (Itanium C++ ABI, 2.4.3). The program's own definition is found
// before the standard library's, which it calls. The sanitizers have one of theirs already.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAPRICORN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define CAPRICORN_SANITIZED 1
#endif
#endif

namespace capricorn {
namespace {

/// The last throws of all threads: what runs in a pool is answered on the loop. There is one of
/// them in a process, as there is one __cxa_throw.
class Throws {
 public:
  void keep(const void* object, const void* return_address) noexcept {
    const std::scoped_lock lock(mutex_);
    Throw& made = last_[next_++ % last_.size()];
    made.object = object;
    made.stack.capture_from(return_address);
  }

  std::string find(const void* object) {
    StackTrace stack;
    {
      const std::scoped_lock lock(mutex_);
      for (std::size_t back = 1; back <= last_.size(); ++back) {
        const Throw& made = last_[(next_ - back) % last_.size()];
        if (made.object != object) continue;
        stack = made.stack;
        break;
      }
    }
    return stack.format();
  }

 private:
  struct Throw {
    const void* object = nullptr;
    StackTrace stack;
  };
  std::mutex mutex_;
  std::array<Throw, 64> last_{};
  std::size_t next_ = 0;
};

constinit std::atomic<Throws*> throws{nullptr};

}  // namespace

#if defined(CAPRICORN_SANITIZED)

bool trace_throws() noexcept { return false; }

#else

namespace {

using CxaThrow = void(void*, std::type_info*, void (*)(void*));

CxaThrow* library_throw() noexcept {
  static CxaThrow* const found = reinterpret_cast<CxaThrow*>(::dlsym(RTLD_NEXT, "__cxa_throw"));
  return found;
}

}  // namespace

bool trace_throws() noexcept {
  // Where the library is linked statically, its definition is the program's.
  if (::dlsym(RTLD_DEFAULT, "__cxa_throw") == reinterpret_cast<void*>(library_throw()))
    return false;
  static Throws kept;
  StackTrace::prepare();
  throws = &kept;
  return true;
}

#endif

std::string stack_of_throw(const std::exception_ptr& exception) {
  Throws* const kept = throws;
  if (!kept || !exception) return "";
  // In the libraries of GNU and LLVM it is a pointer to the object that was thrown.
  const void* object = nullptr;
  static_assert(sizeof object == sizeof exception);
  std::memcpy(&object, &exception, sizeof object);
  return kept->find(object);
}

}  // namespace capricorn

#if !defined(CAPRICORN_SANITIZED)

// Weak: a standard library that is linked statically has its own, which is taken.
namespace __cxxabiv1 {

extern "C" __attribute__((weak, noreturn)) void __cxa_throw(void* object, std::type_info* type,
                                                            void (*destroy)(void*)) {
  using namespace capricorn;
  if (Throws* const kept = throws.load(std::memory_order_acquire)) {
    kept->keep(object, __builtin_return_address(0));
  }
  if (CxaThrow* const next = library_throw()) next(object, type, destroy);
  std::abort();  // there is no standard library
}

}  // namespace __cxxabiv1

#endif
