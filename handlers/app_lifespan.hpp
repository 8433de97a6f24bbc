// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../http/application.hpp"
#include "../loop/async_generator.hpp"
#include "../loop/runnable.hpp"
#include "../loop/task_handle.hpp"
#include "../loop/to_thread.hpp"
#include "on_loop.hpp"

namespace capricorn {

class App;

/// `AppOptions::lifespan`: an `AsyncGenerator<> lifespan(App& app)`, with one `co_yield {};`
/// between what comes before the first request and what comes after the last.
/// https://fastapi.tiangolo.com/advanced/events/
class LifespanFunction {
 public:
  LifespanFunction() = default;
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, LifespanFunction>)
  LifespanFunction(F function)  // NOLINT: a function is meant
      : function_(std::make_shared<Typed<F>>(std::move(function))) {}

  explicit operator bool() const noexcept { return function_ != nullptr; }
  /// Up to its co_yield. Throws what it throws, and RuntimeError where there is no co_yield.
  Task<> enter(App& app);
  Task<> leave();

 private:
  struct Function {
    virtual ~Function() = default;
    virtual Task<bool> enter(App& app) = 0;
    virtual Task<bool> leave() = 0;
  };
  template <class F>
  class Typed final : public Function {
    static_assert(std::is_invocable_v<F&, App&>,
                  "a lifespan is an AsyncGenerator<> with one parameter, App&");
    using Generator = std::invoke_result_t<F&, App&>;
    static_assert(
        requires(Generator& generator) { generator.athrow(nullptr); },
        "a lifespan is an AsyncGenerator<>, with one co_yield {}");

   public:
    explicit Typed(F function) : function_(std::move(function)) {}
    Task<bool> enter(App& app) override {
      generator_.emplace(function_(app));
      co_return bool(co_await generator_->next());
    }
    Task<bool> leave() override { co_return bool(co_await generator_->next()); }

   private:
    F function_;
    std::optional<Generator> generator_;
  };

  std::shared_ptr<Function> function_;
};

namespace detail {

/// A function or a coroutine without arguments, kept.
class Hook {
 public:
  virtual ~Hook() = default;
  virtual Task<> run() = 0;
  /// Whether a thread is at it, which goes on though `run` was cancelled.
  virtual bool busy() const noexcept { return false; }
};
template <class F>
class FunctionHook final : public Hook {
  static_assert(std::is_invocable_v<F&>, "a hook is a function or a coroutine without arguments");

 public:
  explicit FunctionHook(F function) : function_(std::move(function)) {}
  Task<> run() override {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      function_();
      co_return;
    } else {
      co_await function_();
    }
  }

 private:
  F function_;
};

/// What `App::every` calls: a plain function in the loop's own pool.
template <class F>
class PeriodicHook final : public Hook {
  static_assert(std::is_invocable_v<F&>,
                "every(interval, function): a function or a coroutine without arguments");

 public:
  explicit PeriodicHook(F function) : function_(std::move(function)) {}
  Task<> run() override {
    if constexpr (returns_coroutine<std::invoke_result_t<F&>>) {
      co_await function_();
    } else if constexpr (runs_on_loop<F>) {
      static_cast<void>(function_());
      co_return;
    } else {
      co_await run_in_executor(nullptr, [this, held = job_] { static_cast<void>(function_()); });
    }
  }
  bool busy() const noexcept override { return job_.use_count() > 1; }

 private:
  F function_;
  const std::shared_ptr<void> job_ = std::make_shared<char>();  // kept by the job, too
};

}  // namespace detail

/// What an application does before its first request, beside them, and after the last: ASGI's
/// lifespan.
class AppLifespan {
 public:
  void set_function(LifespanFunction function) { function_ = std::move(function); }
  void add_startup(std::unique_ptr<detail::Hook> hook) { startup_.push_back(std::move(hook)); }
  void add_shutdown(std::unique_ptr<detail::Hook> hook) { shutdown_.push_back(std::move(hook)); }
  /// Called each `interval` from startup on, or from now on where that was before; never twice at a
  /// time. What it throws is logged.
  void add_periodic(Duration interval, std::unique_ptr<detail::Hook> hook);

  /// Throws what keeps the application from starting; what was entered is left then.
  Task<> startup(App& app);
  /// All of it is done; throws the first failure.
  Task<> shutdown();

 private:
  struct Periodic {
    Duration interval;
    std::unique_ptr<detail::Hook> hook;
  };
  void begin(Periodic& periodic);
  static Task<> repeat(Periodic& periodic);
  Task<> stop_periodic();
  Task<> leave(std::exception_ptr& failure);

  LifespanFunction function_;
  std::vector<std::unique_ptr<detail::Hook>> startup_;
  std::vector<std::unique_ptr<detail::Hook>> shutdown_;
  std::deque<Periodic> periodic_;  // their places stay: tasks refer to them
  std::vector<AnyTask> running_;
  bool serving_ = false;
};

}  // namespace capricorn
