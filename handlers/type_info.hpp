// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <new>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "constraints.hpp"
#include "field.hpp"

namespace capricorn {

enum class Kind : std::uint8_t {
  kBoolean,
  kSigned,    // of `size` bytes
  kUnsigned,  // of `size` bytes
  kFloat,
  kDouble,
  kString,
  kOptional,
  kVector,
  kMap,
  kEnum,
  kModel,
  kJson,
  kOrderedJson,
  kField,  // the element lies at offset 0
};

struct TypeInfo;

/// A member of a model; where it lies is in ModelLayout.
struct FieldInfo {
  std::string_view name;
  const TypeInfo* type;
};

struct Enumerator {
  std::string_view name;
  std::int64_t value;
};

inline constexpr std::size_t kMaxFields = 32;

/// What only an object tells, found once at the first use: offsets, and which members have to come
/// with a request. Bit i of `required` is field i.
struct ModelLayout {
  std::uint32_t offsets[kMaxFields] = {};
  std::uint32_t required = 0;
  bool is_required(std::size_t field) const noexcept { return (required >> field & 1) != 0; }
};

using MapVisitor = void (*)(void* context, std::string_view key, const void* value);

/// A type as a constant table. Reader, writer and schema are ordinary functions over it, so that
/// no `.cpp` is a template. Functions that a kind does not need are null.
struct TypeInfo {
  Kind kind;
  std::uint32_t size = 0;
  std::uint32_t align = 1;
  std::string_view name = {};              // of a model or enum, unqualified
  std::string_view qualified_name = {};    // the same as the compiler prints it
  const TypeInfo* element = nullptr;       // of optional, vector, map, field
  std::span<const FieldInfo> fields = {};  // of a model
  std::span<const Enumerator> enumerators = {};
  std::span<const Constraint> constraints = {};  // of a field

  void (*construct)(void* at) = nullptr;  // default-initialises: scalars stay as they are
  void (*destroy)(void* object) noexcept = nullptr;

  const ModelLayout& (*layout)() = nullptr;  // model

  void (*clear)(void*) = nullptr;               // optional, vector, map
  void* (*emplace)(void*) = nullptr;            // optional, vector: a new value-initialised element
  const void* (*get)(const void*) = nullptr;    // optional: null if empty; vector: the first
  std::size_t (*count)(const void*) = nullptr;  // vector, map
  void* (*insert)(void*, std::string_view key) = nullptr;           // map
  void (*visit)(const void*, void* context, MapVisitor) = nullptr;  // map
};

template <class T>
const TypeInfo& type_info() noexcept;

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T, class A>
inline constexpr bool is_vector<std::vector<T, A>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T, class C, class A>
inline constexpr bool is_map<std::map<std::string, T, C, A>> = true;
template <class T, class H, class E, class A>
inline constexpr bool is_map<std::unordered_map<std::string, T, H, E, A>> = true;
template <class T>
inline constexpr bool is_field = false;
template <class T, auto... constraints>
inline constexpr bool is_field<Field<T, constraints...>> = true;
template <class T>
inline constexpr bool is_json =
    std::is_same_v<T, nlohmann::json> || std::is_same_v<T, nlohmann::ordered_json>;

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

}  // namespace detail

/// A plain aggregate of 1 to 32 members, no base classes, no C arrays.
template <class T>
concept Model = std::is_class_v<T> && std::is_aggregate_v<T> && !std::is_empty_v<T> &&
                !detail::is_field<T> && !requires { std::tuple_size<T>::value; };

/// What a request or response can carry.
template <class T>
concept Describable =
    std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, std::string> ||
    detail::is_optional<T> || detail::is_vector<T> || detail::is_map<T> || detail::is_field<T> ||
    detail::is_json<T> || Model<T>;

namespace detail {

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

/// Calls `f(index, text)` for the values in the print of `print_values`.
template <class F>
constexpr void split_values(std::string_view printed, F f) {
  constexpr std::string_view kMark = "Ps = ";
  std::size_t at = printed.find(kMark) + kMark.size() + 1;
  std::size_t begin = at;
  std::size_t index = 0;
  for (int depth = 1; depth > 0; ++at) {
    const char c = printed[at];
    if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    if (c == '>' || c == ')' || c == '}' || c == ']') --depth;
    if (depth == 0 || (depth == 1 && c == ',')) {
      f(index++, printed.substr(begin, at - begin));
      begin = at + 2;
    }
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
/// Of a model or enum.
template <class T>
constexpr void set_names(TypeInfo& info) {
  constexpr TypeNames kNames = type_names<T>();
  info.name = kNames.name;
  info.qualified_name = kNames.qualified;
}

template <class T>
struct Table {
  static const TypeInfo kValue;
};

// --- enums

inline constexpr std::size_t kMaxEnumerators = 64;

template <class E, std::size_t... I>
consteval std::string_view print_enumerators(std::index_sequence<I...>) {
  return print_values<static_cast<E>(I)...>();
}

struct EnumeratorList {
  Enumerator items[kMaxEnumerators] = {};
  std::size_t count = 0;
};

template <class E>
constexpr EnumeratorList list_enumerators() {
  EnumeratorList list;
  split_values(print_enumerators<E>(std::make_index_sequence<kMaxEnumerators>{}),
               [&](std::size_t value, std::string_view text) {
                 // A cast or a number is printed for a value that has no name.
                 const char first = text[text.rfind(')') + 1];
                 if (first == '-' || (first >= '0' && first <= '9')) return;
                 list.items[list.count++] = {last_identifier(text),
                                             static_cast<std::int64_t>(value)};
               });
  return list;
}

template <class E>
struct EnumTable {
  static constexpr EnumeratorList kList = list_enumerators<E>();
  static_assert(kList.count > 0, "an enum needs enumerators with values of 0 to 63");
};

// --- models

template <class T>
struct FieldTable {
  FieldInfo items[kMaxFields] = {};
};

template <class T>
constexpr FieldTable<T> list_fields() {
  FieldTable<T> table;
  split_values(FieldNames<T>::kPrinted, [&](std::size_t i, std::string_view text) {
    table.items[i].name = last_identifier(text);
  });
  return table;
}

template <class... F>
struct FieldTypes {
  static constexpr const TypeInfo* kList[sizeof...(F)] = {&Table<F>::kValue...};
};

template <class T>
struct ModelTable {
  static constexpr FieldTable<T> make() {
    using List = decltype(with_fields(std::declval<T&>(), [](auto&... field) {
      static_assert(!(std::is_const_v<std::remove_reference_t<decltype(field)>> || ...),
                    "a model has no const members");
      return FieldTypes<std::remove_cvref_t<decltype(field)>...>{};
    }));
    FieldTable<T> table = list_fields<T>();
    for (std::size_t i = 0; i < kArity<T>; ++i) table.items[i].type = List::kList[i];
    return table;
  }
  static constexpr FieldTable<T> kFields = make();
};

/// Fills `required` from two objects that are default-initialised over different bytes.
void detect_required(const TypeInfo& type, ModelLayout& layout);

template <class T>
ModelLayout make_layout() {
  ModelLayout layout;
  alignas(T) static unsigned char bytes[sizeof(T)];
  // Addresses only: no object is needed to know where its members are, but one is to ask for them.
  T* object = ::new (static_cast<void*>(bytes)) T;
  with_fields(*object, [&](auto&... field) {
    std::size_t i = 0;
    ((layout.offsets[i++] =
          static_cast<std::uint32_t>(reinterpret_cast<const unsigned char*>(&field) - bytes)),
     ...);
  });
  object->~T();
  detect_required(Table<T>::kValue, layout);
  return layout;
}

template <class T>
const ModelLayout& model_layout() {
  static const ModelLayout layout = make_layout<T>();
  return layout;
}

// --- containers

template <class T>
void construct_at(void* at) {
  ::new (at) T;
}
template <class T>
void destroy_at(void* object) noexcept {
  static_cast<T*>(object)->~T();
}
template <class T>
void clear_at(void* object) {
  if constexpr (is_optional<T>) {
    static_cast<T*>(object)->reset();
  } else {
    static_cast<T*>(object)->clear();
  }
}
template <class T>
void* emplace_at(void* object) {
  if constexpr (is_optional<T>) {
    return &static_cast<T*>(object)->emplace();
  } else {
    return &static_cast<T*>(object)->emplace_back();
  }
}
template <class T>
const void* get_at(const void* object) {
  const T& value = *static_cast<const T*>(object);
  if constexpr (is_optional<T>) {
    return value ? &*value : nullptr;
  } else {
    return value.data();
  }
}
template <class T>
std::size_t count_at(const void* object) {
  return static_cast<const T*>(object)->size();
}
template <class T>
void* insert_at(void* object, std::string_view key) {
  return &(*static_cast<T*>(object))[std::string(key)];
}
template <class T>
void visit_at(const void* object, void* context, MapVisitor visitor) {
  for (const auto& [key, value] : *static_cast<const T*>(object)) visitor(context, key, &value);
}

template <class T>
struct FieldTraits;
template <class T, auto... constraints>
struct FieldTraits<Field<T, constraints...>> {
  using Value = T;
  // The template arguments themselves have static storage only if they are of class type: they are.
  static constexpr std::size_t kCount = sizeof...(constraints);
  static constexpr Constraint kConstraints[kCount + 1] = {describe(constraints)...,
                                                          Constraint{ConstraintKind::kDefault}};
};

template <class T>
constexpr Kind scalar_kind() {
  if constexpr (std::is_same_v<T, bool>) return Kind::kBoolean;
  if constexpr (std::is_same_v<T, float>) return Kind::kFloat;
  if constexpr (std::is_same_v<T, double>) return Kind::kDouble;
  if constexpr (std::is_integral_v<T>) {
    return std::is_signed_v<T> ? Kind::kSigned : Kind::kUnsigned;
  }
  if constexpr (std::is_same_v<T, nlohmann::json>) return Kind::kJson;
  if constexpr (std::is_same_v<T, nlohmann::ordered_json>) return Kind::kOrderedJson;
  return Kind::kString;
}

template <class T>
constexpr TypeInfo basic_info(Kind kind) {
  TypeInfo info{kind, sizeof(T), alignof(T)};
  info.construct = construct_at<T>;
  info.destroy = destroy_at<T>;
  return info;
}

template <class T>
constexpr TypeInfo describe_container() {
  constexpr Kind kKind = is_optional<T> ? Kind::kOptional
                         : is_vector<T> ? Kind::kVector
                                        : Kind::kMap;
  TypeInfo info = basic_info<T>(kKind);
  info.clear = clear_at<T>;
  if constexpr (is_map<T>) {
    info.element = &Table<typename T::mapped_type>::kValue;
    info.insert = insert_at<T>;
    info.visit = visit_at<T>;
  } else {
    using Element = typename T::value_type;
    static_assert(!is_vector<T> || !std::is_same_v<Element, bool>,
                  "std::vector<bool> has no elements to point at: use std::vector<std::optional"
                  "<bool>> or another type");
    info.element = &Table<Element>::kValue;
    info.emplace = emplace_at<T>;
    info.get = get_at<T>;
  }
  if constexpr (!is_optional<T>) info.count = count_at<T>;
  return info;
}

template <class T>
constexpr TypeInfo describe_model() {
  constexpr bool kHasArray = has_array<T>(std::make_index_sequence<kArity<T>>{});
  constexpr bool kDefault = std::is_default_constructible_v<T>;
  static_assert(!has_base<T>, "a model has no base classes");
  static_assert(!kHasArray, "a model has no C arrays: use std::vector");
  static_assert(kDefault, "a model is made without arguments: it has no references");
  static_assert(kHasArray || kArity<T> <= kMaxFields, "a model has 1 to 32 members");
  TypeInfo info = basic_info<T>(Kind::kModel);
  if constexpr (!has_base<T> && !kHasArray && kDefault && kArity<T> <= kMaxFields) {
    set_names<T>(info);
    info.fields = {ModelTable<T>::kFields.items, kArity<T>};
    info.layout = model_layout<T>;
  }
  return info;
}

template <class T>
constexpr TypeInfo describe_type() {
  static_assert(bool(Describable<T>),
                "a model member is a number, bool, std::string, enum, optional, vector, "
                "map<std::string, T>, json, Field or another plain struct");
  static_assert(!std::is_same_v<T, long double>, "use double instead of long double");
  if constexpr (is_optional<T> || is_vector<T> || is_map<T>) {
    return describe_container<T>();
  } else if constexpr (is_field<T>) {
    TypeInfo info = basic_info<T>(Kind::kField);
    info.element = &Table<typename FieldTraits<T>::Value>::kValue;
    info.constraints = {FieldTraits<T>::kConstraints, FieldTraits<T>::kCount};
    return info;
  } else if constexpr (std::is_enum_v<T>) {
    // Others have no values but those that the enumerators' bits can hold.
    constexpr bool kFixed = requires { T{0}; };
    static_assert(kFixed, "an enum needs a fixed underlying type: enum class, enum : int");
    TypeInfo info = basic_info<T>(Kind::kEnum);
    if constexpr (kFixed) {
      set_names<T>(info);
      info.enumerators = {EnumTable<T>::kList.items, EnumTable<T>::kList.count};
    }
    return info;
  } else if constexpr (Model<T>) {
    return describe_model<T>();
  } else {
    return basic_info<T>(scalar_kind<T>());
  }
}

template <class T>
constinit const TypeInfo Table<T>::kValue = describe_type<T>();

}  // namespace detail

/// The table of `T`, a constant.
template <class T>
const TypeInfo& type_info() noexcept {
  return detail::Table<std::remove_cv_t<T>>::kValue;
}

}  // namespace capricorn
