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

template <>
struct ArgumentSlot<WebSocket&> {
  WebSocket* socket = nullptr;
  void extract(Request&, ValidationErrors&) noexcept {}
  WebSocket& take() const noexcept { return *socket; }
};

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
  static_assert(!(is_body_parameter<std::remove_cvref_t<A>> || ...),
                "a websocket handler takes no Body<>: its handshake has none");
  static_assert(!(is_form_parameter<std::remove_cvref_t<A>> || ...),
                "a websocket handler takes no Form<> or FormFile<>: its handshake has none");

 public:
  explicit TypedWebSocketEndpoint(F function) : function_(std::move(function)) {}

  Task<> operator()(WebSocket& socket) override {
    Slots slots;
    ValidationErrors errors;
    slots.extract(socket.request(), errors);
    if (!errors.empty()) throw RequestValidationError(std::move(errors));
    (give<I, A>(slots, socket), ...);
    co_await function_(static_cast<ArgumentLeaf<I, A>&>(slots).slot.take()...);
  }

 private:
  template <std::size_t Index, class T>
  static void give([[maybe_unused]] Slots& slots, [[maybe_unused]] WebSocket& socket) noexcept {
    if constexpr (std::is_same_v<T, WebSocket&>) {
      static_cast<ArgumentLeaf<Index, T>&>(slots).slot.socket = &socket;
    }
  }

  F function_;
};

}  // namespace detail

/// The endpoint of a websocket's handler: the analysis of its signature happens here, once.
template <class F>
std::unique_ptr<WebSocketEndpoint> make_websocket_endpoint(F handler) {
  using Parameters = typename detail::Signature<F>::Parameters;
  using Indices = std::make_index_sequence<Parameters::kCount>;
  return std::make_unique<detail::TypedWebSocketEndpoint<F, Parameters, Indices>>(
      std::move(handler));
}

}  // namespace capricorn
