// SPDX-License-Identifier: MIT
#include "dependency_file.hpp"

namespace capricorn {

std::vector<std::string> read_dependencies(std::string_view rule) {
  std::vector<std::string> files;
  std::string word;
  bool target = true;
  const auto end_word = [&] {
    if (word.empty()) return;
    if (target && word.ends_with(':')) {
      target = false;
    } else if (!target) {
      files.push_back(word);
    }
    word.clear();
  };
  for (std::size_t i = 0; i < rule.size(); ++i) {
    const char c = rule[i];
    const char next = i + 1 < rule.size() ? rule[i + 1] : '\0';
    if (c == '\\' && (next == '\n' || next == '\r')) {
      end_word();
    } else if ((c == '\\' && (next == ' ' || next == '#')) || (c == '$' && next == '$')) {
      word += next;
      ++i;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      end_word();
    } else {
      word += c;
    }
  }
  end_word();
  return files;
}

}  // namespace capricorn
