// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>

#include "callback.hpp"
#include "context.hpp"

namespace capricorn {

class Loop;

/// Signals as callbacks of the loop: the handler sets a bit and wakes the loop, which looks. One a
/// process, as signals are. Restores the dispositions it found.
class SignalWatcher {
 public:
  /// Throws RuntimeError where another loop handles signals.
  explicit SignalWatcher(Loop& loop);
  SignalWatcher(const SignalWatcher&) = delete;
  ~SignalWatcher();

  /// Throws std::system_error for a signal that cannot be caught.
  void add(int signal, Callback callback, bool once);
  /// One that came and was not delivered is forgotten.
  bool remove(int signal) noexcept;
  bool empty() const noexcept { return entries_.empty(); }
  /// Schedules the callbacks of the signals that came, in the order of their numbers.
  void deliver();

 private:
  struct Entry;

  Loop& loop_;
  std::map<int, std::shared_ptr<Entry>> entries_;
};

}  // namespace capricorn
