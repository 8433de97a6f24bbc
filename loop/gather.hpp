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

/// Waits for several futures: until all are done, or the first failed. Cancelled, it cancels all
/// that are unfinished and still waits for their ends.
class GatherWaiter : public Waiter {
 public:
  explicit GatherWaiter(bool returns_exceptions) noexcept
      : returns_exceptions_(returns_exceptions) {}

  /// Where all are done, or one has failed already, it does not suspend.
  bool await_ready() noexcept;
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    park(*self.promise().task(), self);
    subscribe();
  }
  bool cancel(const std::string& message) override;

 protected:
  class Child final : public FutureCore::Subscriber {
   public:
    void set(GatherWaiter& gather, FutureCore& future) noexcept {
      gather_ = &gather;
      future_ = &future;
    }

   private:
    friend class GatherWaiter;
    void run() override { gather_->child_done(*future_); }
    TaskCore* for_task() noexcept override { return gather_->task(); }
    GatherWaiter* gather_ = nullptr;
    FutureCore* future_ = nullptr;
  };

  ~GatherWaiter() = default;
  void watch(std::span<Child> children) noexcept { children_ = children; }
  /// In await_resume: throws the first failure, or CancelledError.
  void check();

 private:
  void subscribe();
  void child_done(FutureCore& child);

  std::span<Child> children_;
  std::size_t pending_ = 0;
  FutureCore* failed_ = nullptr;
  bool returns_exceptions_;
  bool cancel_requested_ = false;
  bool woken_ = false;
  std::string message_;
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
  using Handles = std::tuple<decltype(ensure_future(std::declval<A>()))...>;

 public:
  explicit Gather(A... awaitables) : handles_{ensure_future(std::move(awaitables))...} {}

  class Awaiter final : public GatherWaiter {
   public:
    explicit Awaiter(Handles handles) : GatherWaiter(kExpected), handles_(std::move(handles)) {
      std::apply(
          [this](auto&... handle) {
            std::size_t i = 0;
            (children_[i++].set(*this, handle.core()), ...);
          },
          handles_);
      watch(children_);
    }
    auto await_resume() {
      check();
      return values(std::index_sequence_for<A...>{});
    }

   private:
    template <std::size_t... I>
    auto values(std::index_sequence<I...>) {
      return std::tuple<decltype(detail::gathered_value<kExpected, A>(std::get<I>(handles_)))...>{
          detail::gathered_value<kExpected, A>(std::get<I>(handles_))...};
    }
    Handles handles_;
    std::array<Child, sizeof...(A)> children_;
  };
  Awaiter operator co_await() && { return Awaiter(std::move(handles_)); }

 private:
  Handles handles_;
};

/// The same over a range.
template <bool kExpected, class A>
class [[nodiscard]] GatherRange {
  using Handle = decltype(ensure_future(std::declval<A>()));

 public:
  explicit GatherRange(std::vector<A> awaitables) {
    handles_.reserve(awaitables.size());
    for (A& each : awaitables) handles_.push_back(ensure_future(std::move(each)));
  }

  class Awaiter final : public GatherWaiter {
   public:
    explicit Awaiter(std::vector<Handle> handles)
        : GatherWaiter(kExpected),
          handles_(std::move(handles)),
          children_(std::make_unique<Child[]>(handles_.size())) {
      for (std::size_t i = 0; i < handles_.size(); ++i) {
        children_[i].set(*this, handles_[i].core());
      }
      watch({children_.get(), handles_.size()});
    }
    auto await_resume() {
      check();
      std::vector<decltype(detail::gathered_value<kExpected, A>(handles_[0]))> values;
      values.reserve(handles_.size());
      for (Handle& handle : handles_) {
        values.push_back(detail::gathered_value<kExpected, A>(handle));
      }
      return values;
    }

   private:
    std::vector<Handle> handles_;
    std::unique_ptr<Child[]> children_;
  };
  Awaiter operator co_await() && { return Awaiter(std::move(handles_)); }

 private:
  std::vector<Handle> handles_;
};

/// Runs coroutines, tasks and futures at the same time; their values in order. The first exception
/// is thrown at once, and the others run on. Cancelling the awaiting task cancels them all.
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
