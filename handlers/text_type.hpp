// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace capricorn {

class Buffer;
struct FieldConstraint;
struct ErrorDetail;

/// A type whose values are texts on the wire: Uuid, DateTime, Decimal... The functions fill in an
/// error's type, message and context where they give false.
struct TextType {
  std::string_view name;    // pydantic's, as the `loc` of a union has it
  std::string_view format;  // of JSON schema
  std::string_view type_error;
  std::string_view type_message;
  bool (*parse)(std::string_view text, void* value, ErrorDetail& error);
  void (*write)(Buffer& out, const void* value);  // JSON
  /// From a number of JSON, as its text; null where that is the wrong type.
  bool (*parse_number)(std::string_view text, void* value, ErrorDetail& error) = nullptr;
  /// Whether it is as one that is default-initialised over memory of such bytes; null where that
  /// leaves all of them alone.
  bool (*is_unset)(const void* value, unsigned char fill) = nullptr;
  /// Whether a constraint holds; null where the type takes none.
  bool (*satisfies)(const void* value, const FieldConstraint& constraint) = nullptr;
  std::size_t min_length = 0;  // characters, in JSON schema
  std::size_t max_length = 0;  // 0: any number
};

/// Specialised beside each such type, with a `static constexpr TextType kType`.
template <class T>
struct TextTraits;

template <class T>
concept HasTextTraits = requires { TextTraits<T>::kType; };

}  // namespace capricorn
