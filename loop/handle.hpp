// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>
#include <source_location>
#include <string>
#include <utility>

#include "callback.hpp"
#include "context.hpp"
#include "runnable.hpp"

namespace capricorn {

class Loop;

/// A scheduled callback: shared by the loop, until it ran, and by the Handles on it. Only one that
/// another thread made may be dropped there, so only its count is a real atomic.
class HandleState : public TimerNode {
 public:
  HandleState(const HandleState&) = delete;
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

  std::string description() const override;
  void drop() noexcept override;
  void cancel() noexcept;
  bool cancelled() const noexcept { return cancelled_; }

  void add_reference() noexcept {
    if (origin_ == Origin::kThread)
      std::atomic_ref(references_).fetch_add(1, std::memory_order_relaxed);
    else
      ++references_;
  }
  void drop_reference() noexcept { drop_reference(origin_); }

 protected:
  enum class Origin : bool { kLoop, kThread };
  HandleState(Loop& loop, Context&& context, std::source_location where, Origin origin) noexcept
      : loop_(&loop), context_(std::move(context)), where_(where), origin_(origin) {}
  ~HandleState() = default;

  void drop_reference(Origin origin) noexcept {
    if (origin == Origin::kThread) return drop_shared_reference();
    if (--references_ == 0) destroy();
  }

  /// Called once, when the callback has run or never will.
  virtual void drop_callback() noexcept = 0;
  /// What the callback threw, caught just now, goes to the loop's exception handler;
  /// KeyboardInterrupt is thrown on.
  void report_failure();

 private:
  void drop_shared_reference() noexcept;
  /// The callback is gone by then, and with it all that a derived class has.
  void destroy() noexcept {
    HandleState::~HandleState();
    FramePool::deallocate(this);
  }

  int references_ = 2;  // the loop's and the first Handle's
  Loop* loop_;

 protected:
  Context context_;

 private:
  std::source_location where_;
  Origin origin_;
  bool cancelled_ = false;
};

/// The callback lies behind its state, in one block.
template <class F, bool kFromThread = false>
class CallbackState : public HandleState {
 public:
  template <class G>
  CallbackState(Loop& loop, G&& callback, std::source_location where)
      : HandleState(loop, Context::copy_current(), where, kOrigin),
        callback_(std::forward<G>(callback)) {}

  void run() final {
    struct Done {
      CallbackState& self;
      ~Done() {
        self.drop_callback();
        self.drop_reference(kOrigin);
      }
    } done{*this};
    try {
      ContextScope scope(context_);
      static_cast<void>(callback_());
    } catch (...) {  // one of the four places: a callback's error never ends the loop
      report_failure();
    }
  }

 protected:
  ~CallbackState() {}

 private:
  static constexpr Origin kOrigin = kFromThread ? Origin::kThread : Origin::kLoop;
  void drop_callback() noexcept final { std::destroy_at(&callback_); }

  union {
    F callback_;  // it goes before the last Handle does
  };
};

/// A callback from another thread, on its way to the loop.
class PostedCallback final : public CallbackState<Callback, true> {
 public:
  PostedCallback(Loop& loop, Callback callback)
      : CallbackState(loop, std::move(callback), callback.where()) {}
  static void* operator new(std::size_t size, FramePool& pool) {
    return pool.allocate_elsewhere(size);
  }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }
  static void operator delete(void* memory, FramePool&) noexcept { FramePool::deallocate(memory); }

  PostedCallback* next_posted = nullptr;
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
