// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "dependency.hpp"
#include "form_parameters.hpp"
#include "parameters.hpp"
#include "pattern.hpp"
#include "request.hpp"

namespace capricorn {

class BackgroundTasks;
class Response;
class WebSocket;

namespace detail {

/// What the arguments of one call are gathered from: of a handler, or of one of its dependencies.
struct ArgumentSource {
  Request& request;
  WebSocket* socket = nullptr;
  // Only where something is resolved: where the results lie, and which of them are this call's.
  void* const* results = nullptr;
  const std::uint32_t* dependencies = nullptr;
  const SecurityScopes* scopes = nullptr;

  void* next_dependency() noexcept { return results[*dependencies++]; }
};

/// A parameter that stands for another function's result: Depends<> and Security<>.
template <class A>
inline constexpr bool is_dependency = requires { requires A::kDependency; };

/// Where one argument is gathered before the call.
template <class A>
struct ArgumentSlot {
  using Value = std::remove_cvref_t<A>;
  static constexpr bool kRequest = std::is_same_v<Value, Request>;
  static_assert(!kRequest, "a handler takes the request as Request&");
  static_assert(!std::is_same_v<A, Response>, "a handler takes the response as Response&");
  static_assert(!std::is_same_v<A, BackgroundTasks>,
                "a handler takes the background tasks as BackgroundTasks&");
  static_assert(kRequest || !std::is_reference_v<A>,
                "a handler takes Request by reference and everything else by value");
  static_assert(kRequest || std::is_reference_v<A> || RequestParameter<A>,
                "a handler's parameters are Path<>, Query<>, Header<>, Cookie<>, Body<>, Form<>, "
                "File<>, Depends<>, Security<>, SecurityScopes, Request&, Response& or "
                "BackgroundTasks&");
  Value value{};
  void extract(ArgumentSource& source, ValidationErrors& errors) {
    value.extract(source.request, errors);
  }
  Value&& take() noexcept { return std::move(value); }
};
template <>
struct ArgumentSlot<Request&> {
  Request* request = nullptr;
  void extract(ArgumentSource& source, ValidationErrors&) noexcept { request = &source.request; }
  Request& take() const noexcept { return *request; }
};
template <>
struct ArgumentSlot<WebSocket&> {
  WebSocket* socket = nullptr;
  void extract(ArgumentSource& source, ValidationErrors&) noexcept { socket = source.socket; }
  WebSocket& take() const noexcept { return *socket; }
};
template <>
struct ArgumentSlot<SecurityScopes> {
  SecurityScopes scopes;
  void extract(ArgumentSource& source, ValidationErrors&) noexcept {
    if (source.scopes) scopes = *source.scopes;
  }
  SecurityScopes take() const noexcept { return scopes; }
};
Response& joined_response(Request& request);
BackgroundTasks& background_tasks(Request& request);
template <class A>
inline constexpr bool takes_request_data =
    std::is_same_v<A, Response&> || std::is_same_v<A, BackgroundTasks&>;

template <>
struct ArgumentSlot<Response&> {
  Response* response = nullptr;
  void extract(ArgumentSource& source, ValidationErrors&) {
    response = &joined_response(source.request);
  }
  Response& take() const noexcept { return *response; }
};
template <>
struct ArgumentSlot<BackgroundTasks&> {
  BackgroundTasks* tasks = nullptr;
  void extract(ArgumentSource& source, ValidationErrors&) {
    tasks = &background_tasks(source.request);
  }
  BackgroundTasks& take() const noexcept { return *tasks; }
};
template <class A>
  requires is_dependency<A>
struct ArgumentSlot<A> {
  A value;
  void extract(ArgumentSource& source, ValidationErrors&) noexcept {
    value.bind(source.next_dependency());
  }
  A take() const noexcept { return value; }
};

template <std::size_t I, class A>
struct ArgumentLeaf {
  ArgumentSlot<A> slot;
};
template <class Indices, class... A>
struct Arguments;
template <std::size_t... I, class... A>
struct Arguments<std::index_sequence<I...>, A...> : ArgumentLeaf<I, A>... {
  void extract([[maybe_unused]] ArgumentSource& source, [[maybe_unused]] ValidationErrors& errors) {
    const std::size_t before = errors.size();
    (static_cast<ArgumentLeaf<I, A>&>(*this).slot.extract(source, errors), ...);
    if (errors.size() > before) arrange_errors(errors, before);
  }
  /// Calls `function` with what was gathered, which is gone then: all of it is values, or outlives
  /// the call.
  template <class F>
  CAPRICORN_CORO_WRAPPER CAPRICORN_CORO_OWNS_ARGUMENTS decltype(auto) call(F& function) {
    return function(static_cast<ArgumentLeaf<I, A>&>(*this).slot.take()...);
  }
};

template <class... A>
inline constexpr std::string_view kLoadedFiles[] = {loaded_file_name<std::remove_cvref_t<A>>...};
template <class... A>
inline constexpr bool reads_form = (is_form_parameter<std::remove_cvref_t<A>> || ...);
template <class... A>
inline constexpr int body_count = ((is_body_parameter<std::remove_cvref_t<A>> ? 1 : 0) + ... + 0);
/// Of what is no body: none.
template <class A>
constexpr std::string_view body_name() noexcept {
  if constexpr (is_body_parameter<A>)
    return A::kName;
  else
    return {};
}
template <class... A>
struct BodyNames {
  std::string_view names[body_count<A...> + 1];
  static consteval BodyNames make() {
    BodyNames made{};
    [[maybe_unused]] std::string_view* next = made.names;
    ((is_body_parameter<A> ? void(*next++ = body_name<A>()) : void()), ...);
    return made;
  }
};
template <class... A>
inline constexpr BodyNames<A...> kBodyNames = BodyNames<A...>::make();
/// The names of the Body<> parameters among a function's, in their order; empty where they have
/// none.
template <class... A>
constexpr std::span<const std::string_view> body_names() noexcept {
  if constexpr (body_count<A...> > 0)
    return {kBodyNames<A...>.names, static_cast<std::size_t>(body_count<A...>)};
  else
    return {};
}
template <class... A>
inline constexpr bool loads_files = (needs_loaded_file<std::remove_cvref_t<A>> || ...);
/// The names of those files, with empty ones among them.
template <class... A>
constexpr std::span<const std::string_view> loaded_files() noexcept {
  if constexpr (loads_files<A...>)
    return kLoadedFiles<A...>;
  else
    return {};
}

template <class A>
consteval void append_use(DependencyUse*& next) {
  if constexpr (is_dependency<A>) *next++ = A::use();
}
template <class... A>
struct DependencyUses {
  static constexpr std::size_t kCount = ((is_dependency<A> ? 1 : 0) + ... + 0);
  DependencyUse uses[kCount + 1];
  static consteval DependencyUses make() {
    DependencyUses made{};
    [[maybe_unused]] DependencyUse* next = made.uses;
    (append_use<A>(next), ...);
    return made;
  }
};
template <class... A>
inline constexpr DependencyUses<A...> kDependencyUses = DependencyUses<A...>::make();
/// What the parameters of a function depend on, in their order.
template <class... A>
constexpr std::span<const DependencyUse> dependency_uses() noexcept {
  if constexpr ((is_dependency<A> || ...))
    return {kDependencyUses<A...>.uses, DependencyUses<A...>::kCount};
  else
    return {};
}

}  // namespace detail

}  // namespace capricorn
