// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "../http/json_string.hpp"
#include "../loop/buffer.hpp"
#include "type_info.hpp"

namespace capricorn {

/// Compact JSON of the value at `value`. Text stays UTF-8, what is not becomes U+FFFD. Throws
/// std::range_error for NaN and infinity.
void write_json(Buffer& out, const TypeInfo& type, const void* value);

/// Shortest text that reads back the same; a whole number keeps its `.0`.
void write_json_number(Buffer& out, double value);
void write_json_number(Buffer& out, std::int64_t value);

template <class T>
  requires Describable<T>
void write_json(Buffer& out, const T& value) {
  write_json(out, type_info<T>(), &value);
}

}  // namespace capricorn
