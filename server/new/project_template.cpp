// SPDX-License-Identifier: MIT
#include "project_template.hpp"

namespace capricorn {
namespace {

void replace_all(std::string& text, std::string_view mark, std::string_view value) {
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size()) {
    text.replace(at, mark.size(), value);
  }
}

}  // namespace

std::string fill_template(std::string_view text, std::string_view name, std::string_view version) {
  std::string filled(text);
  replace_all(filled, "@NAME@", name);
  replace_all(filled, "@VERSION@", version);
  return filled;
}

}  // namespace capricorn
