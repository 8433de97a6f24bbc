// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace capricorn {

/// Nothing can be compiled here; what() is the sentence to print, which says what to install.
struct ToolchainError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What this program was built with, written down when its build was configured.
struct RecordedToolchain {
  std::string_view compiler;                // as it was called: "clang++-19"
  std::string_view family;                  // "clang" or "gcc"
  std::string_view major;                   // its version: "19"
  std::span<const std::string_view> flags;  // that every module needs
  std::string_view build_folder;
  std::string_view source_folder;
};
const RecordedToolchain& recorded_toolchain() noexcept;

/// How a module for this program is compiled.
struct Toolchain {
  std::string compiler;  // its path
  bool clang = true;
  std::vector<std::string> flags;  // without those of the one module
  std::string headers;             // the folder that has capricorn/capricorn.hpp
};

/// $CXX, or the compiler of the record, found in PATH; the headers beside this program, in its
/// build tree or in its installation. Throws ToolchainError.
Toolchain find_toolchain();

}  // namespace capricorn
