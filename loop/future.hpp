// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <string>
#include <utility>

#include "loop.hpp"
#include "waiter.hpp"

namespace capricorn {

/// What futures and tasks share: pending until set once, then everyone who subscribed is called by
/// the loop, in order, on its next pass.
class FutureCore {
 public:
  /// Called as a callback of the loop once the future is done; unlinks itself when destroyed.
  class Subscriber : public Runnable {
   protected:
    ~Subscriber() = default;
  };

  explicit FutureCore(Loop& loop) noexcept : loop_(&loop) {}
  FutureCore(const FutureCore&) = delete;
  FutureCore& operator=(const FutureCore&) = delete;

  Loop& loop() const noexcept { return *loop_; }
  bool done() const noexcept { return state_ != State::kPending; }
  bool cancelled() const noexcept { return state_ == State::kCancelled; }
  /// False where it is done already. A task's asks the task.
  virtual bool cancel(std::string message);
  /// Null where it ended with a value; throws as `result` does where there is none yet.
  std::exception_ptr exception();
  void add_subscriber(Subscriber& subscriber);
  void add_done_callback(Callback callback);

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

  /// Throws InvalidStateError before it is done, CancelledError or the exception where there is
  /// one.
  void check_result();
  void mark_observed() noexcept { observed_ = true; }

 protected:
  enum class State : unsigned char { kPending, kCancelled, kFinished };

  virtual ~FutureCore();
  virtual void destroy() noexcept { delete this; }
  /// Throws InvalidStateError where it was set before.
  void finish(State state, std::exception_ptr exception = nullptr);
  virtual const char* noun() const noexcept { return "Future"; }
  virtual std::string task_name() const { return {}; }

  Loop* loop_;
  std::string cancel_message_;

 private:
  IntrusiveList<Subscriber> subscribers_;
  std::exception_ptr exception_;
  std::atomic<int> references_{1};
  State state_ = State::kPending;
  bool observed_ = false;
};

template <class T>
class FutureCell final : public FutureCore {
 public:
  using FutureCore::FutureCore;
  template <class U>
  void set_result(U&& value) {
    if (done()) finish(State::kFinished);  // throws
    outcome_.set_value(std::forward<U>(value));
    finish(State::kFinished);
  }
  void set_result()
    requires std::is_void_v<T>
  {
    finish(State::kFinished);
  }
  void set_exception(std::exception_ptr exception) {
    finish(State::kFinished, std::move(exception));
  }
  decltype(auto) value() {
    if constexpr (!std::is_void_v<T>) return (outcome_.peek());
  }

 private:
  Outcome<T> outcome_;
};

/// The task that waits on a FutureCore.
class FutureWaiter : public Waiter, public FutureCore::Subscriber {
 public:
  explicit FutureWaiter(FutureCore& future) noexcept : future_(&future) {}

  bool await_ready() const noexcept { return future_->done(); }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    park(*self.promise().task(), self);
    future_->add_subscriber(*this);
  }
  bool cancel(const std::string& message) override { return future_->cancel(message); }

 protected:
  ~FutureWaiter() = default;
  void run() override { step(); }
  FutureCore* future_;
};

/// A value that comes later, set once by whoever holds it: a reference to shared state, copyable
/// and, as to its lifetime, shareable between threads; everything else is done on the loop's
/// thread. https://docs.python.org/3/library/asyncio-future.html
template <class T>
class Future {
 public:
  explicit Future(Loop& loop) : cell_(new FutureCell<T>(loop)) {}
  Future(const Future& other) noexcept : cell_(other.cell_) { cell_->add_reference(); }
  Future(Future&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
  Future& operator=(Future other) noexcept {
    std::swap(cell_, other.cell_);
    return *this;
  }
  ~Future() {
    if (cell_) cell_->drop_reference();
  }

  template <class... U>
  void set_result(U&&... value) {
    cell_->set_result(std::forward<U>(value)...);
  }
  void set_exception(std::exception_ptr exception) { cell_->set_exception(std::move(exception)); }
  bool cancel(std::string message = {}) { return cell_->cancel(std::move(message)); }
  bool done() const noexcept { return cell_->done(); }
  bool cancelled() const noexcept { return cell_->cancelled(); }
  std::exception_ptr exception() { return cell_->exception(); }
  decltype(auto) result() {
    cell_->check_result();
    return cell_->value();
  }
  /// `f(future)` is called by the loop once it is done.
  template <class F>
  void add_done_callback(F f) {
    cell_->add_done_callback([f = std::move(f), future = *this]() mutable { f(future); });
  }

  struct Awaiter final : FutureWaiter {
    explicit Awaiter(Future future) noexcept
        : FutureWaiter(*future.cell_), held(std::move(future)) {}
    decltype(auto) await_resume() {
      throw_if_cancelled();
      return held.result();
    }
    Future held;
  };
  Awaiter operator co_await() const noexcept { return Awaiter(*this); }

 private:
  FutureCell<T>* cell_;
};

template <class T>
Future<T> Loop::create_future() {
  return Future<T>(*this);
}

}  // namespace capricorn
