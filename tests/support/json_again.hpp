// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/handlers/json_read.hpp>
#include <capricorn/handlers/json_write.hpp>
#include <string>
#include <string_view>

namespace capricorn {

/// The text read into a `T` and written again; or what was wrong with it.
template <class T>
std::string again(std::string_view text) {
  T value{};
  ValidationErrors errors;
  Buffer out;
  if (read_json(text, value, errors)) {
    write_json(out, value);
  } else {
    write_errors_json(out, errors);
  }
  return std::string(out.view());
}

}  // namespace capricorn
