// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>

#include "../loop/task.hpp"
#include "parameters.hpp"

namespace capricorn {

/// A pattern that is only known at run time; checked when the route is added.
struct RuntimePattern {
  std::string_view text;
};
constexpr RuntimePattern runtime(std::string_view text) noexcept { return {text}; }

namespace detail {

template <class... T>
struct ParameterList {
  static constexpr std::size_t kCount = sizeof...(T);
};

/// The one signature of a handler.
template <class F>
struct Signature : Signature<decltype(&F::operator())> {};
template <class R, class... A>
struct Signature<R (*)(A...)> {
  using Result = R;
  using Parameters = ParameterList<A...>;
};
template <class R, class... A>
struct Signature<R (*)(A...) noexcept> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) noexcept> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const noexcept> : Signature<R (*)(A...)> {};

template <class F>
concept Handler = std::is_pointer_v<F> || requires { &F::operator(); };

/// Calls `f(name)` for each `{name}` and `{name:convertor}`; false where a brace has no partner.
template <class F>
constexpr bool for_each_name(std::string_view pattern, F f) {
  while (true) {
    const std::size_t open = pattern.find_first_of("{}");
    if (open == std::string_view::npos) return true;
    if (pattern[open] == '}') return false;
    const std::size_t close = pattern.find('}', open);
    if (close == std::string_view::npos) return false;
    const std::string_view inside = pattern.substr(open + 1, close - open - 1);
    f(inside.substr(0, inside.find(':')));
    pattern.remove_prefix(close + 1);
  }
}

constexpr bool has_name(std::string_view pattern, std::string_view name) {
  bool found = false;
  for_each_name(pattern, [&](std::string_view there) { found = found || there == name; });
  return found;
}

template <class T>
constexpr bool path_name_is(std::string_view name) {
  using Parameter = std::remove_cvref_t<T>;
  if constexpr (is_path_parameter<Parameter>)
    return Parameter::kName == name;
  else
    return false;
}

enum class PatternFault : unsigned char { kNone, kNoSlash, kBraces, kNameMissing, kNotTaken };

template <class... T>
constexpr PatternFault pattern_fault(std::string_view pattern, ParameterList<T...>) {
  if (pattern.empty() || pattern.front() != '/') return PatternFault::kNoSlash;
  if (!for_each_name(pattern, [](std::string_view) {})) return PatternFault::kBraces;
  [[maybe_unused]] const auto missing = [&]<class P>(std::type_identity<P>) {
    if constexpr (is_path_parameter<P>)
      return !has_name(pattern, P::kName);
    else
      return false;
  };
  if ((missing(std::type_identity<std::remove_cvref_t<T>>{}) || ...)) {
    return PatternFault::kNameMissing;
  }
  bool all_taken = true;
  for_each_name(pattern, [&]([[maybe_unused]] std::string_view name) {
    all_taken = all_taken && (path_name_is<T>(name) || ...);
  });
  constexpr bool kTakesAny = (is_path_parameter<std::remove_cvref_t<T>> || ...);
  return kTakesAny && !all_taken ? PatternFault::kNotTaken : PatternFault::kNone;
}

// Never defined: the compiler names the one that a pattern would call.
void a_route_pattern_starts_with_a_slash();
void a_brace_of_the_route_pattern_has_no_partner();
void a_Path_parameter_of_the_handler_is_not_in_the_route_pattern();
void a_name_in_the_route_pattern_has_no_Path_parameter_in_the_handler();

[[noreturn]] void throw_pattern_fault(PatternFault fault, std::string_view pattern);

}  // namespace detail

/// The path of a route, checked while compiling against the `Path<>` parameters of its handler.
template <class F>
class Pattern {
  static_assert(detail::Handler<F>,
                "a handler is a function or an object with one operator() that is no template");
  using Parameters = typename detail::Signature<F>::Parameters;

 public:
  template <std::size_t N>
  consteval Pattern(const char (&literal)[N])
      : text_(literal, N - 1) {  // NOLINT: a literal is meant
    using detail::PatternFault;
    const PatternFault fault = detail::pattern_fault(text_, Parameters{});
    if (fault == PatternFault::kNoSlash) detail::a_route_pattern_starts_with_a_slash();
    if (fault == PatternFault::kBraces) detail::a_brace_of_the_route_pattern_has_no_partner();
    if (fault == PatternFault::kNameMissing) {
      detail::a_Path_parameter_of_the_handler_is_not_in_the_route_pattern();
    }
    if (fault == PatternFault::kNotTaken) {
      detail::a_name_in_the_route_pattern_has_no_Path_parameter_in_the_handler();
    }
  }
  /// Throws std::invalid_argument with the same sentences.
  Pattern(RuntimePattern pattern) : text_(pattern.text) {  // NOLINT
    const detail::PatternFault fault = detail::pattern_fault(text_, Parameters{});
    if (fault != detail::PatternFault::kNone) detail::throw_pattern_fault(fault, text_);
  }

  constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

}  // namespace capricorn
