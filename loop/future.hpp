// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "loop.hpp"
#include "loop_link.hpp"
#include "waiter.hpp"

namespace capricorn {

/// What futures and tasks share: pending until set once, then everyone who subscribed is called by
/// the loop, in order, on its next pass. A future's references may be dropped on any thread, a
/// task's only on the loop's.
class FutureCore {
 public:
  /// Called as a callback of the loop once the future is done; unlinks itself when destroyed.
  class Subscriber : public Runnable {
   protected:
    ~Subscriber() = default;
  };

  enum class Kind : unsigned char { kFuture, kTask };

  explicit FutureCore(Loop& loop, Kind kind = Kind::kFuture) noexcept : loop_(&loop), kind_(kind) {}
  FutureCore(const FutureCore&) = delete;
  FutureCore& operator=(const FutureCore&) = delete;

  Loop& loop() const noexcept { return *loop_; }
  bool done() const noexcept { return state_ != State::kPending; }
  bool cancelled() const noexcept { return state_ == State::kCancelled; }
  /// False where it is done already. A task's asks the task.
  virtual bool cancel(std::string message);
  /// Null where it ended with a value; throws InvalidStateError where it has not ended, and
  /// CancelledError where it was cancelled.
  std::exception_ptr exception();
  /// Whether it ended with an exception other than CancelledError; asking is not observing.
  bool failed() const noexcept { return state_ == State::kFinished && rare_ && rare_->exception; }
  void add_subscriber(Subscriber& subscriber);
  /// Runs in the context of whoever adds it, with a reference to this held; dropped where this goes
  /// or its loop closes before it is done, and at once where that has closed.
  void add_done_callback(Callback callback);
  /// Calls `f(task)` for each task that waits for this.
  template <class F>
  void for_each_waiting_task(F f) {
    subscribers_.for_each([&f](Subscriber& each) {
      if (TaskCore* task = each.for_task()) f(*task);
    });
  }

  void add_reference() noexcept {
    if (kind_ == Kind::kTask)
      references_.store(references_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    else
      references_.fetch_add(1, std::memory_order_relaxed);
  }
  void drop_reference() noexcept {
    if (kind_ == Kind::kTask) {
      const int left = references_.load(std::memory_order_relaxed) - 1;
      references_.store(left, std::memory_order_relaxed);
      if (left == 0) destroy();
    } else if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      destroy();
    }
  }

  /// Throws InvalidStateError before it is done, CancelledError or the exception where there is
  /// one.
  void check_result();
  /// Its exception will not be reported as one that nobody asked for.
  void mark_observed() noexcept { observed_ = true; }
  /// True the first time, for the first of several shields that are left.
  bool first_shield_left() noexcept { return !std::exchange(shield_left_, true); }

 protected:
  enum class State : unsigned char { kPending, kCancelled, kFinished };

  virtual ~FutureCore() { drop_subscribers(); }
  void drop_subscribers() noexcept;
  /// Throws InvalidStateError where it was set before. A cancelled one may bring the exception.
  void finish(State state, std::exception_ptr exception = nullptr);
  virtual std::string task_name() const { return {}; }
  /// Where the memory is not of the loop's own pool, and the loop still there.
  void keep_link();

  Loop* loop_;
  std::string cancel_message_;

 private:
  struct DoneCallback;
  friend class LoopLink;
  /// What few futures have: an exception, callbacks, or memory that says nothing of their loop. As
  /// they may outlive it, they need the link.
  struct Rare : FutureWithCallbacks {
    Rare(FutureCore& core, std::shared_ptr<LoopLink> to_loop) noexcept
        : FutureWithCallbacks(core), link(std::move(to_loop)) {}
    ~Rare();
    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }
    std::shared_ptr<LoopLink> link;
    std::exception_ptr exception;
  };
  Rare& rare();
  const std::shared_ptr<LoopLink>& link();
  bool add_reference_unless_gone() noexcept;
  void destroy() noexcept;
  void tell_never_retrieved() const noexcept;

  IntrusiveList<Subscriber> subscribers_;
  std::unique_ptr<Rare> rare_;
  std::atomic<int> references_{1};
  int done_callbacks_ = 0;  // pending ones
  Kind kind_;
  State state_ = State::kPending;
  bool observed_ = false;
  bool shield_left_ = false;
};

/// Throws std::invalid_argument, Python's ValueError, where the future is of another loop.
void check_loop(const FutureCore& future, const Loop& loop);
/// Throws RuntimeError where the task is about to wait for a future of another loop.
void check_loop(const FutureCore& future, const TaskCore& task);

/// A counted pointer to one.
class FutureReference {
 public:
  explicit FutureReference(FutureCore& core) noexcept : core_(&core) { core.add_reference(); }
  FutureReference(const FutureReference& other) noexcept : FutureReference(*other.core_) {}
  FutureReference(FutureReference&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  FutureReference& operator=(FutureReference other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~FutureReference() {
    if (core_) core_->drop_reference();
  }
  FutureCore& operator*() const noexcept { return *core_; }
  FutureCore* operator->() const noexcept { return core_; }

 private:
  FutureCore* core_;
};

template <class T>
class FutureCell final : public FutureCore {
 public:
  explicit FutureCell(Loop& loop) : FutureCore(loop) {
    if (FramePool::of(this) != &loop.frame_pool()) [[unlikely]]
      keep_link();
  }
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

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
    if (!exception) throw std::invalid_argument("invalid exception object");
    finish(State::kFinished, std::move(exception));
  }
  decltype(auto) value() {
    if constexpr (!std::is_void_v<T>) return (outcome_.peek());
  }

 private:
  Outcome<T> outcome_;
};

/// The task that waits on a FutureCore. Cancelling it cancels the future.
class FutureWaiter : public Waiter, public FutureCore::Subscriber {
 public:
  explicit FutureWaiter(FutureCore& future) noexcept : future_(&future) {}

  bool await_ready() const noexcept { return future_->done(); }
  /// Throws RuntimeError for a task that awaits itself or a future of another loop.
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    subscribe(*self.promise().task(), self, self.promise());
  }
  bool cancel(const std::string& message) override { return future_->cancel(message); }

 protected:
  ~FutureWaiter() = default;
  void run() override { step(); }
  TaskCore* for_task() noexcept override { return task(); }
  /// In await_resume. A cancelled future brings its own message.
  void check_cancelled() {
    if (future_->cancelled())
      cancellation_delivered();
    else
      throw_if_cancelled();
  }
  FutureCore* future_;

 private:
  void subscribe(TaskCore& task, std::coroutine_handle<> self, PromiseBase& promise);
};

/// A value that comes later, set once by whoever holds it: a reference to shared state, copyable
/// and, as to its lifetime, shareable between threads; everything else is done on the loop's
/// thread. It may outlive its loop, and still be set and asked. Awaiting an lvalue gives T&, an
/// rvalue a T: a copy, or the value itself where it has no copy.
/// https://docs.python.org/3/library/asyncio-future.html
template <class T>
class Future {
 public:
  using Result = T;

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
  Loop& get_loop() const noexcept { return cell_->loop(); }
  decltype(auto) result() {
    cell_->check_result();
    return cell_->value();
  }
  /// `f(future)` is called by the loop once it is done.
  template <class F>
  void add_done_callback(F f) {
    cell_->add_done_callback([f = std::move(f), cell = cell_]() mutable {
      cell->add_reference();
      Future future(cell);
      f(future);
    });
  }

  struct Awaiter final : FutureWaiter {
    explicit Awaiter(Future future) noexcept
        : FutureWaiter(*future.cell_), held(std::move(future)) {}
    decltype(auto) await_resume() {
      check_cancelled();
      return held.result();
    }
    Future held;
  };
  struct TakingAwaiter final : FutureWaiter {
    explicit TakingAwaiter(Future future) noexcept
        : FutureWaiter(*future.cell_), held(std::move(future)) {}
    T await_resume() {
      check_cancelled();
      if constexpr (std::is_void_v<T> || std::is_reference_v<T> || std::is_copy_constructible_v<T>)
        return held.result();
      else
        return std::move(held.result());
    }
    Future held;
  };
  Awaiter operator co_await() const& noexcept { return Awaiter(*this); }
  TakingAwaiter operator co_await() && noexcept { return TakingAwaiter(std::move(*this)); }

  FutureCell<T>& core() const noexcept { return *cell_; }
  friend bool operator==(const Future&, const Future&) noexcept = default;

 private:
  /// Takes over one reference.
  explicit Future(FutureCell<T>* cell) noexcept : cell_(cell) {}
  FutureCell<T>* cell_;
};

template <class T>
Future<T> Loop::create_future() {
  return Future<T>(*this);
}

}  // namespace capricorn
