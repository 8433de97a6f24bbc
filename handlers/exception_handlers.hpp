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
#include "websocket.hpp"

namespace capricorn {

/// What an application answers to exceptions, by their class or, for HTTPException, by status; of
/// requests and of websockets.
///
/// A status comes before a class; of the classes that fit, the one derived from the others. Without
/// one of its own an HTTPException is `{"detail": ...}`, a RequestValidationError 422; a
/// WebSocketException closes its websocket, a WebSocketRequestValidationError with 1008. What
/// nobody answers is the server's: 500, or 1011.
class ExceptionHandlers {
 public:
  /// `function(Request&, const E&)` gives a Response or a Task of one; `function(WebSocket&, const
  /// E&)` is a coroutine Task<>. An object that has both answers both. On the loop.
  template <class E, class F>
  void add(F function) {
    check<E, F>();
    if constexpr (kForRequests<E, F> && kForWebSockets<E, F>) {
      add(std::make_unique<RequestHandler<E, F>>(function));
    } else if constexpr (kForRequests<E, F>) {
      return add(std::make_unique<RequestHandler<E, F>>(std::move(function)));
    }
    if constexpr (kForWebSockets<E, F>) {
      add(std::make_unique<WebSocketHandler<E, F>>(std::move(function)));
    }
  }
  template <class E, class F>
  void add(int status, F function) {
    check<E, F>();
    if constexpr (kForRequests<E, F> && kForWebSockets<E, F>) {
      add(status, std::make_unique<RequestHandler<E, F>>(function));
    } else if constexpr (kForRequests<E, F>) {
      return add(status, std::make_unique<RequestHandler<E, F>>(std::move(function)));
    }
    if constexpr (kForWebSockets<E, F>) {
      add(status, std::make_unique<WebSocketHandler<E, F>>(std::move(function)));
    }
  }

  /// Whether there is none for requests.
  bool empty() const noexcept { return requests_.empty(); }
  /// The answer to what a route threw. Throws it again where that is the server's, or its handler's
  /// for all errors.
  Task<Response> respond(Request& request, std::exception_ptr failure) const;
  /// The handler of std::exception, or of 500: what it answers is an error of the server all the
  /// same. Nothing where there is none, or `failure` is no std::exception.
  Task<Response> respond_to_any(Request& request, std::exception_ptr failure) const;
  bool answers_any() const noexcept;
  /// Ends a websocket by what its route threw. Before `accept` a handler of requests may do so, by
  /// an answer of HTTP's. Throws it again where it is the server's, or none but a handler of
  /// std::exception has seen it.
  Task<> respond(WebSocket& socket, std::exception_ptr failure) const;

 private:
  /// A class of exceptions.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual const std::type_info& type() const noexcept = 0;
    /// The exception, which lives as long as `failure`; null where it is of another class.
    virtual const void* find(const std::exception_ptr& failure) const noexcept = 0;
    virtual void throw_pointer() const = 0;
    /// Whether the class of `other` is derived from this one's, or the same.
    virtual bool is_base_of(const Handler& other) const noexcept = 0;
  };
  /// What answers it on `Connection`, a Request or a WebSocket.
  template <class Connection, class Result>
  class HandlerOf : public Handler {
   public:
    virtual Task<Result> call(Connection& connection, const void* exception) = 0;
  };

  template <class E, class Connection, class Result>
  class ClassHandler : public HandlerOf<Connection, Result> {
   public:
    const std::type_info& type() const noexcept final { return typeid(E); }
    const void* find(const std::exception_ptr& failure) const noexcept final {
      try {
        std::rethrow_exception(failure);
      } catch (const E& exception) {
        return &exception;
      } catch (...) {  // it is looked at, not handled
        return nullptr;
      }
    }
    // A pointer to a derived class is caught as one to its base: what else would need both types.
    void throw_pointer() const final { throw static_cast<const E*>(nullptr); }
    bool is_base_of(const Handler& other) const noexcept final {
      try {
        other.throw_pointer();
      } catch (const E*) {
        return true;
      } catch (...) {  // of no class of ours
      }
      return false;
    }
  };

  template <class E, class F>
  class RequestHandler final : public ClassHandler<E, Request, Response> {
    using Result = std::invoke_result_t<F&, Request&, const E&>;
    static constexpr bool kCoroutine = std::is_same_v<Result, Task<Response>>;
    static_assert(kCoroutine || std::is_same_v<Result, Response>,
                  "an exception handler returns a Response or a Task<Response>");

   public:
    explicit RequestHandler(F function) : function_(std::move(function)) {}

    Task<Response> call(Request& request, const void* exception) override {
      const E& error = *static_cast<const E*>(exception);
      if constexpr (kCoroutine)
        co_return co_await function_(request, error);
      else
        co_return function_(request, error);
    }

   private:
    F function_;
  };

  template <class E, class F>
  class WebSocketHandler final : public ClassHandler<E, WebSocket, void> {
    static_assert(std::is_same_v<std::invoke_result_t<F&, WebSocket&, const E&>, Task<>>,
                  "an exception handler of websockets is a coroutine that returns Task<>");

   public:
    explicit WebSocketHandler(F function) : function_(std::move(function)) {}

    CAPRICORN_CORO_WRAPPER Task<> call(WebSocket& socket, const void* exception) override {
      return function_(socket, *static_cast<const E*>(exception));
    }

   private:
    F function_;
  };

  template <class E, class F>
  static constexpr bool kForRequests = std::is_invocable_v<F&, Request&, const E&>;
  template <class E, class F>
  static constexpr bool kForWebSockets = std::is_invocable_v<F&, WebSocket&, const E&>;
  template <class E, class F>
  static void check() {
    static_assert(kForRequests<E, F> || kForWebSockets<E, F>,
                  "an exception handler takes (Request&, const E&) or (WebSocket&, const E&)");
  }

  /// Those of requests, or those of websockets.
  template <class H>
  struct Table {
    struct ByStatus {
      int status;
      std::unique_ptr<H> handler;
    };
    /// One that answers the exception, which lives as long as that; nulls: none.
    struct Match {
      H* handler = nullptr;
      const void* exception = nullptr;
    };

    bool empty() const noexcept { return by_class.empty() && by_status.empty(); }
    void add(std::unique_ptr<H> handler);
    void add(int status, std::unique_ptr<H> handler);
    Match find_status(int status, const std::exception_ptr& failure) const noexcept;
    /// By status or class, but not by std::exception.
    Match find(const std::exception_ptr& failure) const noexcept;
    Match find_any(const std::exception_ptr& failure) const noexcept;

    std::vector<std::unique_ptr<H>> by_class;  // derived classes before their bases
    std::vector<ByStatus> by_status;
  };
  using OfRequests = HandlerOf<Request, Response>;
  using OfWebSockets = HandlerOf<WebSocket, void>;

  void add(std::unique_ptr<OfRequests> handler);
  void add(int status, std::unique_ptr<OfRequests> handler);
  void add(std::unique_ptr<OfWebSockets> handler);
  void add(int status, std::unique_ptr<OfWebSockets> handler);
  Task<> deny(WebSocket& socket, const Table<OfRequests>::Match& by) const;

  Table<OfRequests> requests_;
  Table<OfWebSockets> websockets_;
};

}  // namespace capricorn
