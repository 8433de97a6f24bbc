// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "constraints.hpp"
#include "type_info.hpp"
#include "validation.hpp"

namespace capricorn {

/// Reads a path, query, header or cookie value into the value at `value`. `where` and `name` are
/// the two parts of `loc` ("query", "limit"). A vector gets the text as one more element.
bool read_text(std::string_view text, const TypeInfo& type, void* value,
               std::span<const Constraint> constraints, std::string_view where,
               std::string_view name, ValidationErrors& errors);

/// The same at any place.
bool read_text(std::string_view text, const TypeInfo& type, void* value,
               std::span<const Constraint> constraints, const LocPath& loc,
               ValidationErrors& errors);

/// What is wrong with a scalar; `type` is empty if nothing is.
struct ScalarError {
  std::string_view type = {};
  std::string_view msg = {};
  explicit operator bool() const noexcept { return !type.empty(); }
};

/// The conversion alone, for numbers and booleans.
ScalarError parse_scalar(std::string_view text, const TypeInfo& type, void* value);
/// Into an integer of the width of `type`.
ScalarError store_integer(bool negative, std::uint64_t magnitude, const TypeInfo& type,
                          void* value);
void store_double(double number, const TypeInfo& type, void* value);
/// By name; false and an error of pydantic's `enum` text if there is none.
bool store_enumerator(std::string_view text, const TypeInfo& type, void* value);
ErrorDetail enumerator_error(const TypeInfo& type);

}  // namespace capricorn
