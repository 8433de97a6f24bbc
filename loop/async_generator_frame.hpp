// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "intrusive_list.hpp"
#include "promise.hpp"

namespace capricorn {

class AsyncGeneratorCore;
class Loop;

/// Begun and not finished: how a loop knows a generator that it may have to close.
struct AsyncGeneratorNode : ListNode {};

/// Owns a generator, whatever it yields; empty once that has ended. The generator knows where its
/// owner lies, so that it can end while nobody looks.
class AsyncGeneratorFrame {
 public:
  explicit AsyncGeneratorFrame(AsyncGeneratorCore* core) noexcept { take(core); }
  AsyncGeneratorFrame(AsyncGeneratorFrame&& other) noexcept { take(other.release()); }
  AsyncGeneratorFrame& operator=(AsyncGeneratorFrame&& other) noexcept;
  ~AsyncGeneratorFrame() { drop(release()); }

  AsyncGeneratorCore* core() const noexcept { return core_; }

 private:
  friend class AsyncGeneratorAwaiter;
  friend class AsyncGeneratorCore;
  friend class Loop;
  void take(AsyncGeneratorCore* core) noexcept;
  AsyncGeneratorCore* release() noexcept;
  static void drop(AsyncGeneratorCore* core) noexcept;

  AsyncGeneratorCore* core_ = nullptr;
};

/// Runs a generator to its next co_yield or to its end. Owns it meanwhile.
class AsyncGeneratorAwaiter : public ChildFrame {
 public:
  enum class Kind : unsigned char { kNext, kThrow, kClose };

  AsyncGeneratorAwaiter(AsyncGeneratorFrame& generator, Kind kind,
                        std::exception_ptr thrown) noexcept
      : generator_(&generator), kind_(kind), thrown_(std::move(thrown)) {}

  /// Throws RuntimeError where it runs already.
  bool await_ready();
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> parent) {
    begin(parent.promise(), parent);
    return frame_;
  }

 protected:
  /// In await_resume: whether it stands at a co_yield; throws what it ended with.
  bool yielded();
  /// It is its owner's again.
  void leave() noexcept;
  AsyncGeneratorCore* core() const noexcept { return core_; }

 private:
  void begin(PromiseBase& parent, std::coroutine_handle<> handle);

  AsyncGeneratorFrame* generator_;
  AsyncGeneratorCore* core_ = nullptr;
  Kind kind_;
  std::exception_ptr thrown_;
};

/// What `aclose` returns.
class [[nodiscard]] AsyncGeneratorClose {
 public:
  explicit AsyncGeneratorClose(AsyncGeneratorFrame& generator) noexcept : generator_(&generator) {}

  class Awaiter final : public AsyncGeneratorAwaiter {
   public:
    explicit Awaiter(AsyncGeneratorFrame& generator);
    /// Throws RuntimeError where it yielded.
    void await_resume();
  };
  Awaiter operator co_await() const { return Awaiter(*generator_); }

 private:
  AsyncGeneratorFrame* generator_;
};

/// What the promises of all generators share.
class AsyncGeneratorCore : public PromiseBase, public AsyncGeneratorNode {
 public:
  enum class State : unsigned char { kCreated, kSuspended, kRunning, kFinished };

  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept {
    exception_ = std::current_exception();
    state_ = State::kFinished;
  }
  void return_void() noexcept { state_ = State::kFinished; }

  State state() const noexcept { return state_; }
  /// The loop's own tasks that close generators which were dropped.
  static std::vector<const TaskCore*> closing_tasks(Loop& loop);
  /// "<async_generator 'numbers' at app.cpp:42>"
  std::string description() const;

 protected:
  explicit AsyncGeneratorCore(std::coroutine_handle<> self) noexcept : self_(self) {}
  ~AsyncGeneratorCore() { forget_owner(); }

  /// co_yield: whoever awaits goes on; resumed, it throws what was thrown in.
  struct Yield {
    AsyncGeneratorCore& core;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) const noexcept {
      core.state_ = State::kSuspended;
      return core.continuation();
    }
    void await_resume() const {
      if (core.thrown_) std::rethrow_exception(std::exchange(core.thrown_, nullptr));
    }
  };

 private:
  friend class AsyncGeneratorFrame;
  friend class AsyncGeneratorAwaiter;
  friend class Loop;
  void join(Loop& loop);
  void forget_owner() noexcept {
    if (owner_) std::exchange(owner_, nullptr)->core_ = nullptr;
  }

  std::coroutine_handle<> self_;
  AsyncGeneratorFrame* owner_ = nullptr;  // null: dropped while it runs
  Loop* loop_ = nullptr;                  // since it was begun; gone where we are not linked
  std::exception_ptr thrown_;
  std::exception_ptr exception_;
  State state_ = State::kCreated;
  bool passed_to_loop_ = false;
  bool close_begun_ = false;
};

}  // namespace capricorn
