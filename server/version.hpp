// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace capricorn {

/// "Running capricorn 0.1.0 with clang 19.1.7 on Linux", as uvicorn's `--version` tells it.
std::string version_line();
/// "0.1.0"
std::string version();
/// "clang 19.1.7"
std::string compiler();

}  // namespace capricorn
