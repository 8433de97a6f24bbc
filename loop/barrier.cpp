// SPDX-License-Identifier: MIT
#include "barrier.hpp"

#include <stdexcept>

#include "errors.hpp"

namespace capricorn {

/// A task at the barrier. Once counted it leaves in the end, however its wait ends.
class Barrier::Arrival {
 public:
  explicit Arrival(Barrier& barrier) noexcept : barrier_(&barrier) {}
  Arrival(const Arrival&) = delete;
  ~Arrival() {
    if (counted_ && barrier_) barrier_->leave();
  }
  int count() noexcept {
    counted_ = true;
    return barrier_->arrived_++;
  }
  bool orphaned() const noexcept { return !barrier_; }

 private:
  friend class Change;
  Barrier* barrier_;
  bool counted_ = false;
};

/// A wait for the barrier's state to change.
class Barrier::Change final : public ListWaiter {
 public:
  explicit Change(Arrival& arrival) noexcept : arrival_(&arrival) {}
  ~Change() {
    if (ListWaiter::orphaned()) arrival_->barrier_ = nullptr;
  }

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) noexcept {
    stand_in(arrival_->barrier_->waiters_, self);
  }
  void await_resume() { check_cancelled(); }

 private:
  Arrival* arrival_;
};

Barrier::Barrier(int parties) : parties_(parties) {
  if (parties < 1) throw std::invalid_argument("parties must be > 0");
}

Task<int> Barrier::wait() {
  Arrival arrival(*this);
  while (leaving()) {
    co_await Change(arrival);
    if (arrival.orphaned()) throw BrokenBarrierError("Barrier destroyed");
  }
  if (broken()) throw BrokenBarrierError("Barrier aborted");
  const int index = arrival.count();
  if (index + 1 == parties_) {
    state_ = State::kDraining;
    waiters_.wake_all();
    co_return index;
  }
  while (state_ == State::kFilling) {
    co_await Change(arrival);
    if (arrival.orphaned()) co_return index;  // the last one to arrive took the barrier with it
  }
  if (state_ != State::kDraining) throw BrokenBarrierError("Abort or reset of barrier");
  co_return index;
}

void Barrier::leave() noexcept {
  if (--arrived_ > 0) return;
  if (leaving()) state_ = State::kFilling;
  waiters_.wake_all();
}

std::suspend_never Barrier::reset() noexcept {
  state_ = arrived_ > 0 ? State::kResetting : State::kFilling;
  waiters_.wake_all();
  return {};
}

std::suspend_never Barrier::abort() noexcept {
  state_ = State::kBroken;
  waiters_.wake_all();
  return {};
}

}  // namespace capricorn
