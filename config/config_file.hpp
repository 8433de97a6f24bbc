// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace capricorn {

/// One key of a TOML file. A value that is no list is one text: numbers and booleans as the command
/// line would have them.
struct FileSetting {
  std::string key;
  std::vector<std::string> values;
  std::string place;     // "capricorn.toml:3"
  std::string nonsense;  // "a table": what no option takes stands there
  bool is_list = false;
};

/// The keys of a file in its order; what keeps it from being read is one more sentence in
/// `mistakes`.
std::vector<FileSetting> read_config_file(const std::string& path,
                                          std::vector<std::string>& mistakes);

}  // namespace capricorn
