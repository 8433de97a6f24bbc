// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "invoke.hpp"
#include "invoke_websocket.hpp"
#include "pattern.hpp"
#include "route_declaration.hpp"

namespace capricorn {

/// How routes are declared, for App and APIRouter, which keep them by `declare`. A handler that
/// returns `Task<T>` runs on the loop, any other in the pool; it is kept, captures included.
/// `Pattern` checks the path against the handler while compiling.
template <class Self, template <class> class Pattern>
class RouteMethods {
 public:
  /// GET, and HEAD unless the same pattern has a `head` of its own.
  template <class F>
  Self& get(Pattern<std::type_identity_t<F>> pattern, F handler,
            const RouteOptions& options = default_route_options()) {
    return add(pattern.text(), method_bit(Method::kGet) | method_bit(Method::kHead),
               std::move(handler), options);
  }
  template <class F>
  Self& post(Pattern<std::type_identity_t<F>> pattern, F handler,
             const RouteOptions& options = default_route_options()) {
    return add(pattern.text(), method_bit(Method::kPost), std::move(handler), options);
  }
  template <class F>
  Self& put(Pattern<std::type_identity_t<F>> pattern, F handler,
            const RouteOptions& options = default_route_options()) {
    return add(pattern.text(), method_bit(Method::kPut), std::move(handler), options);
  }
  template <class F>
  Self& patch(Pattern<std::type_identity_t<F>> pattern, F handler,
              const RouteOptions& options = default_route_options()) {
    return add(pattern.text(), method_bit(Method::kPatch), std::move(handler), options);
  }
  template <class F>
  Self& delete_(Pattern<std::type_identity_t<F>> pattern, F handler,
                const RouteOptions& options = default_route_options()) {
    return add(pattern.text(), method_bit(Method::kDelete), std::move(handler), options);
  }
  template <class F>
  Self& options(Pattern<std::type_identity_t<F>> pattern, F handler,
                const RouteOptions& options = default_route_options()) {
    return add(pattern.text(), method_bit(Method::kOptions), std::move(handler), options);
  }
  template <class F>
  Self& head(Pattern<std::type_identity_t<F>> pattern, F handler,
             const RouteOptions& options = default_route_options()) {
    return add(pattern.text(), method_bit(Method::kHead), std::move(handler), options);
  }
  template <class F>
  Self& trace(Pattern<std::type_identity_t<F>> pattern, F handler,
              const RouteOptions& options = default_route_options()) {
    return add(pattern.text(), method_bit(Method::kTrace), std::move(handler), options);
  }
  /// `method_bit(Method::kGet) | method_bit(Method::kPost)`. With GET comes HEAD.
  template <class F>
  Self& api_route(Pattern<std::type_identity_t<F>> pattern, MethodSet methods, F handler,
                  const RouteOptions& options = default_route_options()) {
    if ((methods & method_bit(Method::kGet)) != 0) methods |= method_bit(Method::kHead);
    return add(pattern.text(), methods, std::move(handler), options);
  }
  /// A coroutine `Task<>(WebSocket&, ...)`. A handshake that does not fit its parameters, or that
  /// no route takes, is refused with 403.
  template <class F>
  Self& websocket(Pattern<std::type_identity_t<F>> pattern, F handler,
                  const WebSocketRouteOptions& options = default_websocket_options()) {
    return self().declare(pattern.text(), make_websocket_endpoint(std::move(handler)), options);
  }

 private:
  Self& self() noexcept { return static_cast<Self&>(*this); }
  template <class F>
  Self& add(std::string_view pattern, MethodSet methods, F handler, const RouteOptions& options) {
    return self().declare(pattern, methods, make_endpoint(std::move(handler)), options);
  }
};

}  // namespace capricorn
