// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../loop/async_generator.hpp"
#include "../loop/errors.hpp"
#include "../loop/fixed_string.hpp"
#include "../loop/task.hpp"
#include "arguments.hpp"
#include "dependency.hpp"
#include "on_loop.hpp"
#include "openapi/description.hpp"

namespace capricorn {

/// An option of `Depends<>`. With false the dependency is called once for each place that asks for
/// it; else once a request.
struct UseCache {
  bool value = true;
};
/// An option of `Depends<>`: those beside each other that have it are resolved at the same time,
/// plain functions in several threads. One of these that takes Response& or BackgroundTasks&, which
/// all of a request share, is called by itself.
struct Parallel {};

namespace detail {

/// What a dependency gives, and how it is called.
template <class R>
struct DependencyResult {
  using Type = R;
  static constexpr Dependency::Mode kMode = Dependency::Mode::kPool;
};
template <class T>
struct DependencyResult<Task<T>> {
  using Type = T;
  static constexpr Dependency::Mode kMode = Dependency::Mode::kCoroutine;
};
template <class T>
struct DependencyResult<AsyncGenerator<T>> {
  using Type = T;
  static constexpr Dependency::Mode kMode = Dependency::Mode::kGenerator;
};

/// How a result is kept for the request: a reference as a pointer.
template <class T>
struct KeptResult {
  using Type = T;
};
template <class T>
struct KeptResult<T&> {
  using Type = T*;
};
template <>
struct KeptResult<void> {
  using Type = Nothing;
};

template <class F>
struct IndirectFunction {
  using Type = F;
};
template <class F>
  requires(!std::is_function_v<F>)
struct IndirectFunction<F*> {
  using Type = F;
};
/// `Depends<function>`, `Depends<object>` and `Depends<&object>`: what is called, in each case.
template <auto dep>
using DependencyFunction = typename IndirectFunction<std::remove_cv_t<decltype(dep)>>::Type;

template <auto dep>
inline constexpr auto kDependencyFunction = dep;
template <auto dep>
constexpr auto* dependency_function() noexcept {
  using F = std::remove_cv_t<decltype(dep)>;
  if constexpr (std::is_pointer_v<F> && !std::is_function_v<std::remove_pointer_t<F>>)
    return dep;
  else
    return &kDependencyFunction<dep>;
}

template <class F, class Parameters, class Indices>
class TypedDependency;

template <class F, class... A, std::size_t... I>
class TypedDependency<F, ParameterList<A...>, std::index_sequence<I...>> : public Dependency {
  using Function = std::remove_const_t<F>;
  using Returned = typename Signature<Function>::Result;
  using Result = DependencyResult<Returned>;
  using Type = typename Result::Type;
  using Kept = typename KeptResult<Type>::Type;
  using Slots = Arguments<std::index_sequence<I...>, A...>;
  static constexpr bool kGenerator = Result::kMode == Mode::kGenerator;
  static constexpr bool kCoroutine = Result::kMode == Mode::kCoroutine;
  static constexpr bool kPlain = !kGenerator && !kCoroutine;
  static_assert(std::is_move_constructible_v<Kept>,
                "what a dependency gives can be moved: return a std::unique_ptr, or a reference to "
                "what lives longer");
  static_assert(body_count<A...> == 0 || !reads_form<A...>,
                "a dependency takes a Body<> or Form<> and File<> parameters, not both: a "
                "request has one body");

  struct Frame {
    void* result() noexcept { return kept; }
    ~Frame() {
      if (done) reinterpret_cast<Kept*>(kept)->~Kept();
    }
    template <class T>
    void keep(T&& value) {
      if constexpr (std::is_reference_v<Type>)
        new (kept) Kept(&value);
      else
        new (kept) Kept(std::forward<T>(value));
      done = true;
    }

    Slots slots;
    std::conditional_t<kGenerator, std::optional<Returned>, Nothing> generator;
    alignas(Kept) std::byte kept[sizeof(Kept)];
    bool done = false;
  };
  static_assert(alignof(Frame) <= 16);
  static Frame& frame_at(void* frame) noexcept { return *static_cast<Frame*>(frame); }

 public:
  static constexpr Mode kMode = kPlain && runs_on_loop<Function> ? Mode::kLoop : Result::kMode;

  constexpr explicit TypedDependency(F* function) noexcept
      : Dependency({.mode = kMode,
                    .frame_size = sizeof(Frame),
                    .uses = dependency_uses<A...>(),
                    .takes_scopes = (std::is_same_v<A, SecurityScopes> || ...),
                    .takes_websocket = (std::is_same_v<A, WebSocket&> || ...),
                    .takes_background_tasks = (std::is_same_v<A, BackgroundTasks&> || ...),
                    .takes_response = (std::is_same_v<A, Response&> || ...),
                    .bodies = body_names<A...>(),
                    .reads_body = body_count<A...> > 0,
                    .reads_form = reads_form<A...>,
                    .files = loaded_files<A...>()}),
        function_(function) {}
  constexpr ~TypedDependency() override = default;

  void* construct(void* frame) const override { return (new (frame) Frame)->result(); }
  void destroy(void* frame) const noexcept override { frame_at(frame).~Frame(); }
  void extract(void* frame, ArgumentSource& source, ValidationErrors& errors) const override {
    frame_at(frame).slots.extract(source, errors);
  }

  void describe(EndpointDescription& description) const override {
    if constexpr (requires { function_->describe(description); }) function_->describe(description);
    describe_parameters<A...>(description);
  }

  void call([[maybe_unused]] void* frame) const override {
    if constexpr (kPlain && std::is_void_v<Type>)
      frame_at(frame).slots.call(*function_);
    else if constexpr (kPlain)
      frame_at(frame).keep(frame_at(frame).slots.call(*function_));
  }
  Task<> run([[maybe_unused]] void* frame) const override {
    if constexpr (kGenerator) {
      auto& generator = frame_at(frame).generator;
      generator.emplace(frame_at(frame).slots.call(*function_));
      auto value = co_await generator->next();
      if (!value) throw RuntimeError("a dependency with co_yield gave no value");
      frame_at(frame).keep(std::move(*value));
    } else if constexpr (kCoroutine && std::is_void_v<Type>) {
      co_await frame_at(frame).slots.call(*function_);
    } else if constexpr (kCoroutine) {
      frame_at(frame).keep(co_await frame_at(frame).slots.call(*function_));
    }
    co_return;
  }
  Task<> leave([[maybe_unused]] void* frame,
               [[maybe_unused]] std::exception_ptr failure) const override {
    if constexpr (kGenerator) {
      auto& generator = *frame_at(frame).generator;
      // By two statements: of a conditional with two co_await g++ 14 destroys what was not made.
      bool more = false;
      if (failure)
        more = bool(co_await generator.athrow(std::move(failure)));
      else
        more = bool(co_await generator.next());
      if (more) throw RuntimeError("a dependency has one co_yield, and came to another");
    }
    co_return;
  }

 private:
  F* function_;
};

template <class F>
using DependencyOf = TypedDependency<
    F, typename Signature<std::remove_const_t<F>>::Parameters,
    std::make_index_sequence<Signature<std::remove_const_t<F>>::Parameters::kCount>>;

/// The constant of a dependency; its address is the dependency's identity.
template <auto dep>
class StaticDependency final
    : public DependencyOf<std::remove_pointer_t<decltype(dependency_function<dep>())>> {
  using Base = DependencyOf<std::remove_pointer_t<decltype(dependency_function<dep>())>>;

 public:
  constexpr StaticDependency() noexcept : Base(dependency_function<dep>()) {}
  constexpr ~StaticDependency() override = default;
};
template <auto dep>
inline constexpr StaticDependency<dep> kDependencyOf;

template <class T>
inline constexpr bool is_smart_pointer = requires(T& value) {
  typename T::element_type;
  value.operator->();
};

/// What Depends<> and Security<> share: the result of `dep`, kept for the request.
template <auto dep>
class DependencyParameter {
  static_assert(bool(Handler<DependencyFunction<dep>>),
                "Depends<> takes a function, or an object with one operator() that is no template");
  using Result =
      typename DependencyResult<typename Signature<DependencyFunction<dep>>::Result>::Type;
  using Kept = typename KeptResult<Result>::Type;

 public:
  static constexpr bool kDependency = true;
  using Parameters = typename Signature<DependencyFunction<dep>>::Parameters;
  using value_type = std::remove_reference_t<Result>;

  /// The same object for all that ask for it in one request.
  decltype(auto) operator*() const noexcept
    requires(!std::is_void_v<Result>)
  {
    if constexpr (std::is_reference_v<Result>)
      return (**static_cast<Kept*>(kept_));
    else
      return (*static_cast<Kept*>(kept_));
  }
  /// Of a pointer, smart or not: what it points to.
  auto operator->() const noexcept
    requires(!std::is_void_v<Result>)
  {
    if constexpr (std::is_pointer_v<value_type>)
      return **this;
    else if constexpr (is_smart_pointer<value_type>)
      return (**this).operator->();
    else
      return &**this;
  }

  void bind(void* kept) noexcept { kept_ = kept; }

 private:
  void* kept_ = nullptr;
};

template <auto... options>
struct DependsOptions {
  template <class Option>
  static constexpr bool is_option =
      std::is_same_v<Option, UseCache> || std::is_same_v<Option, DependencyScope> ||
      std::is_same_v<Option, Parallel>;
  static_assert((is_option<std::remove_cv_t<decltype(options)>> && ...),
                "the options of Depends<> are UseCache{false}, Parallel{} and "
                "DependencyScope::kFunction");
  static consteval void apply(DependencyUse& use, UseCache cache) { use.use_cache = cache.value; }
  static consteval void apply(DependencyUse& use, DependencyScope scope) { use.scope = scope; }
  static consteval void apply(DependencyUse& use, Parallel) { use.parallel = true; }
  static consteval DependencyUse use(const Dependency& dependency) {
    DependencyUse made{.dependency = &dependency};
    (apply(made, options), ...);
    return made;
  }
};

/// A dependency that ends with the handler cannot serve one that ends behind the response.
consteval bool outlives_its_own(const DependencyUse& use) {
  if (!use.dependency->is_generator() || use.scope == DependencyScope::kFunction) return false;
  for (const DependencyUse& own : use.dependency->properties().uses) {
    if (own.dependency->is_generator() && own.scope == DependencyScope::kFunction) return true;
  }
  return false;
}

template <FixedString... scopes>
inline constexpr std::string_view kScopes[] = {scopes.view()..., {}};

}  // namespace detail

/// A parameter that is another function's result: `Depends<get_db> db`, read by `*` and `->`.
///
/// `dep` is a function, a coroutine, an `AsyncGenerator` with one co_yield, or an object with one
/// operator(): `Depends<checker>` a constexpr one, `Depends<&object>` one at namespace scope. Its
/// parameters are what a handler's are. It is called once a request, before those that ask for it;
/// a plain function in the pool, unless it is `on_loop`.
///
/// Behind its co_yield an AsyncGenerator cleans up when the response is sent, the last one first;
/// an error of the request is thrown at its co_yield, which throws it again, or another.
template <auto dep, auto... options>
class Depends : public detail::DependencyParameter<dep> {
 public:
  static consteval DependencyUse use() {
    constexpr DependencyUse kUse =
        detail::DependsOptions<options...>::use(detail::kDependencyOf<dep>);
    static_assert(!detail::outlives_its_own(kUse),
                  "a dependency with co_yield of the request's scope takes none of "
                  "DependencyScope::kFunction");
    return kUse;
  }
  static void describe(EndpointDescription& description) { use().describe(description); }
};

/// Depends<> with scopes that `SecurityScopes` tells to it and to the dependencies below it.
template <auto dep, FixedString... scopes>
class Security : public detail::DependencyParameter<dep> {
 public:
  static consteval DependencyUse use() {
    return {.dependency = &detail::kDependencyOf<dep>,
            .scopes = std::span(detail::kScopes<scopes...>, sizeof...(scopes))};
  }
  static void describe(EndpointDescription& description) { use().describe(description); }
};

/// For `AppOptions`, `APIRouter` and `RouteOptions`: `dependencies<verify_token>()`.
template <auto... deps>
  requires(sizeof...(deps) > 0)
DependencyList dependencies() {
  return {Depends<deps>::use()...};
}
/// With options or scopes: `dependencies<Security<user, "admin">>()`.
template <class... D>
  requires(sizeof...(D) > 0)
DependencyList dependencies() {
  static_assert((detail::is_dependency<D> && ...),
                "dependencies<>() takes functions, or Depends<> and Security<>");
  return {D::use()...};
}

}  // namespace capricorn
