// SPDX-License-Identifier: MIT
#include "text_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace capricorn {

std::optional<std::string> read_text_file(const std::string& path,
                                          std::vector<std::string>& mistakes) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             &std::fclose);
  std::string text;
  if (file) {
    char piece[4096];
    while (const std::size_t n = std::fread(piece, 1, sizeof piece, file.get())) {
      text.append(piece, n);
    }
  }
  if (file && std::ferror(file.get()) == 0) return text;
  mistakes.push_back("Cannot read " + path + ": " + std::strerror(errno) + ".");
  return std::nullopt;
}

}  // namespace capricorn
