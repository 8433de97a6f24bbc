// SPDX-License-Identifier: MIT
#include "source_name.hpp"

#include <string_view>

namespace capricorn {
namespace {

/// Where the parameter list that ends the declarator begins, not one inside a name.
std::size_t end_of_name(std::string_view text) noexcept {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<') ++depth;
    if (text[i] == '>') --depth;
    if (text[i] == '(' && depth == 0) return i;
  }
  return text.size();
}

std::size_t begin_of_name(std::string_view text) noexcept {
  int depth = 0;
  for (std::size_t i = text.size(); i > 0; --i) {
    const char c = text[i - 1];
    if (c == '>') ++depth;
    if (c == '<') --depth;
    if ((c == ' ' || c == '*' || c == '&') && depth == 0) return i;
  }
  return 0;
}

void remove_all(std::string& text, std::string_view what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what)) {
    text.erase(at, what.size());
  }
}

}  // namespace

std::string function_name(const std::source_location& place) {
  std::string whole = place.function_name();
  remove_all(whole, "(anonymous namespace)::");  // clang's words
  remove_all(whole, "{anonymous}::");            // g++'s
  std::string_view text = whole;
  const bool lambda = text.contains("operator()(") || text.contains("<lambda");
  text = text.substr(0, end_of_name(text));
  text = text.substr(begin_of_name(text));
  if (!lambda) return std::string(text);
  return text.empty() ? "<lambda>" : std::string(text) + "()::<lambda>";
}

std::string file_and_line(const std::source_location& place) {
  std::string_view file = place.file_name();
  file = file.substr(file.rfind('/') + 1);
  return std::string(file) + ":" + std::to_string(place.line());
}

}  // namespace capricorn
