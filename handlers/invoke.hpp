// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../loop/to_thread.hpp"
#include "endpoint.hpp"
#include "errors.hpp"
#include "form_parameters.hpp"
#include "parameters.hpp"
#include "pattern.hpp"

namespace capricorn {

class WebSocket;

namespace detail {

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<Task<T>> = true;
template <class R>
struct TaskResult;
template <class T>
struct TaskResult<Task<T>> {
  using Type = T;
};

/// Where one argument is gathered before the call.
template <class A>
struct ArgumentSlot {
  static constexpr bool kRequest = std::is_same_v<std::remove_cvref_t<A>, Request>;
  static_assert(!kRequest, "a handler takes the request as Request&");
  static_assert(kRequest || !std::is_reference_v<A>,
                "a handler takes Request by reference and everything else by value");
  static_assert(kRequest || std::is_reference_v<A> || RequestParameter<A>,
                "a handler's parameters are Path<>, Query<>, Header<>, Cookie<>, Body<>, Form<>, "
                "FormFile<> or Request&");
  std::remove_cvref_t<A> value{};
  void extract(Request& request, ValidationErrors& errors) { value.extract(request, errors); }
  std::remove_cvref_t<A>&& take() noexcept { return std::move(value); }
};
template <>
struct ArgumentSlot<Request&> {
  Request* request = nullptr;
  void extract(Request& from, ValidationErrors&) noexcept { request = &from; }
  Request& take() const noexcept { return *request; }
};

template <std::size_t I, class A>
struct ArgumentLeaf {
  ArgumentSlot<A> slot;
};
template <class Indices, class... A>
struct Arguments;
template <std::size_t... I, class... A>
struct Arguments<std::index_sequence<I...>, A...> : ArgumentLeaf<I, A>... {
  void extract([[maybe_unused]] Request& request, [[maybe_unused]] ValidationErrors& errors) {
    (static_cast<ArgumentLeaf<I, A>&>(*this).slot.extract(request, errors), ...);
  }
};

Response null_response();

template <class T>
Response to_response(T&& value) {
  using Value = std::remove_cvref_t<T>;
  if constexpr (std::is_same_v<Value, Response>) {
    return std::forward<T>(value);
  } else if constexpr (JsonValue<Value>) {
    return JSONResponse(value);
  } else {
    static_assert(
        sizeof(Value) == 0,
        "a handler returns a Response, a model, a value that JSON has, void, or a Task of "
        "one of these");
    return null_response();
  }
}

/// Of what a handler returns; null where the type says nothing.
template <class R>
const TypeInfo* result_info() {
  if constexpr (is_task<R>) {
    return result_info<typename TaskResult<R>::Type>();
  } else if constexpr (Describable<std::remove_cvref_t<R>>) {
    return &type_info<std::remove_cvref_t<R>>();
  } else if constexpr (std::convertible_to<R, std::string_view>) {
    return &type_info<std::string>();
  } else {
    return nullptr;
  }
}

template <class F, class Parameters, class Indices>
class TypedEndpoint;

/// One handler: first all parameters are read and their errors collected, then it is called: a
/// coroutine here on the loop, a plain function in the pool.
template <class F, class... A, std::size_t... I>
class TypedEndpoint<F, ParameterList<A...>, std::index_sequence<I...>> final : public Endpoint {
  using Result = typename Signature<F>::Result;
  using Slots = Arguments<std::index_sequence<I...>, A...>;
  static constexpr bool kCoroutine = is_task<Result>;
  static constexpr int kBodies = ((is_body_parameter<std::remove_cvref_t<A>> ? 1 : 0) + ... + 0);
  static constexpr bool kReadsForm = (is_form_parameter<std::remove_cvref_t<A>> || ...);
  static constexpr bool kReadsBody = kBodies > 0 || (!kReadsForm && !kCoroutine &&
                                                     (std::is_same_v<A, Request&> || ...));
  static_assert(kBodies <= 1, "a handler takes one Body<>");
  static_assert(kBodies == 0 || !kReadsForm,
                "a handler takes a Body<> or Form<> and FormFile<> parameters, not both: a request "
                "has one body");
  static_assert(!(std::is_same_v<std::remove_cvref_t<A>, WebSocket> || ...),
                "WebSocket& is for the handlers of app.websocket()");

 public:
  explicit TypedEndpoint(F function) : function_(std::move(function)) {}

  bool is_plain() const noexcept override { return !kCoroutine; }
  void describe(EndpointDescription& description) const override {
    describe_parameters<A...>(description);
    description.result = result_info<Result>();
  }

  Task<Response> operator()(Request& request, [[maybe_unused]] Executor* pool) override {
    if constexpr (kReadsBody) co_await request.body();
    if constexpr (kReadsForm) co_await request.form();
    if constexpr ((needs_loaded_file<std::remove_cvref_t<A>> || ...)) {
      static constexpr std::string_view kNames[] = {loaded_file_name<std::remove_cvref_t<A>>...};
      co_await load_files(*request.loaded_form(), kNames);
    }
    Slots slots;
    ValidationErrors errors;
    slots.extract(request, errors);
    if (!errors.empty()) co_return response_for(errors);
    if constexpr (!kCoroutine) {
      // What the function sees lives in the job, which may outlast this coroutine.
      co_return co_await run_in_executor(
          pool, [this, slots = std::move(slots), held = RequestReference(request)]() mutable {
            return call(slots);
          });
    } else if constexpr (std::is_void_v<typename TaskResult<Result>::Type>) {
      co_await function_(static_cast<ArgumentLeaf<I, A>&>(slots).slot.take()...);
      co_return null_response();
    } else {
      co_return to_response(
          co_await function_(static_cast<ArgumentLeaf<I, A>&>(slots).slot.take()...));
    }
  }

 private:
  // On the worker.
  Response call([[maybe_unused]] Slots& slots) {
    if constexpr (std::is_void_v<Result>) {
      function_(static_cast<ArgumentLeaf<I, A>&>(slots).slot.take()...);
      return null_response();
    } else {
      return to_response(function_(static_cast<ArgumentLeaf<I, A>&>(slots).slot.take()...));
    }
  }

  F function_;
};

}  // namespace detail

/// The endpoint of a handler: the analysis of its signature happens here, once.
template <class F>
std::unique_ptr<Endpoint> make_endpoint(F handler) {
  using Parameters = typename detail::Signature<F>::Parameters;
  using Indices = std::make_index_sequence<Parameters::kCount>;
  return std::make_unique<detail::TypedEndpoint<F, Parameters, Indices>>(std::move(handler));
}

}  // namespace capricorn
