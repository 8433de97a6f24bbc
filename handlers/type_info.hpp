// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "computed_fields.hpp"
#include "field.hpp"
#include "literal.hpp"
#include "metadata.hpp"
#include "reflection.hpp"
#include "text_type.hpp"

namespace capricorn {

class Buffer;
class Validation;

enum class TypeKind : std::uint8_t {
  kBoolean,
  kSigned,    // of `size` bytes
  kUnsigned,  // of `size` bytes
  kFloat,
  kDouble,
  kString,
  kText,      // see TextType
  kOptional,  // and unique_ptr, shared_ptr
  kVector,
  kArray,  // std::array: a list of just so many
  kTuple,  // and std::pair: a list whose places have types of their own
  kSet,
  kMap,
  kVariant,
  kEnum,  // and Literal
  kModel,
  kJson,
  kOrderedJson,
  kCustom,  // by nlohmann's to_json and from_json
  kField,   // the element lies at offset 0
};

struct TypeInfo;

/// A member of a model; where it lies is in ModelLayout. `name` is that on the wire.
struct FieldInfo {
  std::string_view name;
  const TypeInfo* type;
};

/// A value that a model's member function gives: written, never read. `name` is the function's.
struct ComputedInfo {
  std::string_view name;
  const TypeInfo* type;
  void (*write)(Buffer& out, const void* model);
};

/// What is found once at the first use, most of it from an object: offsets, which members have to
/// come with a request, and which have another default each time, as `Uuid id = uuid4();`. An
/// optional of an optional tells a member that is absent, which has no JSON, from one that is null.
/// Bit i is field i.
struct ModelLayout {
  std::uint32_t offsets[kMaxFields] = {};
  std::uint32_t required = 0;
  std::uint32_t generated = 0;
  std::uint32_t omittable = 0;
  bool is_required(std::size_t field) const noexcept { return (required >> field & 1) != 0; }
  bool is_generated(std::size_t field) const noexcept { return (generated >> field & 1) != 0; }
  bool is_omittable(std::size_t field) const noexcept { return (omittable >> field & 1) != 0; }
};

using MapVisitor = void (*)(void* context, std::string_view key, const void* value);

/// A type as a constant table. Reader, writer and schema are ordinary functions over it, so that
/// no `.cpp` is a template. Functions that a kind does not need are null.
struct TypeInfo {
  TypeKind kind;
  bool literal = false;  // an enum that is a Literal<>
  std::uint32_t size = 0;
  std::uint32_t align = 1;
  std::string_view name = {};                   // of a model or enum, unqualified
  std::string_view qualified_name = {};         // the same as the compiler prints it
  const TypeInfo* element = nullptr;            // of optional, vector, array, set, map, field
  const TypeInfo* key = nullptr;                // of a map: what its keys are; null: std::string
  std::uint32_t extent = 0;                     // of an array: how many elements, from offset 0 on
  std::span<const FieldInfo> fields = {};       // of a model
  const std::string_view* printed = nullptr;    // of those, their own names: see own_name()
  std::span<const ComputedInfo> computed = {};  // of a model
  std::span<const EnumeratorInfo> enumerators = {};
  std::span<const TypeInfo* const> alternatives = {};  // of a variant; of a tuple its elements
  std::span<const FieldConstraint> constraints = {};   // of a field
  const FieldMetadata* metadata = nullptr;             // of a field
  const ModelConfig* config = nullptr;                 // of a model that has one
  const TextType* text = nullptr;                      // of a kText

  void (*construct)(void* at) = nullptr;  // default-initialises: scalars stay as they are
  void (*destroy)(void* object) noexcept = nullptr;

  /// array, tuple, variant, model, field, custom: by assignment; null where the type has none.
  void (*move)(void* to, void* from) = nullptr;

  const ModelLayout& (*layout)() = nullptr;                    // model
  void (*validate)(const void* model, Validation&) = nullptr;  // model with a `validate`

  void (*clear)(void*) = nullptr;     // optional, vector, set, map
  void* (*emplace)(void*) = nullptr;  // optional, vector: a new value-initialised element
  /// optional: null if empty; vector, array: the first; variant: the alternative that it holds.
  const void* (*get)(const void*) = nullptr;
  std::size_t (*count)(const void*) = nullptr;  // vector, array, set, map
  // Of the keys in one bucket of a hashed container only so many are taken: crowded_bucket.hpp.
  void* (*insert)(void*, std::string_view key) = nullptr;  // map; null for what is not taken
  bool (*take)(void* set, void* element) = nullptr;        // set: moves the element into it
  void (*visit)(const void*, void* context, MapVisitor) = nullptr;  // map; set, with empty keys

  std::size_t (*index)(const void*) = nullptr;  // variant
  /// variant: a new alternative; tuple: the element there.
  void* (*select)(void*, std::size_t index) = nullptr;

  void (*to_json)(nlohmann::json&, const void*) = nullptr;    // custom
  void (*from_json)(const nlohmann::json&, void*) = nullptr;  // custom; may be null
};

template <class T>
const TypeInfo& type_info() noexcept;

/// The type that a Field<> has its options for; any other type itself.
inline const TypeInfo& without_field(const TypeInfo& type) noexcept {
  return type.kind == TypeKind::kField ? *type.element : type;
}

/// The element of a tuple at that place.
inline const void* tuple_element(const TypeInfo& type, const void* tuple, std::size_t index) {
  return type.select(const_cast<void*>(tuple), index);  // which looks, and changes nothing
}

/// That of a model's field in C++, whatever it is on the wire.
std::string_view own_name(const TypeInfo& model, std::size_t field);

/// Whether it has so many elements and no others: an array or tuple.
inline bool has_places(const TypeInfo& type) noexcept {
  return type.kind == TypeKind::kArray || type.kind == TypeKind::kTuple;
}

/// Whether one of them is a Default or DefaultFactory.
bool have_default(std::span<const FieldConstraint> constraints) noexcept;

/// Throws std::range_error for a value without a name.
std::string_view enumerator_name(const TypeInfo& type, const void* value);

/// What stands in the `loc` of an error for one alternative of a union, as pydantic names it.
std::string union_label(const TypeInfo& type);

namespace detail {

template <class T>
inline constexpr bool is_pointer = false;
template <class T>
inline constexpr bool is_pointer<std::unique_ptr<T>> = true;
template <class T>
inline constexpr bool is_pointer<std::shared_ptr<T>> = true;
/// What may hold nothing: null in JSON, and never required.
template <class T>
inline constexpr bool is_optional = is_pointer<T>;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T, class A>
inline constexpr bool is_vector<std::vector<T, A>> = true;
template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = N > 0;
template <class T>
inline constexpr bool is_tuple = false;
template <class T, class... U>
inline constexpr bool is_tuple<std::tuple<T, U...>> = true;
template <class A, class B>
inline constexpr bool is_tuple<std::pair<A, B>> = true;
template <class T>
inline constexpr bool is_set = false;
template <class T, class C, class A>
inline constexpr bool is_set<std::set<T, C, A>> = true;
template <class T, class H, class E, class A>
inline constexpr bool is_set<std::unordered_set<T, H, E, A>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T, class C, class A>
inline constexpr bool is_map<std::map<std::string, T, C, A>> = true;
template <class T, class H, class E, class A>
inline constexpr bool is_map<std::unordered_map<std::string, T, H, E, A>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;
template <class T>
inline constexpr bool is_field = false;
template <class T, auto... options>
inline constexpr bool is_field<Field<T, options...>> = true;
/// A parameter of a handler in place of what it holds.
template <class T>
inline constexpr bool is_parameter = requires { typename T::value_type; } &&
                                     (requires { T::kPlace; } || requires { T::kDependency; });
template <class T>
inline constexpr bool is_literal = false;
template <FixedString... texts>
inline constexpr bool is_literal<Literal<texts...>> = true;
/// What is a text in JSON's objects as it is in a query.
template <class K>
inline constexpr bool is_map_key =
    std::is_enum_v<K> || HasTextTraits<K> || (std::is_integral_v<K> && !std::is_same_v<K, bool>);
template <class K, class T, class C, class A>
  requires(is_map_key<K>)
inline constexpr bool is_map<std::map<K, T, C, A>> = true;
template <class K, class T, class H, class E, class A>
  requires(is_map_key<K>)
inline constexpr bool is_map<std::unordered_map<K, T, H, E, A>> = true;
template <class T>
inline constexpr bool is_json =
    std::is_same_v<T, nlohmann::json> || std::is_same_v<T, nlohmann::ordered_json>;
template <class T>
inline constexpr bool is_container = is_optional<T> || is_vector<T> || is_array<T> || is_tuple<T> ||
                                     is_set<T> || is_map<T> || is_variant<T>;

/// A type of the user's for which argument-dependent look-up finds nlohmann's `to_json`;
/// from 3.11.3 on it finds one for a std::string and for containers, too.
template <class T>
concept CustomJson =
    std::is_class_v<T> && !is_json<T> && !std::is_same_v<T, std::string> && !is_container<T> &&
    requires(nlohmann::json& json, const T& value) { to_json(json, value); };

}  // namespace detail

/// A plain aggregate of 1 to 32 members, no base classes, no C arrays.
template <class T>
concept ModelType =
    std::is_class_v<T> && std::is_aggregate_v<T> && !std::is_empty_v<T> && !detail::is_field<T> &&
    !requires { std::tuple_size<T>::value; } && !detail::CustomJson<T>;

/// What a request or response can carry.
template <class T>
concept Describable =
    std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, std::string> ||
    detail::is_container<T> || detail::is_field<T> || detail::is_json<T> || detail::is_literal<T> ||
    HasTextTraits<T> || ModelType<T> || detail::CustomJson<T>;

}  // namespace capricorn

#include "type_tables.hpp"
