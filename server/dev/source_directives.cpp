// SPDX-License-Identifier: MIT
#include "source_directives.hpp"

#include <algorithm>

namespace capricorn {
namespace {

constexpr std::string_view kMark = "// capricorn:";

void read_line(SourceDirectives& directives, std::string_view line, const std::string& place) {
  std::vector<std::string> words = split_words(line.substr(kMark.size()));
  const std::string what = words.empty() ? "" : words.front();
  if (!words.empty()) words.erase(words.begin());
  std::vector<std::string>* list = what == "pkg-config" ? &directives.packages
                                   : what == "cxxflags" ? &directives.cxxflags
                                   : what == "ldflags"  ? &directives.ldflags
                                                        : nullptr;
  if (!list) {
    directives.mistakes.push_back(place + ": expected pkg-config, cxxflags or ldflags after '" +
                                  std::string(kMark) + "', got '" + what + "'.");
  } else if (words.empty()) {
    directives.mistakes.push_back(place + ": nothing stands after '" + what + "'.");
  } else {
    std::ranges::move(words, std::back_inserter(*list));
  }
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" \t\r");
    if (begin == text.npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(" \t\r"), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

SourceDirectives read_directives(std::string_view source, const std::string& name) {
  SourceDirectives directives;
  for (std::size_t number = 1; !source.empty(); ++number) {
    const std::size_t end = std::min(source.find('\n'), source.size());
    const std::string_view line = source.substr(0, end);
    if (line.starts_with(kMark)) read_line(directives, line, name + ":" + std::to_string(number));
    source.remove_prefix(std::min(end + 1, source.size()));
  }
  return directives;
}

}  // namespace capricorn
