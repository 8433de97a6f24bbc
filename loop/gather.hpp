// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <expected>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "ensure_future.hpp"

namespace capricorn {

/// First argument of `gather`: failures are values, too.
struct ReturnExceptions {};
inline constexpr ReturnExceptions return_exceptions;

class GatherWaiter;

/// Several futures, listened to from the call of gather on: they are over when all are done, or the
/// first has failed, whichever came first in time. Lies in the frame pool, as whoever listens does
/// not move.
class Gathering {
 public:
  explicit Gathering(bool returns_exceptions) noexcept : returns_exceptions_(returns_exceptions) {}
  Gathering(const Gathering&) = delete;
  Gathering& operator=(const Gathering&) = delete;
  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* memory) noexcept { FramePool::deallocate(memory); }

 protected:
  class Child final : public FutureCore::Subscriber {
   public:
    void set(Gathering& gathering, FutureCore& future) noexcept {
      gathering_ = &gathering;
      future_ = &future;
    }

   private:
    friend class Gathering;
    friend class GatherWaiter;
    void run() override { gathering_->child_done(*future_); }
    TaskCore* for_task() noexcept override;
    Gathering* gathering_ = nullptr;
    FutureCore* future_ = nullptr;
  };

  ~Gathering() = default;
  /// Throws std::invalid_argument where they are not all of one loop, that which runs here.
  void listen(std::span<Child> children);

 private:
  friend class GatherWaiter;
  /// Throws RuntimeError where the task is of another loop.
  void check_loop_of(const TaskCore& task) const {
    if (!children_.empty()) check_loop(*children_.front().future_, task);
  }
  void child_done(FutureCore& child);
  void count(FutureCore& child) noexcept;

  std::span<Child> children_;
  GatherWaiter* waiter_ = nullptr;
  std::size_t pending_ = 0;
  FutureCore* failed_ = nullptr;
  bool returns_exceptions_;
  bool over_ = false;
  bool cancel_requested_ = false;
  std::string message_;
};

/// The task that awaits them. Cancelled, it cancels all that are unfinished and still waits for
/// their ends.
class GatherWaiter : public Waiter {
 public:
  explicit GatherWaiter(Gathering& gathering) noexcept : gathering_(gathering) {}

  bool await_ready() noexcept;
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    gathering_.check_loop_of(*self.promise().task());
    park(*self.promise().task(), self);
    gathering_.waiter_ = this;
  }
  bool cancel(const std::string& message) override;

 protected:
  ~GatherWaiter() = default;
  /// In await_resume: throws the first failure, or CancelledError.
  void check();

 private:
  friend class Gathering;
  Gathering& gathering_;
};

namespace detail {

template <bool kExpected, class A, class H>
auto gathered_value(H& handle) {
  if constexpr (!kExpected) {
    return take_value<A>(handle);
  } else {
    using Value = std::expected<NonVoid<typename H::Result>, std::exception_ptr>;
    try {
      return Value(take_value<A>(handle));
    } catch (...) {  // handed on as a value
      return Value(std::unexpect, std::current_exception());
    }
  }
}

}  // namespace detail

/// What `gather(a, b, …)` returns: its tasks are scheduled already; await it once.
template <bool kExpected, class... A>
class [[nodiscard]] Gather {
  struct State final : Gathering {
    explicit State(A&... awaitables)
        : Gathering(kExpected), handles{ensure_future(std::move(awaitables))...} {
      std::apply(
          [this](auto&... handle) {
            std::size_t i = 0;
            (children[i++].set(*this, handle.core()), ...);
          },
          handles);
      listen(children);
    }
    template <std::size_t... I>
    auto values(std::index_sequence<I...>) {
      return std::tuple<decltype(detail::gathered_value<kExpected, A>(std::get<I>(handles)))...>{
          detail::gathered_value<kExpected, A>(std::get<I>(handles))...};
    }
    std::tuple<decltype(ensure_future(std::declval<A>()))...> handles;
    std::array<Gathering::Child, sizeof...(A)> children;
  };

 public:
  using Begun = void;
  explicit Gather(A... awaitables) : state_(std::make_unique<State>(awaitables...)) {}

  class Awaiter final : public GatherWaiter {
   public:
    explicit Awaiter(std::unique_ptr<State> state) noexcept
        : GatherWaiter(*state), state_(std::move(state)) {}
    auto await_resume() {
      check();
      return state_->values(std::index_sequence_for<A...>{});
    }

   private:
    std::unique_ptr<State> state_;
  };
  Awaiter operator co_await() && noexcept { return Awaiter(std::move(state_)); }

 private:
  std::unique_ptr<State> state_;
};

/// The same over a range.
template <bool kExpected, class A>
class [[nodiscard]] GatherRange {
  struct State final : Gathering {
    explicit State(std::vector<A>& awaitables) : Gathering(kExpected) {
      handles.reserve(awaitables.size());
      for (A& each : awaitables) handles.push_back(ensure_future(std::move(each)));
      children = std::make_unique<Gathering::Child[]>(handles.size());
      for (std::size_t i = 0; i < handles.size(); ++i) children[i].set(*this, handles[i].core());
      listen({children.get(), handles.size()});
    }
    auto values() {
      std::vector<decltype(detail::gathered_value<kExpected, A>(handles[0]))> values;
      values.reserve(handles.size());
      for (auto& handle : handles) values.push_back(detail::gathered_value<kExpected, A>(handle));
      return values;
    }
    std::vector<decltype(ensure_future(std::declval<A>()))> handles;
    std::unique_ptr<Gathering::Child[]> children;
  };

 public:
  using Begun = void;
  explicit GatherRange(std::vector<A> awaitables) : state_(std::make_unique<State>(awaitables)) {}

  class Awaiter final : public GatherWaiter {
   public:
    explicit Awaiter(std::unique_ptr<State> state) noexcept
        : GatherWaiter(*state), state_(std::move(state)) {}
    auto await_resume() {
      check();
      return state_->values();
    }

   private:
    std::unique_ptr<State> state_;
  };
  Awaiter operator co_await() && noexcept { return Awaiter(std::move(state_)); }

 private:
  std::unique_ptr<State> state_;
};

/// Runs coroutines, tasks and futures at the same time, from the call on; their values in order.
/// The first exception in time is thrown at once, and the others run on. Cancelling the awaiting
/// task cancels them all. Throws std::invalid_argument for futures of several loops, and for those
/// of another loop than the one that runs.
/// https://docs.python.org/3/library/asyncio-task.html#asyncio.gather
template <class... A>
auto gather(A... awaitables) {
  return Gather<false, A...>(std::move(awaitables)...);
}
/// Each result is a std::expected with the value or the exception.
template <class... A>
auto gather(ReturnExceptions, A... awaitables) {
  return Gather<true, A...>(std::move(awaitables)...);
}
template <class A>
auto gather(std::vector<A> awaitables) {
  return GatherRange<false, A>(std::move(awaitables));
}
template <class A>
auto gather(ReturnExceptions, std::vector<A> awaitables) {
  return GatherRange<true, A>(std::move(awaitables));
}

}  // namespace capricorn
