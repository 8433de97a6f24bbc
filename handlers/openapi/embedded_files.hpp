// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

namespace capricorn {

/// A file that the binary carries.
struct EmbeddedFile {
  std::string_view name;
  std::string_view digest;  // of what it contains, in hexadecimal digits
  std::string_view gzip;    // its bytes, packed
};

/// Swagger UI and ReDoc; none where `./dev setup` could not fetch them before the build.
std::span<const EmbeddedFile> embedded_files() noexcept;

}  // namespace capricorn
