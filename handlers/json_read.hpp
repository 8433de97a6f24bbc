// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "type_info.hpp"
#include "validation.hpp"

namespace capricorn {

/// Reads `text` into the default-constructed value at `value`. Validation goes on after an error
/// and collects them all; malformed JSON is one error `json_invalid`. False if it added errors: the
/// value is then partly filled. Each `loc` begins with `where`.
bool read_json(std::string_view text, const TypeInfo& type, void* value, ValidationErrors& errors,
               std::string_view where = "body");
/// The same at any place.
bool read_json(std::string_view text, const TypeInfo& type, void* value, ValidationErrors& errors,
               const LocPath& loc);

template <class T>
  requires Describable<T>
bool read_json(std::string_view text, T& value, ValidationErrors& errors,
               std::string_view where = "body") {
  return read_json(text, type_info<T>(), &value, errors, where);
}

/// What an object has under a key; the whole text is checked.
struct JsonMember {
  enum class State : std::uint8_t { kFound, kAbsent, kNoObject, kMalformed };
  State state = State::kAbsent;
  std::string_view text = {};     // where it was found: its JSON, a part of the object's
  const char* message = nullptr;  // of what is malformed
  std::int64_t position = 0;
};
/// The last of those that have the key, as Python has it.
JsonMember find_json_member(std::string_view object, std::string_view key);

/// The same value as our writer, and Python's, has it: without white space, escapes that need not
/// be, or digits that say nothing.
std::string compact_json(std::string_view json);

/// The error for what is no JSON; `where` as in FastAPI, ["body", position].
ErrorDetail json_invalid_error(std::string_view where, std::int64_t position, const char* message);

}  // namespace capricorn
