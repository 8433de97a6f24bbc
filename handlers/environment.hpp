// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "reflection.hpp"
#include "type_info.hpp"

namespace capricorn {

namespace detail {
void read_environment(std::string_view prefix, const TypeInfo& type, void* model);
}

/// A model that is read from the process's environment: pydantic's BaseSettings. A member's
/// variable is the prefix and the member's name in capitals, or else its Alias as it stands; a
/// variable that is empty counts as none. Required is what is so in a body.
///
///     struct Settings {
///       Field<std::string, MinLength{32}> secret;  // SHOP_SECRET
///       int logins_a_minute = 10;                  // SHOP_LOGINS_A_MINUTE
///     };
///     const auto settings = read_environment<Settings>("SHOP_");
///
/// Lists, maps and models are JSON in their variables, all else is the text that it is in a query.
/// The model's `validate` is called. Throws std::runtime_error that says all that is wrong, and
/// shows no values, which may be secret. As all that reads the environment, for when no other
/// thread changes it.
template <ModelType T>
T read_environment(std::string_view prefix = "") {
  T model{};
  detail::read_environment(prefix, type_info<T>(), &model);
  return model;
}

}  // namespace capricorn
