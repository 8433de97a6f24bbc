// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <source_location>
#include <utility>

#include "callback.hpp"
#include "context.hpp"
#include "runnable.hpp"

namespace capricorn {

class Loop;

/// A scheduled callback: shared by the loop, until it ran, and by the Handles on it. Only one that
/// another thread made may be dropped there, so only its count is a real atomic.
class HandleState final : public TimerNode {
 public:
  enum class Origin : bool { kLoop, kThread };
  HandleState(Loop& loop, Callback callback, Origin origin = Origin::kLoop)
      : loop_(&loop),
        callback_(std::move(callback)),
        context_(Context::copy_current()),
        origin_(origin) {}
  /// Makes the callback where it stays.
  template <class F>
  HandleState(Loop& loop, F&& f, std::source_location where)
      : loop_(&loop),
        callback_(std::forward<F>(f), where),
        context_(Context::copy_current()),
        origin_(Origin::kLoop) {}
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

  void run() override;
  std::string description() const override { return callback_.description(); }
  void drop() noexcept override;
  void cancel() noexcept;
  bool cancelled() const noexcept { return cancelled_; }

  void add_reference() noexcept {
    if (origin_ == Origin::kLoop)
      references_.store(references_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    else
      references_.fetch_add(1, std::memory_order_relaxed);
  }
  void drop_reference() noexcept {
    if (origin_ == Origin::kLoop) {
      const int left = references_.load(std::memory_order_relaxed) - 1;
      references_.store(left, std::memory_order_relaxed);
      if (left == 0) delete this;
    } else if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete this;
    }
  }

  HandleState* next_posted = nullptr;

 private:
  ~HandleState() = default;

  Loop* loop_;
  Callback callback_;
  Context context_;
  std::atomic<int> references_{2};
  Origin origin_;
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

  /// The callback will not run; what it captured is dropped now. Idempotent; does nothing to one
  /// that has run, or runs.
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
