// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "../loop/fixed_string.hpp"
#include "date_time.hpp"
#include "decimal.hpp"
#include "field.hpp"
#include "openapi/description.hpp"
#include "request.hpp"
#include "type_info.hpp"
#include "uuid.hpp"
#include "validation.hpp"

namespace capricorn {

namespace detail {

// Header names have "-" where their parameters say "_".
template <std::size_t N>
consteval FixedString<N> hyphenated(FixedString<N> name) {
  for (char& c : name.text) {
    if (c == '_') c = '-';
  }
  return name;
}
template <FixedString name, bool convert>
inline constexpr FixedString header_name = convert ? hyphenated(name) : name;

/// Reads a parameter of the path, query, headers or cookies into the Field at `field`.
void read_parameter(Request& request, const ParameterInfo& parameter, void* field,
                    ValidationErrors& errors);
/// Reads those that are the members of the model at `model`.
void read_group(Request& request, const ParameterInfo& group, const FieldMetadata& metadata,
                void* model, ValidationErrors& errors);
/// Reads the JSON body, or where it is `embedded` a member of it, into the Field at `field`.
void read_body(const Request& request, const ParameterInfo& body, bool embedded, void* field,
               ValidationErrors& errors);

/// Compiles the regular expressions of the parameter and of all that it is made of, and makes the
/// Defaults that are texts. Throws std::invalid_argument for what is none, with the route's pattern
/// and the parameter's place.
void check_options(const ParameterInfo& parameter, std::string_view route);
/// The same of what is no parameter. Null: nothing.
void check_options(const TypeInfo* type, const LocPath& loc, std::string_view route);

template <auto... options>
inline constexpr bool has_default = (is_default<std::remove_cvref_t<decltype(options)>> || ...);

// What one text can be read into: Path<> takes a scalar, Cookie<> an optional one too, Query<> and
// Header<> a vector, set, array or tuple besides.
template <class T>
inline constexpr bool is_text_scalar =
    (std::is_arithmetic_v<T> && !std::is_same_v<T, long double>) || std::is_enum_v<T> ||
    std::is_same_v<T, std::string> || is_literal<T> || HasTextTraits<T> || is_json<T> ||
    CustomJson<T>;
template <class T, auto... options>
inline constexpr bool is_text_scalar<Field<T, options...>> = is_text_scalar<T>;
template <class... T>
inline constexpr bool is_text_scalar<std::variant<T...>> = (is_text_scalar<T> && ...);
template <class T>
inline constexpr bool is_text_value = is_text_scalar<T>;
template <class T>
inline constexpr bool is_text_value<std::optional<T>> = is_text_scalar<T>;
template <class T>
inline constexpr bool is_text_list = false;
template <class T>
  requires(is_vector<T> || is_array<T> || is_set<T>)
inline constexpr bool is_text_list<T> = is_text_value<typename T::value_type>;
template <class T, class... U>
inline constexpr bool is_text_list<std::tuple<T, U...>> =
    is_text_value<T> && (is_text_value<U> && ...);
template <class A, class B>
inline constexpr bool is_text_list<std::pair<A, B>> = is_text_value<A> && is_text_value<B>;
template <class T>
inline constexpr bool is_text_list<std::optional<T>> = is_text_list<T>;

// What a member of a group can be: what a parameter of its own can.
template <class T>
inline constexpr bool is_group_member = is_text_value<T> || is_text_list<T>;
template <class T>
  requires(is_optional<T>)
inline constexpr bool is_group_member<T> =
    is_group_member<std::remove_cvref_t<decltype(*std::declval<T&>())>>;
template <class T, auto... options>
inline constexpr bool is_group_member<Field<T, options...>> = is_group_member<T>;
template <class... T>
constexpr bool are_group_members(FieldTypes<T...>) {
  return (is_group_member<T> && ...);
}
/// A model that is none, or none whose members can be listed, is refused with another sentence.
template <class T>
constexpr bool is_group() {
  if constexpr (ListedModel<T>) return are_group_members(typename ModelTable<T>::Types{});
  return true;
}

/// Whether a request has to bring a value of the type.
template <class T, auto... options>
inline constexpr bool is_required =
    Options<options...>::kMetadata.presence == FieldMetadata::Presence::kByType
        ? !is_optional<T> && !is_vector<T> && !is_set<T> && !has_default<options...>
        : Options<options...>::kMetadata.presence == FieldMetadata::Presence::kRequired;

/// The same of a body, where a list has to come, too.
template <class T, auto... options>
inline constexpr bool is_required_body =
    Options<options...>::kMetadata.presence == FieldMetadata::Presence::kByType
        ? !is_optional<T> && !has_default<options...>
        : Options<options...>::kMetadata.presence == FieldMetadata::Presence::kRequired;

/// A value that has no options describes itself.
template <class T, auto... options>
inline constexpr const TypeInfo* described = &Table<Field<T, options...>>::kValue;
template <class T>
inline constexpr const TypeInfo* described<T> = &Table<T>::kValue;

/// What all parameters share: a value that a handler reads by `*` and `->`.
template <class T, class Holder>
class Parameter {
  static_assert(std::is_same_v<T, std::remove_cvref_t<T>>,
                "a parameter holds a value of its own: Body<Item>, neither Body<Item&> nor "
                "Body<const Item>");
  static_assert(std::is_move_constructible_v<T>,
                "what a parameter holds is moved to the handler: a model has no member that "
                "cannot be, as a std::mutex or a std::atomic");

 public:
  using value_type = T;

  T& operator*() noexcept { return value_of(value_); }
  const T& operator*() const noexcept { return value_of(value_); }
  T* operator->() noexcept { return &value_of(value_); }
  const T* operator->() const noexcept { return &value_of(value_); }

 protected:
  static constexpr T& value_of(Holder& holder) noexcept {
    if constexpr (std::is_same_v<T, Holder>) {
      return holder;
    } else {
      return *holder;
    }
  }
  static constexpr const T& value_of(const Holder& holder) noexcept {
    return value_of(const_cast<Holder&>(holder));
  }

  Holder value_{};
};

/// One value under one name.
template <ParameterPlace place, class T, FixedString name, bool required, auto... options>
class NamedParameter : public Parameter<T, Field<T, options...>> {
  using List = Options<options...>;

 public:
  static constexpr ParameterPlace kPlace = place;
  static constexpr std::string_view kName =
      List::kMetadata.alias.empty() ? name.view() : List::kMetadata.alias;
  static constexpr ParameterInfo kInfo{place, kName, &Table<Field<T, options...>>::kValue,
                                       required};

  void extract(Request& request, ValidationErrors& errors) {
    read_parameter(request, kInfo, &this->value_, errors);
  }
};

/// A model whose members are the parameters of one place.
template <ParameterPlace place, class T, auto... options>
class ParameterGroup : public Parameter<T, T> {
  static_assert(is_group<T>(),
                "the members of a model in a query, headers, cookies or a form are numbers, bools, "
                "std::strings, enums, optionals or vectors of them: no models");
  static constexpr FieldMetadata kMetadata = Options<options...>::kMetadata;

 public:
  static constexpr ParameterPlace kPlace = place;
  static constexpr ParameterInfo kInfo{.place = place,
                                       .name = {},
                                       .field = &Table<T>::kValue,
                                       .convert_underscores = kMetadata.convert_underscores};

  void extract(Request& request, ValidationErrors& errors) {
    read_group(request, kInfo, kMetadata, &this->value_, errors);
  }
};

}  // namespace detail

/// A part of the path: `Path<int, "user_id">` for "/users/{user_id}". With `FromMount{}` the name
/// is that of a mount or host around the application.
template <class T, FixedString name, auto... options>
class Path : public detail::NamedParameter<ParameterPlace::kPath, T, name, true, options...> {
  static_assert(detail::is_text_scalar<T>,
                "Path<> reads a number, bool, std::string or enum: a part of the path is always "
                "there, and once");
  static_assert(!detail::has_default<options...>,
                "a Path<> has no Default: a part of the path is always there");
  static_assert(detail::Options<options...>::kMetadata.alias.empty(),
                "a Path<> has no Alias: its name is that in the route pattern");
};

/// A field of the query: required, unless it has a `Default{}` or is an optional, vector or set
/// (all values of that name); `Required{}` asks for one of them. An array or tuple has one value
/// for each place. `Query<Filter>`, without a name, is a group: a field for each member of the
/// model.
template <class T, FixedString name = "", auto... options>
class Query : public detail::NamedParameter<ParameterPlace::kQuery, T, name,
                                            detail::is_required<T, options...>, options...> {
  static_assert(detail::is_text_value<T> || detail::is_text_list<T>,
                "Query<> reads a number, bool, std::string or enum, an optional of one, or a "
                "vector of them");
};
template <class T, auto... options>
class Query<T, FixedString(""), options...>
    : public detail::ParameterGroup<ParameterPlace::kQuery, T, options...> {
  static_assert(ModelType<T>,
                "a Query<> without a name reads the query into a model: Query<Filter>");
};

/// A header field, whatever its case: `Header<std::string, "user_agent">` is "user-agent", unless
/// it has `ConvertUnderscores{false}`. A vector has all fields of that name. Without a name a
/// group.
template <class T, FixedString name = "", auto... options>
class Header
    : public detail::NamedParameter<
          ParameterPlace::kHeader, T,
          detail::header_name<name, detail::Options<options...>::kMetadata.convert_underscores>,
          detail::is_required<T, options...>, options...> {
  static_assert(detail::is_text_value<T> || detail::is_text_list<T>,
                "Header<> reads a number, bool, std::string or enum, an optional of one, or a "
                "vector of them");
};
template <class T, auto... options>
class Header<T, FixedString(""), options...>
    : public detail::ParameterGroup<ParameterPlace::kHeader, T, options...> {
  static_assert(ModelType<T>,
                "a Header<> without a name reads headers into a model: Header<Common>");
};

/// A cookie by its exact name: required, unless it has a `Default{}` or is an optional. Without a
/// name a group.
template <class T, FixedString name = "", auto... options>
class Cookie : public detail::NamedParameter<ParameterPlace::kCookie, T, name,
                                             detail::is_required<T, options...>, options...> {
  static_assert(detail::is_text_value<T>,
                "Cookie<> reads a number, bool, std::string or enum, or an optional of one");
};
template <class T, auto... options>
class Cookie<T, FixedString(""), options...>
    : public detail::ParameterGroup<ParameterPlace::kCookie, T, options...> {
  static_assert(ModelType<T>,
                "a Cookie<> without a name reads cookies into a model: Cookie<Session>");
};

/// The JSON body, read into a model (or any value that has a TypeInfo) and checked. Where a handler
/// takes several, or one with `Embed{}`, each is a member of the JSON object, by its name:
/// `Body<Item, "item">, Body<int, "importance", Gt{0}>`. Required, unless it is an optional or has
/// a `Default{}`, or as `Required{}` says.
template <class T, FixedString name = "", auto... options>
class Body : public detail::Parameter<T, Field<T, options...>> {
  static_assert(bool(Describable<T>), "Body<> reads a model or another value that JSON has");
  static constexpr FieldMetadata kMetadata = detail::Options<options...>::kMetadata;

 public:
  static constexpr ParameterPlace kPlace = ParameterPlace::kBody;
  static constexpr std::string_view kName = kMetadata.alias.empty() ? name.view() : kMetadata.alias;
  static_assert(!kMetadata.embed || !kName.empty(),
                "a Body<> with Embed{} has a name: Body<Item, \"item\", Embed{}>");
  static constexpr ParameterInfo kInfo{kPlace,
                                       kName,
                                       detail::described<T, options...>,
                                       detail::is_required_body<T, options...>,
                                       false,
                                       kMetadata.embed};

  void extract(Request& request, ValidationErrors& errors) {
    detail::read_body(request, kInfo, kMetadata.embed || request.embeds_bodies(), &this->value_,
                      errors);
  }
};

template <class T>
concept RequestParameter = std::default_initializable<T> &&
                           requires(T& parameter, Request& request, ValidationErrors& errors) {
                             parameter.extract(request, errors);
                             T::kPlace;
                           };

/// Whether it reads a name of its route's pattern.
template <class T>
inline constexpr bool is_path_parameter = false;
template <class T, FixedString name, auto... options>
inline constexpr bool is_path_parameter<Path<T, name, options...>> =
    !detail::Options<options...>::kMetadata.from_mount;
template <class T>
inline constexpr bool is_body_parameter = false;
template <class T, FixedString name, auto... options>
inline constexpr bool is_body_parameter<Body<T, name, options...>> = true;

namespace detail {

template <class A>
inline constexpr bool is_nameless_body = false;
template <class T, auto... options>
inline constexpr bool is_nameless_body<Body<T, FixedString(""), options...>> = true;

/// Several bodies are told apart by their names.
template <class... A>
inline constexpr bool bodies_have_names =
    ((is_body_parameter<std::remove_cvref_t<A>> ? 1 : 0) + ... + 0) <= 1 ||
    !(is_nameless_body<std::remove_cvref_t<A>> || ...);

}  // namespace detail

}  // namespace capricorn
