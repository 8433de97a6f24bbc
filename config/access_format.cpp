// SPDX-License-Identifier: MIT
#include "access_format.hpp"

#include <algorithm>
#include <utility>

#include "option_value.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kAtoms = "hlutrmUqHsbBfaTDMLp";
constexpr std::string_view kNamed = "ioe";

/// "h", "{user-agent}i"
std::optional<AccessAtom> atom_of(std::string_view text) {
  if (text.size() == 1 && kAtoms.find(text[0]) != kAtoms.npos) return AccessAtom{text[0], {}};
  const bool named = text.size() > 3 && text[0] == '{' && text[text.size() - 2] == '}' &&
                     kNamed.find(text.back()) != kNamed.npos;
  if (!named) return std::nullopt;
  const std::string_view name = text.substr(1, text.size() - 3);
  return AccessAtom{text.back(), text.back() == 'e' ? std::string(name) : lower_case(name)};
}

}  // namespace

std::optional<std::vector<AccessAtom>> parse_access_format(std::string_view format) {
  std::vector<AccessAtom> atoms;
  const auto add_text = [&](std::string_view text) {
    if (atoms.empty() || atoms.back().name != '\0') atoms.emplace_back();
    atoms.back().text += text;
  };
  while (!format.empty()) {
    const std::size_t percent = format.find('%');
    if (percent != 0) {
      add_text(format.substr(0, percent));
      format.remove_prefix(std::min(percent, format.size()));
    } else if (format.starts_with("%%")) {
      add_text("%");
      format.remove_prefix(2);
    } else {
      const std::size_t end = format.find(")s");
      if (!format.starts_with("%(") || end == format.npos) return std::nullopt;
      std::optional<AccessAtom> atom = atom_of(format.substr(2, end - 2));
      if (!atom) return std::nullopt;
      atoms.push_back(std::move(*atom));
      format.remove_prefix(end + 2);
    }
  }
  return atoms;
}

}  // namespace capricorn
