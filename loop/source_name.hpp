// SPDX-License-Identifier: MIT
#pragma once

#include <source_location>
#include <string>

namespace capricorn {

/// "fetch" of a place in `Task<int> fetch(int)`; "main()::<lambda>" in a lambda.
std::string function_name(const std::source_location& place);
/// "app.cpp:42", without the folders.
std::string file_and_line(const std::source_location& place);

}  // namespace capricorn
