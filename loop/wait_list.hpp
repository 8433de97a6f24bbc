// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>

#include "intrusive_list.hpp"
#include "waiter.hpp"

namespace capricorn {

class WaitList;

/// A task that stands in a WaitList: the base of awaiters, which lie in the awaiting frame. It
/// keeps its place until the task resumes, also once it was woken or cancelled, and loses it with
/// its frame. What it was woken for is handed on where the task was cancelled since. It can be
/// moved until it is awaited.
class ListWaiter : public SimpleWaiter, public ListNode {
 protected:
  ListWaiter() noexcept = default;
  ListWaiter(ListWaiter&&) noexcept {}
  ~ListWaiter() = default;

  /// In await_suspend.
  template <class P>
  void stand_in(WaitList& list, std::coroutine_handle<P> self) noexcept {
    join(list);
    park(*self.promise().task(), self);
  }
  bool suspended() const noexcept { return task() != nullptr; }
  bool woken() const noexcept { return finished() && !cancelled_; }
  /// The list was destroyed meanwhile, and whatever it was a part of.
  bool orphaned() const noexcept { return suspended() && !linked(); }
  /// Where `orphaned`: throws RuntimeError.
  void check_not_orphaned() const;
  /// In await_resume: where it had to wait, calls `leave(acquired)` whichever way the wait ended,
  /// and throws where it did so without what it waited for.
  template <class F>
  void leave_list(F leave) {
    if (!suspended()) return;
    struct Leaving {
      F& leave;
      bool acquired = false;
      ~Leaving() { leave(acquired); }
    } leaving{leave};
    check_cancelled();
    check_not_orphaned();
    leaving.acquired = true;
  }

 private:
  friend class WaitList;
  void join(WaitList& list) noexcept;
  void give_up() noexcept final { cancelled_ = true; }

  bool cancelled_ = false;
};

/// The tasks that wait for one thing, in order. It only points at them. Tasks that still wait when
/// it is destroyed go on waiting until they are cancelled.
class WaitList {
 public:
  /// Wakes the first that still waits, past those that were cancelled; false where nobody does.
  bool wake_next() noexcept;
  /// Wakes the one at the head, unless it was cancelled and has yet to leave, or another one was
  /// woken and has yet to come.
  void wake_head() noexcept;
  /// Wakes all that wait now.
  void wake_all() noexcept;

  bool anyone_waits() const noexcept;
  /// Woken, and not yet resumed.
  bool anyone_comes() const noexcept { return !woken_.empty(); }

 private:
  friend class ListWaiter;
  // Who looks whether anyone waits passes over those that were cancelled.
  mutable IntrusiveList<ListWaiter> waiting_;
  mutable IntrusiveList<ListWaiter> passed_over_;
  IntrusiveList<ListWaiter> woken_;
};

}  // namespace capricorn
