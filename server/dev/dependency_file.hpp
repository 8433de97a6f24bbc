// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace capricorn {

/// The files that a rule of make says its target depends on, as compilers write it with -MD.
std::vector<std::string> read_dependencies(std::string_view rule);

}  // namespace capricorn
