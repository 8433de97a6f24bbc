// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <utility>

#include "callback.hpp"
#include "runnable.hpp"

namespace capricorn {

class Loop;

/// A scheduled callback: shared by the loop, until it ran, and by the Handles on it.
class HandleState final : public TimerNode {
 public:
  HandleState(Loop& loop, Callback callback) : loop_(&loop), callback_(std::move(callback)) {}
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

  void run() override;
  void cancel() noexcept;
  bool cancelled() const noexcept { return cancelled_; }

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  HandleState* next_posted = nullptr;

 private:
  ~HandleState() = default;

  Loop* loop_;
  Callback callback_;
  std::atomic<int> references_{2};
  bool cancelled_ = false;
};

/// What call_soon and its siblings return; dropping it changes nothing. Used on the loop's thread.
/// https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.Handle
class Handle {
 public:
  Handle() noexcept = default;
  /// Takes over one reference.
  explicit Handle(HandleState* state) noexcept : state_(state) {}
  Handle(const Handle& other) noexcept : state_(other.state_) {
    if (state_) state_->add_reference();
  }
  Handle(Handle&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  Handle& operator=(Handle other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~Handle() {
    if (state_) state_->drop_reference();
  }

  /// The callback will not run; what it captured is dropped now. Idempotent, also after it ran.
  void cancel() noexcept {
    if (state_) state_->cancel();
  }
  bool cancelled() const noexcept { return state_ && state_->cancelled(); }

 protected:
  HandleState* state_ = nullptr;
};

class TimerHandle : public Handle {
 public:
  using Handle::Handle;
  TimePoint when() const noexcept { return state_->when(); }
};

}  // namespace capricorn
