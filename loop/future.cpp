// SPDX-License-Identifier: MIT
#include "future.hpp"

#include <cxxabi.h>

#include <typeinfo>

namespace capricorn {
namespace {

struct DoneCallback final : FutureCore::Subscriber {
  explicit DoneCallback(Loop& owner, Callback f) : loop(&owner), callback(std::move(f)) {}
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }
  void run() override {
    Handle handle = loop->call_soon(std::move(callback));
    delete this;
  }
  Loop* loop;
  Callback callback;
};

}  // namespace

bool handling_cancelled_error() noexcept {
  const std::type_info* type = abi::__cxa_current_exception_type();
  return type && *type == typeid(CancelledError);
}

FutureCore::~FutureCore() {
  if (exception_ && !observed_) {
    loop_->call_exception_handler(
        {std::string(noun()) + " exception was never retrieved", exception_, {}});
  }
}

bool FutureCore::cancel(std::string message) {
  if (done()) return false;
  cancel_message_ = std::move(message);
  finish(State::kCancelled);
  return true;
}

std::exception_ptr FutureCore::exception() {
  if (!done()) throw InvalidStateError("Exception is not set.");
  observed_ = true;
  if (cancelled()) throw CancelledError(cancel_message_);
  return exception_;
}

void FutureCore::check_result() {
  if (!done()) throw InvalidStateError("Result is not set.");
  observed_ = true;
  if (cancelled()) throw CancelledError(cancel_message_);
  if (exception_) std::rethrow_exception(exception_);
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
  if (done()) throw InvalidStateError("invalid state: the result was set before");
  state_ = state;
  exception_ = std::move(exception);
  while (!subscribers_.empty()) loop_->schedule(subscribers_.pop_front());
}

}  // namespace capricorn
