// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "field.hpp"
#include "fixed_string.hpp"
#include "json_read.hpp"
#include "openapi/description.hpp"
#include "request.hpp"
#include "text_read.hpp"
#include "type_info.hpp"
#include "validation.hpp"

namespace capricorn {

namespace detail {

template <auto... constraints>
inline constexpr bool has_default = (is_default<std::remove_cvref_t<decltype(constraints)>> || ...);

// Header names have "-" where their parameters may say "_".
template <std::size_t N>
consteval FixedString<N> header_name(FixedString<N> name) {
  for (char& c : name.text) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return name;
}
ErrorDetail missing_parameter(std::string_view where, std::string_view name);
bool is_json_media_type(std::string_view content_type) noexcept;
/// The body of a request that is to be JSON; an empty view and an error where it cannot be.
std::string_view json_body(const Request& request, ValidationErrors& errors);

// What one text can be read into: Path<> takes a scalar, Header<> an optional one too, Query<> a
// vector besides.
template <class T>
inline constexpr bool is_text_scalar =
    (std::is_arithmetic_v<T> && !std::is_same_v<T, long double>) || std::is_enum_v<T> ||
    std::is_same_v<T, std::string> || is_json<T>;
template <class T, auto... constraints>
inline constexpr bool is_text_scalar<Field<T, constraints...>> = is_text_scalar<T>;
template <class T>
inline constexpr bool is_text_value = is_text_scalar<T>;
template <class T>
inline constexpr bool is_text_value<std::optional<T>> = is_text_scalar<T>;
template <class T>
inline constexpr bool is_text_list = false;
template <class T, class A>
inline constexpr bool is_text_list<std::vector<T, A>> = is_text_value<T>;

/// What Path, Query, Header, Cookie and Form share: a value that a handler reads by `*` and `->`.
template <class T, FixedString name, auto... constraints>
class Parameter {
 public:
  using value_type = T;
  static constexpr std::string_view kName = name.view();

  T& operator*() noexcept { return *value_; }
  const T& operator*() const noexcept { return *value_; }
  T* operator->() noexcept { return &*value_; }
  const T* operator->() const noexcept { return &*value_; }

 protected:
  using Held = Field<T, constraints...>;

  static constexpr ParameterInfo info(ParameterPlace place, std::string_view wire_name,
                                      bool required) {
    return {place, wire_name, &Table<Held>::kValue, required};
  }
  void read(std::string_view text, std::string_view where, ValidationErrors& errors) {
    using Traits = FieldTraits<Held>;
    read_text(text, type_info<T>(), &*value_,
              std::span<const Constraint>(Traits::kConstraints, Traits::kCount), where, kName,
              errors);
  }
  void read_missing(std::string_view where, ValidationErrors& errors) const {
    if constexpr (!is_optional<T> && !has_default<constraints...>) {
      errors.push_back(missing_parameter(where, kName));
    } else {
      static_cast<void>(where), static_cast<void>(errors);
    }
  }

  Held value_{};
};

}  // namespace detail

/// A part of the path: `Path<int, "user_id">` for "/users/{user_id}".
template <class T, FixedString name, auto... constraints>
class Path : public detail::Parameter<T, name, constraints...> {
  static_assert(detail::is_text_scalar<T>,
                "Path<> reads a number, bool, std::string or enum: a part of the path is always "
                "there, and once");
  static_assert(!detail::has_default<constraints...>,
                "a Path<> has no Default: a part of the path is always there");

 public:
  static constexpr ParameterPlace kPlace = ParameterPlace::kPath;
  static constexpr ParameterInfo kInfo = Path::info(kPlace, name.view(), true);
  void extract(Request& request, ValidationErrors& errors) {
    const auto text = request.path_params().get(this->kName);
    if (text)
      this->read(*text, "path", errors);
    else
      this->read_missing("path", errors);
  }
};

/// A field of the query: required, unless it has a `Default{}` or is an optional or a vector.
template <class T, FixedString name, auto... constraints>
class Query : public detail::Parameter<T, name, constraints...> {
  static_assert(detail::is_text_value<T> || detail::is_text_list<T>,
                "Query<> reads a number, bool, std::string or enum, an optional of one, or a "
                "vector of them");

 public:
  static constexpr ParameterPlace kPlace = ParameterPlace::kQuery;
  static constexpr ParameterInfo kInfo = Query::info(
      kPlace, name.view(),
      !detail::is_optional<T> && !detail::is_vector<T> && !detail::has_default<constraints...>);
  void extract(Request& request, ValidationErrors& errors) {
    const QueryParams& query = request.query_params();
    if constexpr (detail::is_vector<T>) {
      for (const std::string_view text : query.get_all(this->kName))
        this->read(text, "query", errors);
    } else if (const auto text = query.get(this->kName)) {
      this->read(*text, "query", errors);
    } else {
      this->read_missing("query", errors);
    }
  }
};

/// A header field, whatever its case: `Header<std::string, "user-agent">`.
template <class T, FixedString name, auto... constraints>
class Header : public detail::Parameter<T, name, constraints...> {
  static_assert(detail::is_text_value<T>,
                "Header<> reads a number, bool, std::string or enum, or an optional of one");

  static constexpr auto kField = detail::header_name(name);

 public:
  static constexpr ParameterPlace kPlace = ParameterPlace::kHeader;
  static constexpr ParameterInfo kInfo = Header::info(
      kPlace, kField.view(), !detail::is_optional<T> && !detail::has_default<constraints...>);
  void extract(Request& request, ValidationErrors& errors) {
    const auto text = request.headers().get(kField.view());
    if (text)
      this->read(*text, "header", errors);
    else
      this->read_missing("header", errors);
  }
};

/// A cookie by its exact name: required, unless it has a `Default{}` or is an optional.
template <class T, FixedString name, auto... constraints>
class Cookie : public detail::Parameter<T, name, constraints...> {
  static_assert(detail::is_text_value<T>,
                "Cookie<> reads a number, bool, std::string or enum, or an optional of one");

 public:
  static constexpr ParameterPlace kPlace = ParameterPlace::kCookie;
  static constexpr ParameterInfo kInfo = Cookie::info(
      kPlace, name.view(), !detail::is_optional<T> && !detail::has_default<constraints...>);
  void extract(Request& request, ValidationErrors& errors) {
    if (const auto text = request.cookies().get(this->kName))
      this->read(*text, "cookie", errors);
    else
      this->read_missing("cookie", errors);
  }
};

/// The JSON body, read into a model (or any value that has a TypeInfo) and checked.
template <class T>
class Body {
  static_assert(bool(Describable<T>), "Body<> reads a model or another value that JSON has");

 public:
  static constexpr ParameterPlace kPlace = ParameterPlace::kBody;
  static constexpr ParameterInfo kInfo = {
      kPlace, {}, &detail::Table<T>::kValue, !detail::is_optional<T>};
  using value_type = T;

  T& operator*() noexcept { return value_; }
  const T& operator*() const noexcept { return value_; }
  T* operator->() noexcept { return &value_; }
  const T* operator->() const noexcept { return &value_; }

  void extract(Request& request, ValidationErrors& errors) {
    const std::string_view text = detail::json_body(request, errors);
    if (!text.empty()) read_json(text, value_, errors);
  }

 private:
  T value_{};
};

template <class T>
concept RequestParameter = std::default_initializable<T> &&
                           requires(T& parameter, Request& request, ValidationErrors& errors) {
                             parameter.extract(request, errors);
                             T::kPlace;
                           };

template <class T>
inline constexpr bool is_path_parameter = false;
template <class T, FixedString name, auto... constraints>
inline constexpr bool is_path_parameter<Path<T, name, constraints...>> = true;
template <class T>
inline constexpr bool is_body_parameter = false;
template <class T>
inline constexpr bool is_body_parameter<Body<T>> = true;

}  // namespace capricorn
