// SPDX-License-Identifier: MIT
#include "idna.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "../loop/ascii.hpp"

namespace capricorn::detail {
namespace {

struct Free {
  void operator()(char* text) const noexcept { idn2_free(text); }
};
using Text = std::unique_ptr<char, Free>;

std::optional<std::string> map(const std::string& name) {
  char* out = nullptr;
  if (idn2_to_ascii_8z(name.c_str(), &out, IDN2_NONTRANSITIONAL) != IDN2_OK) return std::nullopt;
  return std::string(Text(out).get());
}

}  // namespace

std::optional<std::string> idna_to_ascii(std::string_view name) {
  const auto in_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  const bool ascii = std::ranges::all_of(name, in_ascii);
  std::string lower = ascii_lowered(name);
  if (ascii && !lower.contains("xn--")) return lower;
  if (lower.contains('\0')) return std::nullopt;
  std::optional<std::string> mapped = map(lower);
  // Punycode may be of what mapping changes: "xn--x-2o0i" of "＠x", the next reader's "@x".
  if (!mapped || map(idna_to_unicode(*mapped)) != mapped) return std::nullopt;
  return mapped;
}

std::string idna_to_unicode(const std::string& name) {
  if (!name.contains("xn--")) return name;
  char* out = nullptr;
  if (idn2_to_unicode_8z8z(name.c_str(), &out, 0) != IDN2_OK) return name;
  return Text(out).get();
}

}  // namespace capricorn::detail
