// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <memory>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "../loop/task.hpp"
#include "request.hpp"
#include "response.hpp"

namespace capricorn {

/// What an application answers to exceptions, by their class or, for HTTPException, by status.
///
/// A status comes before a class; of the classes that fit, the one derived from the others. Without
/// one of its own an HTTPException is `{"detail": ...}`, a RequestValidationError 422. What nobody
/// answers is the server's: 500.
class ExceptionHandlers {
 public:
  /// `function(Request&, const E&)` gives a Response or a Task of one; on the loop.
  template <class E, class F>
  void add(F function) {
    add(std::make_unique<ClassHandler<E, F>>(std::move(function)));
  }
  template <class E, class F>
  void add(int status, F function) {
    add(status, std::make_unique<ClassHandler<E, F>>(std::move(function)));
  }

  bool empty() const noexcept { return by_class_.empty() && by_status_.empty(); }
  /// The answer to what a route threw. Throws it again where that is the server's, or its handler's
  /// for all errors.
  Task<Response> respond(Request& request, std::exception_ptr failure) const;
  /// The handler of std::exception, or of 500: what it answers is an error of the server all the
  /// same. Nothing where there is none, or `failure` is no std::exception.
  Task<Response> respond_to_any(Request& request, std::exception_ptr failure) const;
  bool answers_any() const noexcept;

 private:
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual const std::type_info& type() const noexcept = 0;
    /// The exception, which lives as long as `failure`; null where it is of another class.
    virtual const void* find(const std::exception_ptr& failure) const noexcept = 0;
    virtual Task<Response> call(Request& request, const void* exception) = 0;
    virtual void throw_pointer() const = 0;
    /// Whether the class of `other` is derived from this one's.
    virtual bool is_base_of(const Handler& other) const noexcept = 0;
  };

  template <class E, class F>
  class ClassHandler final : public Handler {
    static_assert(std::is_invocable_v<F&, Request&, const E&>,
                  "an exception handler takes (Request&, const E&)");
    using Result = std::invoke_result_t<F&, Request&, const E&>;
    static constexpr bool kCoroutine = std::is_same_v<Result, Task<Response>>;
    static_assert(kCoroutine || std::is_same_v<Result, Response>,
                  "an exception handler returns a Response or a Task<Response>");

   public:
    explicit ClassHandler(F function) : function_(std::move(function)) {}

    const std::type_info& type() const noexcept override { return typeid(E); }
    const void* find(const std::exception_ptr& failure) const noexcept override {
      try {
        std::rethrow_exception(failure);
      } catch (const E& exception) {
        return &exception;
      } catch (...) {  // it is looked at, not handled
        return nullptr;
      }
    }
    Task<Response> call(Request& request, const void* exception) override {
      const E& error = *static_cast<const E*>(exception);
      if constexpr (kCoroutine)
        co_return co_await function_(request, error);
      else
        co_return function_(request, error);
    }
    // A pointer to a derived class is caught as one to its base: what else would need both types.
    void throw_pointer() const override { throw static_cast<const E*>(nullptr); }
    bool is_base_of(const Handler& other) const noexcept override {
      try {
        other.throw_pointer();
      } catch (const E*) {
        return true;
      } catch (...) {  // of no class of ours
      }
      return false;
    }

   private:
    F function_;
  };

  struct ByStatus {
    int status;
    std::unique_ptr<Handler> handler;
  };
  void add(std::unique_ptr<Handler> handler);
  void add(int status, std::unique_ptr<Handler> handler);
  const ByStatus* find_status(int status) const noexcept;

  std::vector<std::unique_ptr<Handler>> by_class_;  // derived classes before their bases
  std::vector<ByStatus> by_status_;
};

}  // namespace capricorn
