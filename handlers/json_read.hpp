// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json_text.hpp"
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

/// The error for what is no JSON; `where` as in FastAPI, ["body", position].
ErrorDetail json_invalid_error(std::string_view where, std::int64_t position, const char* message);

}  // namespace capricorn
