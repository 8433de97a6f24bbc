// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace capricorn {

/// What a source says of its own compilation, in comments at the beginning of a line:
/// `// capricorn: pkg-config sqlite3`, `// capricorn: cxxflags -DX=1`, `// capricorn: ldflags -lm`.
struct SourceDirectives {
  std::vector<std::string> packages;
  std::vector<std::string> cxxflags;
  std::vector<std::string> ldflags;
  std::vector<std::string> mistakes;  // sentences, each with its line
};

/// `name` is the file's, for the sentences.
SourceDirectives read_directives(std::string_view source, const std::string& name);

/// Between spaces; there is no quoting.
std::vector<std::string> split_words(std::string_view text);

}  // namespace capricorn
