// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../loop/to_thread.hpp"
#include "arguments.hpp"
#include "dependency_resolution.hpp"
#include "errors.hpp"
#include "event_source.hpp"
#include "generated_body.hpp"
#include "on_loop.hpp"
#include "pattern.hpp"
#include "route_endpoint.hpp"

namespace capricorn {

namespace detail {

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<Task<T>> = true;
template <class T>
inline constexpr bool is_async_generator = false;
template <class T>
inline constexpr bool is_async_generator<AsyncGenerator<T>> = true;
template <class R>
struct Awaited {
  using Type = R;
};
template <class T>
struct Awaited<Task<T>> {
  using Type = T;
};
template <class T>
struct Yielded;
template <class T>
struct Yielded<AsyncGenerator<T>> {
  using Type = T;
};

Response null_response();

template <class T>
Response to_response(T&& value) {
  using Value = std::remove_cvref_t<T>;
  if constexpr (std::is_same_v<Value, Response>) {
    return std::forward<T>(value);
  } else if constexpr (std::is_same_v<Value, AsyncGenerator<ServerSentEvent>>) {
    return EventSourceResponse(std::forward<T>(value));
  } else if constexpr (is_async_generator<Value>) {
    return JSONLinesResponse(std::forward<T>(value));
  } else if constexpr (JsonValue<Value>) {
    return JSONResponse(value);
  } else {
    static_assert(
        sizeof(Value) == 0,
        "a handler returns a Response, a model, a value that JSON has, void, or a Task of "
        "one of these, or an AsyncGenerator of models");
    return null_response();
  }
}

/// Of what a handler returns; null where the type says nothing.
template <class R>
const TypeInfo* result_info() {
  if constexpr (is_task<R>) {
    return result_info<typename Awaited<R>::Type>();
  } else if constexpr (Describable<std::remove_cvref_t<R>>) {
    return &type_info<std::remove_cvref_t<R>>();
  } else if constexpr (std::convertible_to<R, std::string_view>) {
    return &type_info<std::string>();
  } else {
    return nullptr;
  }
}

/// Answers a request that is not what its handler takes, or throws RequestValidationError. Where
/// something was resolved, the errors are left there for the route, and what it gives is none.
Response refuse(Request& request, ValidationErrors& errors, DependencyResolution* resolution);
/// A coroutine that has it already.
Task<Response> ready(Response response);

template <class F, class Parameters, class Indices>
class TypedEndpoint;

/// One handler: first all parameters are read and their errors collected, then it is called: a
/// coroutine here on the loop, a plain function in the pool.
template <class F, class... A, std::size_t... I>
class TypedEndpoint<F, ParameterList<A...>, std::index_sequence<I...>> final
    : public RouteEndpoint {
  using Result = typename Signature<F>::Result;
  using Returned = typename Awaited<Result>::Type;
  using Slots = Arguments<std::index_sequence<I...>, A...>;
  static constexpr bool kCoroutine = is_task<Result>;
  static constexpr bool kGenerator = is_async_generator<Result>;
  static constexpr bool kEvents = std::is_same_v<Result, AsyncGenerator<ServerSentEvent>>;
  static constexpr bool kPlain = !kCoroutine && !kGenerator && !runs_on_loop<F>;
  static constexpr int kBodies = body_count<A...>;
  static constexpr bool kReadsForm = reads_form<A...>;
  static constexpr bool kReadsBody = kBodies > 0 || (!kReadsForm && kPlain &&
                                                     (std::is_same_v<A, Request&> || ...));
  static_assert(bodies_have_names<A...>,
                "each of several Body<> parameters has a name: Body<Item, \"item\">, Body<User, "
                "\"user\">");
  static_assert(kBodies == 0 || !kReadsForm,
                "a handler takes a Body<> or Form<> and File<> parameters, not both: a request "
                "has one body");
  static_assert(!(std::is_same_v<std::remove_cvref_t<A>, WebSocket> || ...),
                "WebSocket& is for the handlers of app.websocket()");

 public:
  explicit TypedEndpoint(F function)
      : RouteEndpoint({.plain = kPlain,
                       .returns_response = std::is_same_v<Returned, Response>,
                       .takes_request_data = (takes_request_data<A> || ...),
                       .reads_body = kReadsBody,
                       .reads_form = kReadsForm,
                       .bodies = body_names<A...>(),
                       .files = loaded_files<A...>(),
                       .uses = dependency_uses<A...>(),
                       .result = result_info<Result>(),
                       .streams = kGenerator,
                       .streams_events = kEvents}),
        function_(std::move(function)) {}

  void describe(EndpointDescription& description) const override {
    describe_parameters<A...>(description);
    if constexpr (kEvents) {
      description.streams_events = true;
    } else if constexpr (kGenerator) {
      description.streams = true;
      description.stream_item = result_info<typename Yielded<Result>::Type>();
    } else {
      description.result = result_info<Result>();
    }
  }

  CAPRICORN_CORO_WRAPPER Task<Response> operator()(Request& request,
                                                   [[maybe_unused]] Executor* pool,
                                                   DependencyResolution* resolution) override {
    if constexpr (kCoroutine && std::is_same_v<Returned, Response>) {
      // Its arguments move into its own frame, and nothing is left to do behind it.
      Slots slots;
      ValidationErrors own;
      ValidationErrors& errors = gather(slots, own, request, resolution);
      if (!errors.empty()) return ready(refuse(request, errors, resolution));
      return slots.call(function_);
    } else {
      return run(request, pool, resolution);
    }
  }

 private:
  /// Returns where the errors are.
  static ValidationErrors& gather(Slots& slots, ValidationErrors& own, Request& request,
                                  DependencyResolution* resolution) {
    ValidationErrors& errors = resolution ? resolution->errors() : own;
    ArgumentSource source =
        resolution ? resolution->handler_source() : ArgumentSource{.request = request};
    slots.extract(source, errors);
    return errors;
  }

  Task<Response> run(Request& request, [[maybe_unused]] Executor* pool,
                     DependencyResolution* resolution) {
    Slots slots;
    ValidationErrors own;
    ValidationErrors& errors = gather(slots, own, request, resolution);
    if (!errors.empty()) co_return refuse(request, errors, resolution);
    if constexpr (kPlain) {
      // What the function sees lives in the job, which may outlast this coroutine.
      co_return co_await run_in_executor(
          pool, [this, slots = std::move(slots), held = RequestReference(request),
                 resolved = DependencyResolution::Reference(resolution)]() mutable {
            if (resolved) resolved->call_tail();
            return call(slots);
          });
    } else if constexpr (!kCoroutine) {
      co_return call(slots);
    } else if constexpr (std::is_void_v<Returned>) {
      co_await slots.call(function_);
      co_return null_response();
    } else {
      co_return to_response(co_await slots.call(function_));
    }
  }

  // Of a plain function.
  Response call(Slots& slots) {
    if constexpr (std::is_void_v<Result>) {
      slots.call(function_);
      return null_response();
    } else {
      return to_response(slots.call(function_));
    }
  }

  F function_;
};

}  // namespace detail

/// The endpoint of a handler: the analysis of its signature happens here, once.
template <class F>
std::unique_ptr<RouteEndpoint> make_endpoint(F handler) {
  using Parameters = typename detail::Signature<F>::Parameters;
  using Indices = std::make_index_sequence<Parameters::kCount>;
  // Not by make_unique, which would be another function and another pointer for each handler.
  return std::unique_ptr<RouteEndpoint>(
      new detail::TypedEndpoint<F, Parameters, Indices>(std::move(handler)));
}

}  // namespace capricorn
