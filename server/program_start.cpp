// SPDX-License-Identifier: MIT
#include "program_start.hpp"

#include <cstdio>
#include <string>
#include <vector>

#include "../config/env_file.hpp"

namespace capricorn {

int print(const ExitWith& answer) {
  std::fputs(answer.text.c_str(), answer.code == 0 ? stdout : stderr);
  return answer.code;
}

bool prepare_environment(const Config& config) {
  if (config.env_file.empty()) return true;
  const std::vector<std::string> mistakes = load_env_file(config.env_file);
  for (const std::string& mistake : mistakes) print({1, "Error: " + mistake + "\n"});
  return mistakes.empty();
}

}  // namespace capricorn
