// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include "errors.hpp"
#include "invoke.hpp"
#include "websocket.hpp"

namespace capricorn {

namespace detail {

template <class F, class Parameters, class Indices>
class TypedWebSocketEndpoint;

/// One websocket's handler: first all parameters are read, then it is called.
template <class F, class... A, std::size_t... I>
class TypedWebSocketEndpoint<F, ParameterList<A...>, std::index_sequence<I...>> final
    : public WebSocketEndpoint {
  using Slots = Arguments<std::index_sequence<I...>, A...>;
  static_assert(std::is_same_v<typename Signature<F>::Result, Task<>>,
                "a websocket handler is a coroutine that returns Task<>");
  static_assert((std::is_same_v<A, WebSocket&> || ...), "a websocket handler takes WebSocket&");
  static_assert(!(std::is_same_v<A, Request&> || ...),
                "a websocket handler takes WebSocket& instead of Request&");
  static_assert(!(takes_request_data<A> || ...),
                "a websocket handler takes no Response& or BackgroundTasks&: nothing of them is "
                "sent or run behind it");
  static_assert(!(is_body_parameter<std::remove_cvref_t<A>> || ...),
                "a websocket handler takes no Body<>: its handshake has none");
  static_assert(!(is_form_parameter<std::remove_cvref_t<A>> || ...),
                "a websocket handler takes no Form<> or File<>: its handshake has none");

 public:
  explicit TypedWebSocketEndpoint(F function)
      : WebSocketEndpoint(dependency_uses<A...>()), function_(std::move(function)) {}

  void describe(EndpointDescription& description) const override {
    describe_parameters<A...>(description);
  }

  Task<> operator()(WebSocket& socket, DependencyResolution* resolution) override {
    Slots slots;
    ValidationErrors own;
    ValidationErrors& errors = resolution ? resolution->errors() : own;
    ArgumentSource source = resolution
                                ? resolution->handler_source()
                                : ArgumentSource{.request = socket.request(), .socket = &socket};
    slots.extract(source, errors);
    if (!errors.empty()) throw WebSocketRequestValidationError(std::move(errors));
    co_await slots.call(function_);
  }

 private:
  F function_;
};

}  // namespace detail

/// The endpoint of a websocket's handler: the analysis of its signature happens here, once.
template <class F>
std::unique_ptr<WebSocketEndpoint> make_websocket_endpoint(F handler) {
  using Parameters = typename detail::Signature<F>::Parameters;
  using Indices = std::make_index_sequence<Parameters::kCount>;
  return std::unique_ptr<WebSocketEndpoint>(
      new detail::TypedWebSocketEndpoint<F, Parameters, Indices>(std::move(handler)));
}

}  // namespace capricorn
