// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

/// What the compiler tells of plain aggregates and enums: how many members, their references, and
/// the names, which it prints. https://en.cppreference.com/w/cpp/language/structured_binding

namespace capricorn {

struct EnumeratorInfo {
  std::string_view name;
  std::int64_t value;
};

inline constexpr std::size_t kMaxFields = 32;

/// Between which values the enumerators of `E` are looked for, both ends counted; the rest have no
/// names. Each costs the compiler a little: for an enum with others it is specialised.
///
///     template <>
///     struct capricorn::EnumRange<Status> {
///       static constexpr std::int64_t kMin = 1000, kMax = 1999;
///     };
template <class E>
struct EnumRange {
  static constexpr std::int64_t kMin = -128;
  static constexpr std::int64_t kMax = 1023;
};

namespace detail {

// Not constexpr, and not convertible to the owner, or a copy would count as one field.
template <class Owner>
struct AnyField {
  template <class U>
    requires(!std::is_same_v<std::remove_cvref_t<U>, Owner>)
  operator U() const {  // defined, for types of internal linkage; never called
    __builtin_trap();
  }
};

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), AnyField<T>{})...}; };
}

template <class T, std::size_t N = 0>
constexpr std::size_t count_fields() {
  if constexpr (N > kMaxFields) {
    return N;
  } else if constexpr (takes<T>(std::make_index_sequence<N + 1>{})) {
    return count_fields<T, N + 1>();
  } else {
    return N;
  }
}

template <class T>
inline constexpr std::size_t kArity = count_fields<T>();

// Only of a base class, which an aggregate's initialisers begin with.
template <class Owner>
struct AnyBase {
  template <class U>
    requires(std::is_base_of_v<U, Owner> && !std::is_same_v<U, Owner>)
  operator U() const {
    __builtin_trap();
  }
};
template <class T>
inline constexpr bool has_base = requires { T{AnyBase<T>{}}; };

struct AnyScalar {
  template <class U>
    requires(std::is_scalar_v<U>)
  operator U() const {
    __builtin_trap();
  }
};
template <class T, std::size_t... I, std::size_t... J>
constexpr bool takes_two(std::index_sequence<I...>, std::index_sequence<J...>) {
  return requires {
    T{(static_cast<void>(I), AnyField<T>{})...,
      {AnyScalar{}, AnyScalar{}},
      (static_cast<void>(J), AnyField<T>{})...};
  };
}
/// An array of scalars takes {a, b} as one member, but was counted as several.
template <class T, std::size_t... I>
constexpr bool has_array(std::index_sequence<I...>) {
  return ((takes_two<T>(std::make_index_sequence<I>{}, std::index_sequence<>{}) &&
           !takes_two<T>(std::make_index_sequence<I>{},
                         std::make_index_sequence<sizeof...(I) - I - 1>{})) ||
          ...);
}

// clang-format off
/// Calls `f` with references to all members.
template <class T, class F>
constexpr decltype(auto) with_fields(T& object, F&& f) {
  using Owner = std::remove_const_t<T>;
  static_assert(kArity<Owner> >= 1 && kArity<Owner> <= kMaxFields, "a model has 1 to 32 members");
  if constexpr (kArity<Owner> == 1) {
    auto& [f0] = object;
    return f(f0);
  } else if constexpr (kArity<Owner> == 2) {
    auto& [f0, f1] = object;
    return f(f0, f1);
  } else if constexpr (kArity<Owner> == 3) {
    auto& [f0, f1, f2] = object;
    return f(f0, f1, f2);
  } else if constexpr (kArity<Owner> == 4) {
    auto& [f0, f1, f2, f3] = object;
    return f(f0, f1, f2, f3);
  } else if constexpr (kArity<Owner> == 5) {
    auto& [f0, f1, f2, f3, f4] = object;
    return f(f0, f1, f2, f3, f4);
  } else if constexpr (kArity<Owner> == 6) {
    auto& [f0, f1, f2, f3, f4, f5] = object;
    return f(f0, f1, f2, f3, f4, f5);
  } else if constexpr (kArity<Owner> == 7) {
    auto& [f0, f1, f2, f3, f4, f5, f6] = object;
    return f(f0, f1, f2, f3, f4, f5, f6);
  } else if constexpr (kArity<Owner> == 8) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7);
  } else if constexpr (kArity<Owner> == 9) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8);
  } else if constexpr (kArity<Owner> == 10) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9);
  } else if constexpr (kArity<Owner> == 11) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10);
  } else if constexpr (kArity<Owner> == 12) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11);
  } else if constexpr (kArity<Owner> == 13) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12);
  } else if constexpr (kArity<Owner> == 14) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13);
  } else if constexpr (kArity<Owner> == 15) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14);
  } else if constexpr (kArity<Owner> == 16) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15);
  } else if constexpr (kArity<Owner> == 17) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16);
  } else if constexpr (kArity<Owner> == 18) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17);
  } else if constexpr (kArity<Owner> == 19) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18);
  } else if constexpr (kArity<Owner> == 20) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19);
  } else if constexpr (kArity<Owner> == 21) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20);
  } else if constexpr (kArity<Owner> == 22) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21);
  } else if constexpr (kArity<Owner> == 23) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22);
  } else if constexpr (kArity<Owner> == 24) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23);
  } else if constexpr (kArity<Owner> == 25) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24);
  } else if constexpr (kArity<Owner> == 26) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25);
  } else if constexpr (kArity<Owner> == 27) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26);
  } else if constexpr (kArity<Owner> == 28) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27);
  } else if constexpr (kArity<Owner> == 29) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28);
  } else if constexpr (kArity<Owner> == 30) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29);
  } else if constexpr (kArity<Owner> == 31) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30);
  } else if constexpr (kArity<Owner> == 32) {
    auto& [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30, f31] = object;
    return f(f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30, f31);
  }
}
// clang-format on

template <class... T>
struct Types {
  static constexpr std::size_t kCount = sizeof...(T);
};

template <std::size_t I, class P>
struct Leaf {
  P pointer;
};
template <class Indices, class... P>
struct Leaves;
template <std::size_t... I, class... P>
struct Leaves<std::index_sequence<I...>, P...> : Leaf<I, P>... {};
template <std::size_t I, class P>
constexpr P leaf(const Leaf<I, P>& at) {
  return at.pointer;
}

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

template <class T>
struct Unborn {
  const T value;
};
// Never defined: only the names of the addresses of its members are used.
template <class T>
extern const Unborn<T> unborn;

template <auto... Ps>
consteval std::string_view print_values() {
  return __PRETTY_FUNCTION__;
}

template <class T, std::size_t... I>
consteval std::string_view print_fields(std::index_sequence<I...> indices) {
  constexpr auto pointers = with_fields(unborn<T>.value, [](auto&... field) {
    return Leaves<decltype(indices), decltype(&field)...>{{&field}...};
  });
  return print_values<leaf<I>(pointers)...>();
}

template <class T>
struct FieldNames {
  static constexpr std::string_view kPrinted =
      print_fields<T>(std::make_index_sequence<kArity<T>>{});
};

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

template <class T>
consteval std::string_view print_type() {
  return __PRETTY_FUNCTION__;
}

constexpr bool is_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

/// The identifier at the end of one printed value, without what closes it.
constexpr std::string_view last_identifier(std::string_view printed) {
  while (!printed.empty() && !is_identifier(printed.back())) printed.remove_suffix(1);
  std::size_t begin = printed.size();
  while (begin > 0 && is_identifier(printed[begin - 1])) --begin;
  return printed.substr(begin);
}

/// Where the values in each print of `print_values` begin.
inline constexpr std::size_t kFirstValue = print_values<0>().find("Ps = ") + 6;

/// Where the value at `begin` ends: at the comma behind it, or at what closes the list.
constexpr std::size_t end_of_value(std::string_view printed, std::size_t begin) {
  std::size_t at = begin;
  for (int depth = 0;; ++at) {
    const char c = printed[at];
    const bool closes = c == '>' || c == ')' || c == '}' || c == ']';
    if (depth == 0 && (closes || c == ',')) return at;
    if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    if (closes) --depth;
  }
}

/// Calls `f(index, text)` for the values in the print of `print_values`.
template <class F>
constexpr void split_values(std::string_view printed, F f) {
  std::size_t begin = kFirstValue;
  for (std::size_t index = 0;; ++index) {
    const std::size_t end = end_of_value(printed, begin);
    f(index, printed.substr(begin, end - begin));
    if (printed[end] != ',') return;
    begin = end + 2;
  }
}

/// `name` is where its namespaces end.
struct TypeNames {
  std::string_view qualified;
  std::string_view name;
};
template <class T>
constexpr TypeNames type_names() {
  constexpr std::string_view kPrinted = print_type<T>();
  const std::size_t first = kPrinted.find("T = ") + 4;
  std::size_t begin = first;
  std::size_t end = begin;
  int depth = 0;
  for (; end < kPrinted.size(); ++end) {
    const char c = kPrinted[end];
    if (depth == 0 && (c == ']' || c == ';')) break;
    if (c == '<' || c == '(' || c == '{') ++depth;
    if (c == '>' || c == ')' || c == '}') --depth;
    if (depth == 0 && c == ':') begin = end + 1;
  }
  return {kPrinted.substr(first, end - first), kPrinted.substr(begin, end - begin)};
}

// So many values are printed at once.
inline constexpr std::size_t kEnumBlock = 64;

template <class E, std::int64_t first, std::size_t... I>
consteval std::string_view print_enumerators(std::index_sequence<I...>) {
  return print_values<static_cast<E>(first + static_cast<std::int64_t>(I))...>();
}

constexpr bool begins_number(char c) { return c == '-' || (c >= '0' && c <= '9'); }

/// Characters of a number as the compiler prints it.
constexpr std::size_t width_of(std::int64_t value) {
  std::size_t width = value < 0 ? 2 : 1;
  while ((value /= 10) != 0) ++width;
  return width;
}

/// Goes through the print of a block for the values that have names. The others are printed as a
/// cast, `cast` long, and the number: nearly all of them, passed over without a look at each
/// character. No template, and a plain pointer: this is what an enum costs the compiler.
struct EnumeratorScan {
  std::string_view printed;
  std::size_t cast;
  std::int64_t value;  // of the one at `at`
  std::size_t at = kFirstValue;
  std::string_view name = {};

  /// Goes behind the next one with a name; false where there is none.
  constexpr bool next() {
    const char* const text = printed.data();
    const std::size_t size = printed.size();
    while (at < size) {
      const std::size_t behind_cast = at + cast + width_of(value++);
      if (behind_cast + 1 < size && text[behind_cast] == ',' && text[at] == '(' &&
          text[at + cast - 1] == ')') {
        at = behind_cast + 2;
        continue;
      }
      const std::size_t end = end_of_value(printed, at);
      const std::string_view whole = printed.substr(at, end - at);
      at = text[end] == ',' ? end + 2 : size;
      if (begins_number(whole[whole.rfind(')') + 1])) continue;
      name = last_identifier(whole);
      return true;
    }
    return false;
  }
};

constexpr std::size_t count_enumerators(EnumeratorScan scan) {
  std::size_t count = 0;
  while (scan.next()) ++count;
  return count;
}

/// Appends them, with their values as `load_signed` finds them in memory.
constexpr void add_enumerators(EnumeratorScan scan, std::size_t size, EnumeratorInfo*& to) {
  const int unused = 64 - 8 * static_cast<int>(size);
  while (scan.next()) {
    const auto bits = static_cast<std::uint64_t>(scan.value - 1) << unused;
    *to++ = {scan.name, static_cast<std::int64_t>(bits) >> unused};
  }
}

/// Those of the values in EnumRange that have names.
template <class E>
struct EnumTable {
  using Number = std::underlying_type_t<E>;
  using Range = EnumRange<E>;
  static constexpr auto kLeast = static_cast<std::int64_t>(std::numeric_limits<Number>::min());
  static constexpr auto kMost =
      static_cast<std::int64_t>(std::numeric_limits<Number>::max() & std::uint64_t{INT64_MAX});
  static constexpr std::int64_t kFirst = Range::kMin < kLeast ? kLeast : Range::kMin;
  static constexpr std::int64_t kLast = Range::kMax > kMost ? kMost : Range::kMax;
  static constexpr std::size_t kValues = static_cast<std::size_t>(kLast - kFirst) + 1;
  static constexpr std::size_t kCast = type_names<E>().qualified.size() + 2;

  template <std::size_t b>
  static consteval EnumeratorScan block() {
    constexpr std::size_t kBegin = b * kEnumBlock;
    constexpr std::size_t kSize = kValues - kBegin < kEnumBlock ? kValues - kBegin : kEnumBlock;
    constexpr std::int64_t kValue = kFirst + static_cast<std::int64_t>(kBegin);
    return {print_enumerators<E, kValue>(std::make_index_sequence<kSize>{}), kCast, kValue};
  }
  template <std::size_t b>
  static constexpr std::size_t kCount = count_enumerators(block<b>());

  template <std::size_t... B>
  static constexpr auto make(std::index_sequence<B...>) {
    std::array<EnumeratorInfo, (kCount<B> + ...)> items{};
    EnumeratorInfo* end = items.data();
    ((kCount<B> == 0 ? void() : add_enumerators(block<B>(), sizeof(E), end)), ...);
    return items;
  }
  static constexpr auto kItems =
      make(std::make_index_sequence<(kValues + kEnumBlock - 1) / kEnumBlock>{});
  static_assert(!kItems.empty(),
                "an enum needs enumerators with values of -128 to 1023, or an EnumRange");
};

}  // namespace detail

}  // namespace capricorn
