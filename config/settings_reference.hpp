// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "command_line.hpp"

namespace capricorn {

// All that is written about the options, made from the one table of them.

/// What `--help` prints, with the program's own defaults.
std::string help_text(const Program& program);
/// docs/settings.md
std::string settings_markdown();
/// docs/capricorn.toml: each key with its default, commented out.
std::string settings_toml();
/// A list of objects, for other programs.
std::string settings_json();

}  // namespace capricorn
