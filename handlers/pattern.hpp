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

/// The one signature of a handler; none where RoutePattern refuses it.
template <class F>
struct Signature {
  using Result = void;
  using Parameters = ParameterList<>;
};
template <class F>
  requires requires { &F::operator(); }
struct Signature<F> : Signature<decltype(&F::operator())> {};
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
inline constexpr bool is_handler =
    std::is_function_v<std::remove_pointer_t<F>> || requires { &F::operator(); };
template <class F>
concept Handler = is_handler<F>;

enum class PatternFault : unsigned char {
  kNone,
  kNoSlash,
  kBraces,
  kTwoInSegment,
  kNoName,
  kConvertor,
  kRestNotLast,
  kNameTwice,
  kTooMany,
  kNameMissing,
  kNotTaken,
};

/// Calls `f(name)` for each `{name}` and `{name:convertor}` of a pattern whose braces have
/// partners.
template <class F>
constexpr void for_each_name(std::string_view pattern, F f) {
  for (std::size_t open = pattern.find('{'); open != std::string_view::npos;
       open = pattern.find('{')) {
    pattern.remove_prefix(open + 1);
    f(pattern.substr(0, pattern.find_first_of(":}")));
  }
}

constexpr int count_name(std::string_view pattern, std::string_view name) {
  int count = 0;
  for_each_name(pattern, [&](std::string_view there) { count += there == name ? 1 : 0; });
  return count;
}

constexpr bool is_convertor(std::string_view name) {
  return name.empty() || name == "str" || name == "int" || name == "float" || name == "uuid" ||
         name == "path";
}

constexpr bool is_any_convertor(std::string_view) { return true; }

/// Of one segment's parameter; `last` where no segment follows.
template <class Known>
constexpr PatternFault segment_fault(std::string_view segment, bool last, Known is_known) {
  const std::size_t open = segment.find_first_of("{}");
  if (open == std::string_view::npos) return PatternFault::kNone;
  const std::size_t close = segment.find('}', open);
  if (segment[open] == '}' || close == std::string_view::npos) return PatternFault::kBraces;
  const std::string_view inside = segment.substr(open + 1, close - open - 1);
  const std::string_view suffix = segment.substr(close + 1);
  if (suffix.find('{') != std::string_view::npos) return PatternFault::kTwoInSegment;
  if (inside.find('{') != std::string_view::npos || suffix.find('}') != std::string_view::npos) {
    return PatternFault::kBraces;
  }
  const std::size_t colon = inside.find(':');
  if (colon == 0 || inside.empty()) return PatternFault::kNoName;
  const std::string_view convertor =
      colon == std::string_view::npos ? std::string_view() : inside.substr(colon + 1);
  if (!is_known(convertor)) return PatternFault::kConvertor;
  if (convertor == "path" && (!last || !suffix.empty())) return PatternFault::kRestNotLast;
  return PatternFault::kNone;
}

/// `is_known` says which convertors there are.
template <class Known = bool(std::string_view)>
constexpr PatternFault syntax_fault(std::string_view pattern, Known is_known = is_convertor) {
  if (!pattern.starts_with('/')) return PatternFault::kNoSlash;
  for (std::string_view rest = pattern; !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    const PatternFault fault = segment_fault(segment, rest.empty(), is_known);
    if (fault != PatternFault::kNone) return fault;
  }
  std::size_t count = 0;
  bool twice = false;
  for_each_name(pattern, [&](std::string_view name) {
    ++count;
    twice = twice || count_name(pattern, name) > 1;
  });
  if (twice) return PatternFault::kNameTwice;
  return count > kMaxPathParams ? PatternFault::kTooMany : PatternFault::kNone;
}

/// Whether a name of the pattern is read by it, or by what a Depends<> calls.
template <class T>
constexpr bool takes_path_name(std::string_view name);
template <class... T>
constexpr bool any_takes_path_name([[maybe_unused]] std::string_view name, ParameterList<T...>) {
  return (takes_path_name<std::remove_cvref_t<T>>(name) || ...);
}
template <class T>
constexpr bool takes_path_name([[maybe_unused]] std::string_view name) {
  if constexpr (is_path_parameter<T>)
    return T::kName == name;
  else if constexpr (requires { requires T::kDependency; })
    return any_takes_path_name(name, typename T::Parameters{});
  else
    return false;
}
/// Whether the pattern lacks a name that it reads.
template <class T>
constexpr bool misses_path_name(std::string_view pattern);
template <class... T>
constexpr bool any_misses_path_name([[maybe_unused]] std::string_view pattern,
                                    ParameterList<T...>) {
  return (misses_path_name<std::remove_cvref_t<T>>(pattern) || ...);
}
template <class T>
constexpr bool misses_path_name([[maybe_unused]] std::string_view pattern) {
  if constexpr (is_path_parameter<T>)
    return count_name(pattern, T::kName) == 0;
  else if constexpr (requires { requires T::kDependency; })
    return any_misses_path_name(pattern, typename T::Parameters{});
  else
    return false;
}

/// A pattern of a callback, which is never served: OpenAPI's expressions, which are not ours.
constexpr bool is_runtime_expression(std::string_view pattern) { return pattern.starts_with("{$"); }

/// What is wrong with a whole pattern, or with the part of it that stands behind a prefix.
template <class... T>
constexpr PatternFault pattern_fault(std::string_view pattern, ParameterList<T...> parameters,
                                     bool behind_prefix = false,
                                     bool (*is_known)(std::string_view) = is_convertor) {
  if (behind_prefix && (pattern.empty() || is_runtime_expression(pattern))) {
    return PatternFault::kNone;
  }
  const PatternFault syntax = syntax_fault(pattern, is_known);
  if (syntax != PatternFault::kNone) return syntax;
  if (!behind_prefix && any_misses_path_name(pattern, parameters)) {
    return PatternFault::kNameMissing;
  }
  bool all_taken = true;
  for_each_name(pattern, [&](std::string_view name) {
    all_taken = all_taken && any_takes_path_name(name, parameters);
  });
  constexpr bool kTakesAny = (is_path_parameter<std::remove_cvref_t<T>> || ...);
  return kTakesAny && !all_taken ? PatternFault::kNotTaken : PatternFault::kNone;
}

// Never defined: the compiler names the one that a pattern would call.
void a_route_pattern_starts_with_a_slash();
void a_brace_of_the_route_pattern_has_no_partner();
void a_segment_of_a_route_pattern_has_one_parameter_at_most();
void a_parameter_of_the_route_pattern_has_no_name();
void a_convertor_of_the_route_pattern_is_none_of_str_int_float_uuid_path();
void a_path_convertor_ends_the_route_pattern();
void a_name_is_twice_in_the_route_pattern();
void a_route_pattern_has_at_most_8_parameters();
void a_Path_parameter_of_the_handler_is_not_in_the_route_pattern();
void a_name_in_the_route_pattern_has_no_Path_parameter_in_the_handler();

consteval void refuse(PatternFault fault) {
  switch (fault) {
    case PatternFault::kNone: return;
    case PatternFault::kNoSlash: return a_route_pattern_starts_with_a_slash();
    case PatternFault::kBraces: return a_brace_of_the_route_pattern_has_no_partner();
    case PatternFault::kTwoInSegment:
      return a_segment_of_a_route_pattern_has_one_parameter_at_most();
    case PatternFault::kNoName: return a_parameter_of_the_route_pattern_has_no_name();
    case PatternFault::kConvertor:
      return a_convertor_of_the_route_pattern_is_none_of_str_int_float_uuid_path();
    case PatternFault::kRestNotLast: return a_path_convertor_ends_the_route_pattern();
    case PatternFault::kNameTwice: return a_name_is_twice_in_the_route_pattern();
    case PatternFault::kTooMany: return a_route_pattern_has_at_most_8_parameters();
    case PatternFault::kNameMissing:
      return a_Path_parameter_of_the_handler_is_not_in_the_route_pattern();
    case PatternFault::kNotTaken:
      return a_name_in_the_route_pattern_has_no_Path_parameter_in_the_handler();
  }
}

[[noreturn]] void throw_pattern_fault(PatternFault fault, std::string_view pattern);

}  // namespace detail

namespace detail {

template <class F, bool kBehindPrefix>
class CheckedPattern {
  static_assert(bool(Handler<F>),
                "a handler is a function or an object with one operator() that is no template");
  using Parameters = typename Signature<F>::Parameters;

 public:
  template <std::size_t N>
  consteval CheckedPattern(const char (&literal)[N])  // NOLINT: a literal is meant
      : text_(literal, N - 1) {
    refuse(pattern_fault(text_, Parameters{}, kBehindPrefix));
  }
  template <class T>
    requires(std::is_convertible_v<T, std::string_view> && !std::is_array_v<T>)
  CheckedPattern(const T&) {  // NOLINT: only to say so
    static_assert(sizeof(T) == 0, "a route pattern that is no literal is written runtime(pattern)");
  }
  /// Throws std::invalid_argument with the same sentences. Its convertors are the application's.
  CheckedPattern(RuntimePattern pattern) : text_(pattern.text) {  // NOLINT
    const PatternFault fault = pattern_fault(text_, Parameters{}, kBehindPrefix, is_any_convertor);
    if (fault != PatternFault::kNone) throw_pattern_fault(fault, text_);
  }

  constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

}  // namespace detail

/// The path of a route, checked while compiling against the `Path<>` parameters of its handler and
/// of what it depends on.
template <class F>
using RoutePattern = detail::CheckedPattern<F, false>;
/// The same behind a prefix, which may have names, too: it may be empty, and lacks none.
template <class F>
using RouterPattern = detail::CheckedPattern<F, true>;

}  // namespace capricorn
