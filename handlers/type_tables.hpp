// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "crowded_bucket.hpp"
#include "discriminator.hpp"
#include "tuple_table.hpp"
#include "type_info.hpp"
#include "validate_model.hpp"

/// How the table of a type is made; the end of type_info.hpp, which is the one to read.

namespace capricorn {

void write_json(Buffer& out, const TypeInfo& type, const void* value);

namespace detail {

template <class T>
struct Table {
  static const TypeInfo kValue;
};

// --- options of a field

template <class T>
struct FieldTraits {
  static constexpr std::string_view kAlias = {};
};
template <class T, auto... options>
struct FieldTraits<Field<T, options...>> {
  using Value = T;
  using List = Options<options...>;
  static constexpr std::string_view kAlias = List::kMetadata.alias;
};

// --- models

/// One with which nothing is wrong: its members can be listed.
template <class T>
concept ListedModel =
    ModelType<T> && !has_base<T> && std::is_default_constructible_v<T> &&
    !has_array<T>(std::make_index_sequence<kArity<T>>{}) && kArity<T> <= kMaxFields;

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
struct FieldTypes {};

template <class T>
struct ModelTable {
  /// Each type's address is taken here and nowhere before: g++ 14 would else ask for a list of
  /// addresses while it makes it, of a model that holds its like in a union.
  template <class... F>
  static constexpr FieldTable<T> make(FieldTypes<F...>) {
    FieldTable<T> table = list_fields<T>();
    FieldInfo* field = table.items;
    ((field->type = &Table<F>::kValue,
      field->name = FieldTraits<F>::kAlias.empty() ? field->name : FieldTraits<F>::kAlias, ++field),
     ...);
    return table;
  }
  using Types = decltype(with_fields(std::declval<T&>(), [](auto&... field) {
    static_assert(!(std::is_const_v<std::remove_reference_t<decltype(field)>> || ...),
                  "a model has no const members");
    return FieldTypes<std::remove_cvref_t<decltype(field)>...>{};
  }));
  static constexpr FieldTable<T> kFields = make(Types{});
};

template <class T, auto function>
void write_computed(Buffer& out, const void* model) {
  const auto& value = (static_cast<const T*>(model)->*function)();
  write_json(out, Table<typename ComputedValue<decltype(function)>::Type>::kValue, &value);
}

/// Of a model's `computed_fields`.
template <class T, class List>
struct ComputedTable {
  static_assert(sizeof(T) == 0,
                "the computed_fields of a model are a static constexpr ComputedFields<&T::f...>");
};
template <class T, auto... functions>
struct ComputedTable<T, const ComputedFields<functions...>> {
  static_assert((bool(Describable<typename ComputedValue<decltype(functions)>::Type>) && ...),
                "a computed field is a model or another value that JSON has");
  struct List {
    ComputedInfo items[sizeof...(functions)];
  };
  static constexpr List make() {
    List list{{ComputedInfo{{},
                            &Table<typename ComputedValue<decltype(functions)>::Type>::kValue,
                            write_computed<T, functions>}...}};
    split_values(print_values<functions...>(), [&](std::size_t i, std::string_view text) {
      list.items[i].name = last_identifier(text);
    });
    return list;
  }
  static constexpr List kList = make();
};

/// Fills `required` and `generated` from two objects that are made over different bytes.
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

/// The key of a map, from its text and to it.
bool read_key(std::string_view text, const TypeInfo& type, void* key);
std::string key_text(const TypeInfo& type, const void* key);

template <class T>
void construct_at(void* at) {
  ::new (at) T;
}
template <class T>
void destroy_at(void* object) noexcept {
  static_cast<T*>(object)->~T();
}
template <class T>
void move_at(void* to, void* from) {
  *static_cast<T*>(to) = std::move(*static_cast<T*>(from));
}
template <class T>
constexpr void (*mover())(void*, void*) {
  if constexpr (std::is_move_assignable_v<T>) {
    return move_at<T>;
  } else {
    return nullptr;
  }
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
  T& value = *static_cast<T*>(object);
  if constexpr (is_pointer<T>) {
    value.reset(new typename T::element_type{});
    return value.get();
  } else if constexpr (is_optional<T>) {
    return &value.emplace();
  } else {
    // Of a list that has one there are mostly a few more, and each growth moves them all.
    if (value.capacity() == 0 && sizeof(typename T::value_type) <= 256) value.reserve(4);
    return &value.emplace_back();
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
  using Key = typename T::key_type;
  if constexpr (std::is_same_v<Key, std::string>) {
    return place_in(*static_cast<T*>(object), std::string(key));
  } else {
    Key value{};
    if (!read_key(key, Table<Key>::kValue, &value)) return nullptr;
    return place_in(*static_cast<T*>(object), std::move(value));
  }
}
template <class T>
bool take_at(void* object, void* element) {
  return put_into(*static_cast<T*>(object), *static_cast<typename T::value_type*>(element));
}
template <class T>
void visit_at(const void* object, void* context, MapVisitor visitor) {
  if constexpr (is_set<T>) {
    for (const auto& value : *static_cast<const T*>(object)) visitor(context, {}, &value);
  } else if constexpr (std::is_same_v<typename T::key_type, std::string>) {
    for (const auto& [key, value] : *static_cast<const T*>(object)) visitor(context, key, &value);
  } else {
    const TypeInfo& type = Table<typename T::key_type>::kValue;
    for (const auto& [key, value] : *static_cast<const T*>(object)) {
      visitor(context, key_text(type, &key), &value);
    }
  }
}

template <class T>
struct VariantTable;
template <class... T>
struct VariantTable<std::variant<T...>> {
  using Value = std::variant<T...>;
  static constexpr const TypeInfo* kAlternatives[] = {&Table<T>::kValue...};

  static std::size_t index(const void* object) {
    return static_cast<const Value*>(object)->index();
  }
  template <std::size_t I>
  static void* emplace(void* object) {
    return &static_cast<Value*>(object)->template emplace<I>();
  }
  template <std::size_t... I>
  static void* select(std::index_sequence<I...>, void* object, std::size_t index) {
    static constexpr void* (*kEmplace[])(void*) = {&emplace<I>...};
    return kEmplace[index](object);
  }
  static void* select(void* object, std::size_t index) {
    return select(std::index_sequence_for<T...>{}, object, index);
  }
  template <std::size_t I>
  static const void* address(const void* object) {
    return std::get_if<I>(static_cast<const Value*>(object));
  }
  template <std::size_t... I>
  static const void* get(std::index_sequence<I...>, const void* object) {
    static constexpr const void* (*kAddress[])(const void*) = {&address<I>...};
    return kAddress[index(object)](object);
  }
  static const void* get(const void* object) {
    return get(std::index_sequence_for<T...>{}, object);
  }
};

// --- unions with a Discriminator

template <class T>
constexpr UnionTag tag_of([[maybe_unused]] std::string_view name) {
  if constexpr (ListedModel<T>) {
    return find_tag<T>(name);
  } else {
    return {};
  }
}
template <class... T>
constexpr std::array<UnionTag, sizeof...(T)> tags_of(std::type_identity<std::variant<T...>>,
                                                     std::string_view name) {
  return {{tag_of<T>(name)...}};
}

/// What a Field<> with a Discriminator says of itself: that by its name on the wire.
template <class T>
constexpr FieldMetadata tagged_metadata() {
  using Union = typename UnionOf<typename FieldTraits<T>::Value>::Type;
  FieldMetadata metadata = FieldTraits<T>::List::kMetadata;
  static_assert(!std::is_void_v<Union>,
                "a Discriminator is for a std::variant of models, or an optional of one");
  if constexpr (!std::is_void_v<Union>) {
    constexpr auto kTags =
        tags_of(std::type_identity<Union>(), FieldTraits<T>::List::kMetadata.discriminator);
    static_assert(have_texts(kTags),
                  "the Discriminator of a std::variant is the name of a Literal<> in each of its "
                  "models");
    static_assert(are_distinct(kTags),
                  "the models of a std::variant with a Discriminator have different texts in that "
                  "Literal<>");
    metadata.discriminator = kTags[0].name;
  }
  return metadata;
}
template <class T>
struct TaggedField {
  static constexpr FieldMetadata kMetadata = tagged_metadata<T>();
};

template <class T>
struct LiteralTable {
  struct List {
    EnumeratorInfo items[std::size(T::kTexts)] = {};
  };
  static constexpr List make() {
    List list;
    for (std::size_t i = 0; i < std::size(T::kTexts); ++i) {
      list.items[i] = {T::kTexts[i], static_cast<std::int64_t>(i)};
    }
    return list;
  }
  static constexpr List kList = make();
};

// --- nlohmann's own

template <class T>
void to_json_at(nlohmann::json& json, const void* value) {
  to_json(json, *static_cast<const T*>(value));
}
template <class T>
void from_json_at(const nlohmann::json& json, void* value) {
  from_json(json, *static_cast<T*>(value));
}

// --- the table

template <class T>
constexpr TypeKind scalar_kind() {
  if constexpr (std::is_same_v<T, bool>) return TypeKind::kBoolean;
  if constexpr (std::is_same_v<T, float>) return TypeKind::kFloat;
  if constexpr (std::is_same_v<T, double>) return TypeKind::kDouble;
  if constexpr (std::is_integral_v<T>) {
    return std::is_signed_v<T> ? TypeKind::kSigned : TypeKind::kUnsigned;
  }
  if constexpr (std::is_same_v<T, nlohmann::json>) return TypeKind::kJson;
  if constexpr (std::is_same_v<T, nlohmann::ordered_json>) return TypeKind::kOrderedJson;
  return TypeKind::kString;
}

template <class T>
constexpr TypeInfo basic_info(TypeKind kind) {
  TypeInfo info{kind};
  info.size = sizeof(T);
  info.align = alignof(T);
  info.construct = construct_at<T>;
  info.destroy = destroy_at<T>;
  return info;
}

/// Of a model or enum.
template <class T>
constexpr void set_names(TypeInfo& info) {
  constexpr TypeNames kNames = type_names<T>();
  info.name = kNames.name;
  info.qualified_name = kNames.qualified;
}

template <class T>
constexpr TypeInfo describe_optional() {
  TypeInfo info = basic_info<T>(TypeKind::kOptional);
  if constexpr (is_pointer<T>) {
    info.element = &Table<typename T::element_type>::kValue;
  } else {
    info.element = &Table<typename T::value_type>::kValue;
  }
  info.clear = clear_at<T>;
  info.emplace = emplace_at<T>;
  info.get = get_at<T>;
  return info;
}

template <class T>
constexpr TypeInfo describe_container() {
  TypeInfo info = basic_info<T>(is_vector<T> ? TypeKind::kVector
                                : is_set<T>  ? TypeKind::kSet
                                             : TypeKind::kMap);
  info.clear = clear_at<T>;
  info.count = count_at<T>;
  if constexpr (is_map<T>) {
    info.element = &Table<typename T::mapped_type>::kValue;
    if constexpr (!std::is_same_v<typename T::key_type, std::string>) {
      info.key = &Table<typename T::key_type>::kValue;
    }
    info.insert = insert_at<T>;
    info.visit = visit_at<T>;
  } else {
    using Element = typename T::value_type;
    static_assert(!is_vector<T> || !std::is_same_v<Element, bool>,
                  "std::vector<bool> has no elements to point at: use std::vector<std::optional"
                  "<bool>> or another type");
    info.element = &Table<Element>::kValue;
    if constexpr (is_set<T>) {
      info.take = take_at<T>;
      info.visit = visit_at<T>;
    } else {
      info.emplace = emplace_at<T>;
      info.get = get_at<T>;
    }
  }
  return info;
}

template <class T>
constexpr TypeInfo describe_array() {
  TypeInfo info = basic_info<T>(TypeKind::kArray);
  info.element = &Table<typename T::value_type>::kValue;
  info.extent = std::tuple_size_v<T>;
  info.move = mover<T>();
  info.count = count_at<T>;
  info.get = get_at<T>;
  return info;
}

template <class T>
constexpr TypeInfo describe_tuple() {
  TypeInfo info = basic_info<T>(TypeKind::kTuple);
  info.move = mover<T>();
  info.alternatives = TupleTable<T>::kElements;
  info.select = TupleTable<T>::element;
  return info;
}

template <class T>
constexpr TypeInfo describe_variant() {
  static_assert(std::is_move_assignable_v<T>, "the alternatives of a variant can be assigned");
  TypeInfo info = basic_info<T>(TypeKind::kVariant);
  info.move = mover<T>();
  info.alternatives = VariantTable<T>::kAlternatives;
  info.index = VariantTable<T>::index;
  info.select = VariantTable<T>::select;
  info.get = VariantTable<T>::get;
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
  static_assert(!has_unknown_validate<T>(),
                "the validate of a model is a free function: void validate(const Item&, "
                "Validation&), or std::optional<std::string> validate(const Item&)");
  TypeInfo info = basic_info<T>(TypeKind::kModel);
  if constexpr (ListedModel<T>) {
    set_names<T>(info);
    info.move = mover<T>();
    info.fields = {ModelTable<T>::kFields.items, kArity<T>};
    info.printed = &FieldNames<T>::kPrinted;
    info.layout = model_layout<T>;
    if constexpr (requires { T::model_config; }) {
      static_assert(std::is_same_v<decltype(T::model_config), const ModelConfig>,
                    "the model_config of a model is a static constexpr ModelConfig");
      info.config = &T::model_config;
    }
    if constexpr (requires { T::computed_fields; }) {
      info.computed = ComputedTable<T, decltype(T::computed_fields)>::kList.items;
    }
    if constexpr (ValidatesByNotes<T> || ValidatesByText<T>) info.validate = validate_model<T>;
  }
  return info;
}

template <class T>
constexpr TypeInfo describe_enum() {
  // Others have no values but those that the enumerators' bits can hold.
  constexpr bool kFixed = requires { T{0}; };
  static_assert(kFixed, "an enum needs a fixed underlying type: enum class, enum : int");
  TypeInfo info = basic_info<T>(TypeKind::kEnum);
  if constexpr (kFixed) {
    set_names<T>(info);
    info.enumerators = EnumTable<T>::kItems;
  }
  return info;
}

template <class T>
constexpr TypeInfo describe_custom() {
  TypeInfo info = basic_info<T>(TypeKind::kCustom);
  set_names<T>(info);
  info.move = mover<T>();
  info.to_json = to_json_at<T>;
  if constexpr (requires(const nlohmann::json& json, T& value) { from_json(json, value); }) {
    info.from_json = from_json_at<T>;
  }
  return info;
}

template <class T>
constexpr TypeInfo describe_type() {
  static_assert(!is_parameter<T>,
                "what a parameter of a handler holds is behind a star: return *item, or "
                "JSONResponse(*item)");
  static_assert(bool(Describable<T>),
                "a model member is a number, bool, std::string, enum, optional, vector, "
                "map<std::string, T>, array, tuple, pair, set, variant, unique_ptr, shared_ptr, "
                "Literal, Uuid, Date, Time, DateTime, duration, Decimal, EmailStr, AnyUrl, "
                "HttpUrl, json, Field or another plain struct");
  static_assert(!std::is_same_v<T, long double>, "use double instead of long double");
  if constexpr (is_parameter<T>) {
    return basic_info<T>(TypeKind::kModel);
  } else if constexpr (is_optional<T>) {
    return describe_optional<T>();
  } else if constexpr (is_vector<T> || is_set<T> || is_map<T>) {
    return describe_container<T>();
  } else if constexpr (is_array<T>) {
    return describe_array<T>();
  } else if constexpr (is_tuple<T>) {
    return describe_tuple<T>();
  } else if constexpr (is_variant<T>) {
    return describe_variant<T>();
  } else if constexpr (is_field<T>) {
    TypeInfo info = basic_info<T>(TypeKind::kField);
    info.element = &Table<typename FieldTraits<T>::Value>::kValue;
    info.move = mover<T>();
    info.constraints = FieldTraits<T>::List::kConstraints;
    if constexpr (FieldTraits<T>::List::kMetadata.discriminator.empty()) {
      info.metadata = &FieldTraits<T>::List::kMetadata;
    } else {
      info.metadata = &TaggedField<T>::kMetadata;
    }
    return info;
  } else if constexpr (is_literal<T>) {
    TypeInfo info = basic_info<T>(TypeKind::kEnum);
    info.literal = true;
    info.enumerators = LiteralTable<T>::kList.items;
    return info;
  } else if constexpr (HasTextTraits<T>) {
    TypeInfo info = basic_info<T>(TypeKind::kText);
    info.text = &TextTraits<T>::kType;
    return info;
  } else if constexpr (CustomJson<T>) {
    return describe_custom<T>();
  } else if constexpr (std::is_enum_v<T>) {
    return describe_enum<T>();
  } else if constexpr (ModelType<T>) {
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
