// SPDX-License-Identifier: MIT
#include "future.hpp"

#include <cxxabi.h>

#include <new>
#include <stdexcept>
#include <typeinfo>

#include "log.hpp"
#include "task_core.hpp"

namespace capricorn {

/// Lies in the frame pool. While the future is pending it is the future's own; from then on it has
/// a reference to it.
struct FutureCore::DoneCallback final : Subscriber {
  DoneCallback(FutureCore& owner, Callback f)
      : future(&owner), callback(std::move(f)), context(Context::copy_current()) {}
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }
  void run() override {
    struct Done {
      DoneCallback& self;
      ~Done() { self.drop(); }
    } done{*this};
    future->loop().call(callback, context);
  }
  void drop() noexcept override {
    FutureCore* held = future->done() ? future : nullptr;
    delete this;
    if (held) held->drop_reference();
  }
  std::string description() const override { return callback.description(); }
  FutureCore* future;
  Callback callback;
  Context context;
};

namespace {

[[noreturn]] void refuse(const TaskCore& task) {
  throw RuntimeError("Task '" + task.name() + "' got Future attached to a different loop");
}

}  // namespace

bool handling_cancelled_error() noexcept {
  const std::type_info* type = abi::__cxa_current_exception_type();
  return type && *type == typeid(CancelledError);
}

std::exception_ptr missing_co_return() noexcept {
  return std::make_exception_ptr(
      std::logic_error("A coroutine of a value ended without co_return."));
}

FutureCore::Rare::~Rare() = default;

void LoopLink::close() noexcept {
  for (;;) {
    FutureCore* future = nullptr;
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      if (futures_.empty()) return;
      future = &futures_.pop_front().future;
      // Its last reference may be going on another thread, and its callbacks with it.
      if (!future->add_reference_unless_gone()) continue;
    }
    future->drop_subscribers();
    future->drop_reference();
  }
}

bool FutureCore::add_reference_unless_gone() noexcept {
  int before = references_.load(std::memory_order_relaxed);
  while (before > 0) {
    if (references_.compare_exchange_weak(before, before + 1, std::memory_order_acquire))
      return true;
  }
  return false;
}

void FutureCore::keep_link() { rare_ = std::make_unique<Rare>(*this, loop_->link()); }

/// Also when the loop has gone, for a future.
const std::shared_ptr<LoopLink>& FutureCore::link() {
  if (rare_) return rare_->link;
  return kind_ == Kind::kTask ? loop_->link() : FramePool::of(this)->link();
}

FutureCore::Rare& FutureCore::rare() {
  if (!rare_) rare_ = std::make_unique<Rare>(*this, link());
  return *rare_;
}

/// The last reference is gone; an exception that nobody asked for is told now, once.
void FutureCore::destroy() noexcept {
  if (rare_) [[unlikely]] {
    rare_->link->forget(*rare_);
    if (failed() && !observed_) tell_never_retrieved();
  }
  delete this;
}

void FutureCore::tell_never_retrieved() const noexcept {
  const char* noun = kind_ == Kind::kTask ? "Task" : "Future";
  try {
    const ExceptionContext context{std::string(noun) + " exception was never retrieved",
                                   rare_->exception, task_name()};
    const bool told =
        rare_->link->with_loop([&context](Loop& loop) { loop.call_exception_handler(context); });
    if (!told) log_exception(context);
  } catch (const std::bad_alloc&) {
    log(LogLevel::kError, "Out of memory to tell of an exception that was never retrieved.");
  }
}

void FutureCore::drop_subscribers() noexcept {
  done_callbacks_ = 0;
  while (!subscribers_.empty()) subscribers_.pop_front().drop();
}

bool FutureCore::cancel(std::string message) {
  if (done()) return false;
  cancel_message_ = std::move(message);
  finish(State::kCancelled);
  return true;
}

std::exception_ptr FutureCore::exception() {
  if (!done()) throw InvalidStateError("Exception is not set.");
  if (cancelled()) check_result();
  observed_ = true;
  return rare_ ? rare_->exception : nullptr;
}

void FutureCore::check_result() {
  if (!done()) throw InvalidStateError("Result is not set.");
  observed_ = true;
  if (rare_ && rare_->exception) std::rethrow_exception(rare_->exception);
  if (cancelled()) throw CancelledError(cancel_message_);
}

void FutureCore::add_subscriber(Subscriber& subscriber) {
  if (done())
    loop_->schedule(subscriber);
  else
    subscribers_.push_back(subscriber);
}

void FutureCore::add_done_callback(Callback callback) {
  if (kind_ == Kind::kFuture && !(done() ? !link()->is_closed() : link()->keep(rare()))) return;
  auto* added = new DoneCallback(*this, std::move(callback));
  if (done())
    add_reference();
  else
    ++done_callbacks_;
  add_subscriber(*added);
}

void FutureCore::finish(State state, std::exception_ptr exception) {
  if (done()) throw InvalidStateError("invalid state");
  if (exception) [[unlikely]]
    rare().exception = std::move(exception);
  state_ = state;
  for (; done_callbacks_ > 0; --done_callbacks_) add_reference();
  while (!subscribers_.empty()) loop_->schedule(subscribers_.pop_front());
}

void check_loop(const FutureCore& future, const Loop& loop) {
  if (&future.loop() == &loop) return;
  throw std::invalid_argument(
      "The future belongs to a different loop than the one specified as the loop argument");
}

void check_loop(const FutureCore& future, const TaskCore& task) {
  if (&future.loop() != &task.loop()) refuse(task);
}

void FutureWaiter::subscribe(TaskCore& task, std::coroutine_handle<> self, PromiseBase& promise) {
  if (static_cast<FutureCore*>(&task) == future_) {
    throw RuntimeError("Task cannot await on itself: '" + task.name() + "'");
  }
  if (&task.loop() != &future_->loop()) [[unlikely]]
    refuse(task);
  park(task, self, promise);
  future_->add_subscriber(*this);
}

}  // namespace capricorn
