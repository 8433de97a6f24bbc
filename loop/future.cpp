// SPDX-License-Identifier: MIT
#include "future.hpp"

#include <cxxabi.h>

#include <typeinfo>

#include "task_core.hpp"

namespace capricorn {
namespace {

struct DoneCallback final : FutureCore::Subscriber {
  DoneCallback(Loop& owner, Callback f)
      : loop(&owner), callback(std::move(f)), context(Context::copy_current()) {}
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }
  void run() override {
    loop->call(callback, context);
    delete this;
  }
  std::string description() const override { return callback.description(); }
  Loop* loop;
  Callback callback;
  Context context;
};

}  // namespace

bool handling_cancelled_error() noexcept {
  const std::type_info* type = abi::__cxa_current_exception_type();
  return type && *type == typeid(CancelledError);
}

/// The last reference is gone; an exception that nobody asked for is told now, once.
void FutureCore::destroy() noexcept {
  if (failed() && !observed_) {
    const char* noun = kind_ == Kind::kTask ? "Task" : "Future";
    loop_->call_exception_handler(
        {std::string(noun) + " exception was never retrieved", exception_, task_name()});
  }
  delete this;
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
  return exception_;
}

void FutureCore::check_result() {
  if (!done()) throw InvalidStateError("Result is not set.");
  observed_ = true;
  if (exception_) std::rethrow_exception(exception_);
  if (cancelled()) throw CancelledError(cancel_message_);
}

void FutureCore::add_subscriber(Subscriber& subscriber) {
  if (done())
    loop_->schedule(subscriber);
  else
    subscribers_.push_back(subscriber);
}

void FutureCore::add_done_callback(Callback callback) {
  add_subscriber(*new DoneCallback(*loop_, std::move(callback)));
}

void FutureCore::finish(State state, std::exception_ptr exception) {
  if (done()) throw InvalidStateError("invalid state");
  state_ = state;
  exception_ = std::move(exception);
  while (!subscribers_.empty()) loop_->schedule(subscribers_.pop_front());
}

void FutureWaiter::subscribe(TaskCore& task, std::coroutine_handle<> self, PromiseBase& promise) {
  if (static_cast<FutureCore*>(&task) == future_) {
    throw RuntimeError("Task cannot await on itself: '" + task.name() + "'");
  }
  if (&task.loop() != &future_->loop()) {
    throw RuntimeError("Task '" + task.name() + "' got Future attached to a different loop");
  }
  park(task, self, promise);
  future_->add_subscriber(*this);
}

std::string FutureWaiter::description() const { return task()->description(); }

}  // namespace capricorn
