// SPDX-License-Identifier: MIT
#pragma once

#include "wait_list.hpp"

namespace capricorn {

/// A flag that tasks wait for. `set` wakes all that wait at that moment, in order, even where it is
/// cleared before they run.
/// https://docs.python.org/3/library/asyncio-sync.html#event
class Event {
 public:
  class WaitAwaiter;

  Event() noexcept = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set() noexcept;
  void clear() noexcept { set_ = false; }
  bool is_set() const noexcept { return set_; }
  /// `co_await event.wait()` does not suspend where it is set.
  WaitAwaiter wait() noexcept;

 private:
  WaitList waiters_;
  bool set_ = false;
};

class [[nodiscard]] Event::WaitAwaiter final : public ListWaiter {
 public:
  explicit WaitAwaiter(Event& event) noexcept : event_(&event) {}
  WaitAwaiter(WaitAwaiter&&) noexcept = default;

  bool await_ready() const noexcept { return event_->set_; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) noexcept {
    stand_in(event_->waiters_, self);
  }
  void await_resume() { check_cancelled(); }

 private:
  Event* event_;
};

inline Event::WaitAwaiter Event::wait() noexcept { return WaitAwaiter(*this); }

}  // namespace capricorn
