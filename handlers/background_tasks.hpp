// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "../loop/task.hpp"
#include "../loop/to_thread.hpp"
#include "on_loop.hpp"

namespace capricorn {

/// What is done once the response is sent: a handler and its dependencies take it by reference and
/// share one. The connection goes on meanwhile; the server's end waits for it.
///
/// They run one after the other: a coroutine on the loop, a plain function in the pool, unless it
/// is `on_loop`. What one throws is logged, and those behind it do not run. None runs where the
/// request fails. Dependencies with a co_yield run on behind them.
/// https://fastapi.tiangolo.com/tutorial/background-tasks/
class BackgroundTasks {
 public:
  BackgroundTasks() = default;
  BackgroundTasks(BackgroundTasks&&) noexcept = default;
  BackgroundTasks& operator=(BackgroundTasks&&) noexcept = default;

  /// `function` and `arguments` are kept until it has run; the arguments are given by value or by
  /// reference to what is kept.
  template <class F, class... A>
  void add_task(F function, A... arguments) {
    static_assert(std::is_invocable_v<F&, A&...> || std::is_invocable_v<F&, A...>,
                  "add_task(function, arguments...): the function takes these arguments");
    using Result = decltype(invoke(function, arguments...));
    if constexpr (detail::returns_coroutine<Result>) {
      auto call = [function = std::move(function),
                   ... arguments = std::move(arguments)]() mutable -> Task<> {
        co_await invoke(function, arguments...);
      };
      calls_.push_back(std::make_unique<CoroutineCall<decltype(call)>>(std::move(call)));
    } else {
      auto call = [function = std::move(function), ... arguments = std::move(arguments)]() mutable {
        static_cast<void>(invoke(function, arguments...));
      };
      constexpr bool kOnLoop = detail::runs_on_loop<F>;
      calls_.push_back(std::make_unique<PlainCall<decltype(call), kOnLoop>>(std::move(call)));
    }
  }
  bool empty() const noexcept { return calls_.empty(); }

  /// Plain functions in `pool`; null: the loop's own. It outlives the task.
  Task<> run(Executor* pool);

 private:
  class Call {
   public:
    virtual ~Call() = default;
    virtual Task<> run(Executor* pool) = 0;
  };
  template <class F>
  class CoroutineCall final : public Call {
   public:
    explicit CoroutineCall(F function) : function_(std::move(function)) {}
    CAPRICORN_CORO_WRAPPER Task<> run(Executor*) override { return function_(); }

   private:
    F function_;
  };
  template <class F, bool kOnLoop>
  class PlainCall final : public Call {
   public:
    explicit PlainCall(F function) : function_(std::move(function)) {}
    Task<> run([[maybe_unused]] Executor* pool) override {
      if constexpr (kOnLoop)
        function_();
      else
        co_await run_in_executor(pool, std::move(function_));
      co_return;
    }

   private:
    F function_;
  };
  template <class F, class... A>
  CAPRICORN_CORO_WRAPPER static decltype(auto) invoke(F& function, A&... arguments) {
    if constexpr (std::is_invocable_v<F&, A&...>)
      return function(arguments...);
    else
      return function(std::move(arguments)...);
  }

  std::vector<std::unique_ptr<Call>> calls_;
};

}  // namespace capricorn
