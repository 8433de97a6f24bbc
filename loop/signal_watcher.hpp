// SPDX-License-Identifier: MIT
#pragma once

#include <map>

#include "callback.hpp"
#include "loop.hpp"

namespace capricorn {

/// Signals as callbacks of the loop: the handler writes the number into a pipe the loop watches.
/// One a process, as signals are. Restores the dispositions it found.
class SignalWatcher final : IoWatcher {
 public:
  explicit SignalWatcher(Loop& loop);
  SignalWatcher(const SignalWatcher&) = delete;
  ~SignalWatcher();

  void add(int signal, Callback callback);
  bool remove(int signal) noexcept;

 private:
  struct Entry;
  void on_io(std::uint8_t events) override;

  Loop& loop_;
  int write_end_ = -1;
  std::map<int, std::unique_ptr<Entry>> entries_;
};

}  // namespace capricorn
