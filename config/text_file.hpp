// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace capricorn {

/// A file's bytes, or nothing and one more sentence in `mistakes`.
std::optional<std::string> read_text_file(const std::string& path,
                                          std::vector<std::string>& mistakes);

}  // namespace capricorn
