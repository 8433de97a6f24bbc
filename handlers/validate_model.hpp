// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>

/// The `validate` that a user has beside a model: see Validation.

namespace capricorn {

class Validation;

namespace detail {

/// What a user's `validate` says, put down in a Validation.
void note_validation(Validation& validation, std::optional<std::string> message);

template <class T>
concept ValidatesByText = requires(const T& model) {
  { validate(model) } -> std::same_as<std::optional<std::string>>;
};
template <class T>
concept ValidatesByNotes =
    requires(const T& model, Validation& validation) { validate(model, validation); };

/// Whether there is a `validate` that nobody would ever call.
template <class T>
constexpr bool has_unknown_validate() {
  if constexpr (ValidatesByText<T> || ValidatesByNotes<T>) return false;
  // An overloaded one, or a template, is found by its calls.
  if constexpr (requires { &T::validate; }) {
    using Member = decltype(&T::validate);
    if (std::is_member_function_pointer_v<Member>) return true;
    if (std::is_function_v<std::remove_pointer_t<Member>>) return true;
  }
  return requires(T& model) { validate(model); } ||
         requires(T& model, Validation& validation) { validate(model, validation); } ||
         requires(T& model) { model.validate(); } ||
         requires(T& model, Validation& validation) { model.validate(validation); };
}

template <class T>
void validate_model(const void* model, [[maybe_unused]] Validation& validation) {
  if constexpr (ValidatesByNotes<T>) {
    validate(*static_cast<const T*>(model), validation);
  } else {
    note_validation(validation, validate(*static_cast<const T*>(model)));
  }
}

}  // namespace detail

}  // namespace capricorn
