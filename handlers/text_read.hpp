// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "constraints.hpp"
#include "type_info.hpp"
#include "validation.hpp"

namespace capricorn {

/// Reads a path, query, header or cookie value into the value at `value`.
bool read_text(std::string_view text, const TypeInfo& type, void* value,
               std::span<const FieldConstraint> constraints, const LocPath& loc,
               ValidationErrors& errors);
/// The same with the two parts of `loc` ("query", "limit").
bool read_text(std::string_view text, const TypeInfo& type, void* value,
               std::span<const FieldConstraint> constraints, std::string_view where,
               std::string_view name, ValidationErrors& errors);

/// Whether values of the type are read from all texts of a name: a vector, set, array or tuple,
/// also in an optional or a Field.
bool reads_texts(const TypeInfo& type) noexcept;
/// One element for each text, which has its index in `loc`.
bool read_texts(std::span<const std::string_view> texts, const TypeInfo& type, void* value,
                std::span<const FieldConstraint> constraints, const LocPath& loc,
                ValidationErrors& errors);
/// An element of an array or tuple that has that place.
struct Place {
  const TypeInfo& type;
  void* value;
};
std::size_t place_count(const TypeInfo& type) noexcept;
Place place_of(const TypeInfo& type, void* value, std::size_t index) noexcept;
/// Where `count` elements came and there are more or fewer places. What is wrong with elements
/// begins at `from`: too many are told alone, too few of an array only where nothing else is wrong.
void check_place_count(const TypeInfo& type, std::size_t count, const LocPath& loc,
                       const std::string& input_json, ValidationErrors& errors, std::size_t from);

/// JSON of what came: a text, or a list of texts.
std::string json_of_texts(std::span<const std::string_view> texts, bool list);

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
/// False where it is none that the type has, and was stored as infinity.
bool store_double(double number, const TypeInfo& type, void* value);
/// By name; false and an error of pydantic's `enum` text if there is none.
bool store_enumerator(std::string_view text, const TypeInfo& type, void* value);
ErrorDetail enumerator_error(const TypeInfo& type);

inline constexpr ScalarError kIntegerTooLarge{
    "int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size"};

/// By the type's from_json; what it threw, if it did. Throws std::logic_error where there is none.
std::optional<std::string> from_custom_json(const TypeInfo& type, const nlohmann::json& json,
                                            void* value);

}  // namespace capricorn
