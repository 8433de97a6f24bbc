// SPDX-License-Identifier: MIT
#include "content_coding.hpp"

#include <algorithm>

#include "field_value.hpp"

namespace capricorn {
namespace {

constexpr std::array<std::string_view, kContentCodings> kNames = {"identity", "gzip", "br", "zstd",
                                                                  "deflate"};

/// "0.125" as 125; a weight that cannot be read refuses, for it may have meant to.
std::int16_t parse_weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  if (text.size() > 1 && text[1] != '.') return 0;
  int weight = (text[0] - '0') * 1000;
  int worth = 100;
  for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
    if (c < '0' || c > '9') return 0;
    weight += (c - '0') * worth;
    worth /= 10;
  }
  return static_cast<std::int16_t>(weight > 1000 ? 0 : weight);
}

}  // namespace

std::string_view coding_name(ContentCoding coding) noexcept {
  return kNames[static_cast<std::size_t>(coding)];
}

std::optional<ContentCoding> parse_coding(std::string_view name) noexcept {
  if (equals_ignoring_case(name, "x-gzip")) return ContentCoding::kGzip;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (equals_ignoring_case(name, kNames[i])) return static_cast<ContentCoding>(i);
  }
  return std::nullopt;
}

AcceptEncoding::AcceptEncoding(const Headers& request) noexcept {
  said_.fill(kUnsaid);
  for (const Headers::Field field : request) {
    if (field.id != HeaderId::kAcceptEncoding) continue;
    for (std::string_view list = field.value; !list.empty();) read(take_member(list));
  }
}

void AcceptEncoding::read(std::string_view member) noexcept {
  const std::string_view name = take_member(member, ';');
  Quality weight = 1000;
  while (!member.empty()) {
    const std::string_view parameter = take_member(member, ';');
    if (equals_ignoring_case(parameter.substr(0, 2), "q=")) {
      weight = parse_weight(parameter.substr(2));
    }
  }
  if (name == "*") {
    others_ = weight;
  } else if (const auto coding = parse_coding(name)) {
    said_[static_cast<std::size_t>(*coding)] = weight;
  }
}

AcceptEncoding::Quality AcceptEncoding::quality(ContentCoding coding) const noexcept {
  const Quality said = said_[static_cast<std::size_t>(coding)];
  return said == kUnsaid ? others_ : said;
}

ContentCoding AcceptEncoding::best(std::span<const ContentCoding> offered) const noexcept {
  ContentCoding best = ContentCoding::kIdentity;
  Quality best_quality = 0;
  for (const ContentCoding coding : offered) {
    if (quality(coding) <= best_quality) continue;
    best = coding;
    best_quality = quality(coding);
  }
  // Unsaid, identity is taken but not asked for, and "*" asks for a coding as much.
  const Quality identity = said_[static_cast<std::size_t>(ContentCoding::kIdentity)];
  return identity > best_quality ? ContentCoding::kIdentity : best;
}

}  // namespace capricorn
