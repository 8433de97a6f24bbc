// SPDX-License-Identifier: MIT
#include <cstdio>
#include <string>
#include <string_view>

#include "../../config/settings_reference.hpp"
#include "../program_start.hpp"
#include "commands.hpp"

namespace capricorn {

int settings(int argc, char** argv) {
  std::string_view format = "markdown";
  if (argc == 4 && std::string_view(argv[2]) == "--format")
    format = argv[3];
  else if (argc == 3 && std::string_view(argv[2]).starts_with("--format="))
    format = std::string_view(argv[2]).substr(9);
  else if (argc != 2)
    format = {};
  if (format == "markdown") return print({0, settings_markdown()});
  if (format == "toml") return print({0, settings_toml()});
  if (format == "json") return print({0, settings_json()});
  return print({1, "settings: expected --format markdown, toml or json.\n"});
}

}  // namespace capricorn
