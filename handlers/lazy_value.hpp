// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

namespace capricorn {

/// A value that is made by the first who asks for it, on whichever thread; others wait meanwhile,
/// and then read it. It stays where it is.
template <class T>
class LazyValue {
 public:
  /// `make()` gives it. Where that throws, the next who asks tries again.
  template <class F>
  const T& get(F make) {
    if (!made_.load(std::memory_order_acquire)) [[unlikely]] {
      std::call_once(once_, [&] { value_.emplace(make()); });
      made_.store(true, std::memory_order_release);
    }
    return *value_;
  }

 private:
  std::once_flag once_;
  std::atomic<bool> made_{false};
  std::optional<T> value_;
};

}  // namespace capricorn
