// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "../loop/ascii.hpp"
#include "headers.hpp"

namespace capricorn {

/// What the values of header fields are made of (RFC 9110, 5.6).

inline bool is_token(std::string_view text) noexcept {
  return !text.empty() && token_size(text) == text.size();
}

/// Without the spaces and tabs around it.
constexpr std::string_view trim_ows(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// Takes what stands before the next comma off the list, without the spaces around it. For lists
/// whose members hold no quoted comma; empty members are the caller's to skip.
constexpr std::string_view take_member(std::string_view& list, char separator = ',') noexcept {
  const std::string_view member = list.substr(0, list.find(separator));
  list.remove_prefix(std::min(member.size() + 1, list.size()));
  return trim_ows(member);
}

/// Whether a list such as Connection's has the token, in whatever case.
constexpr bool list_has(std::string_view list, std::string_view token) noexcept {
  while (!list.empty()) {
    if (equals_ignoring_case(take_member(list), token)) return true;
  }
  return false;
}

/// The value of a field that may stand only once; nothing where it is missing or stands twice.
inline std::optional<std::string_view> single_value(const Headers& headers,
                                                    std::string_view lower_case_name) noexcept {
  std::optional<std::string_view> found;
  for (const Headers::Field field : headers) {
    if (field.name != lower_case_name) continue;
    if (found) return std::nullopt;
    found = field.value;
  }
  return found;
}

/// Whether one of the lines of that name lists the token, in whatever case.
inline bool lists_token(const Headers& headers, std::string_view lower_case_name,
                        std::string_view token) noexcept {
  for (const Headers::Field field : headers) {
    if (field.name != lower_case_name) continue;
    if (list_has(field.value, token)) return true;
  }
  return false;
}

/// Says that the answer would be another one for another value of that request field. A field that
/// is named already, or "*", is left as it is.
inline void add_vary(Headers& headers, std::string_view field) {
  if (lists_token(headers, "vary", field) || lists_token(headers, "vary", "*")) return;
  std::string all;
  for (const Headers::Field line : headers) {
    if (line.name == "vary" && !line.value.empty()) all.append(line.value).append(", ");
  }
  headers.set("vary", all.append(field));
}

}  // namespace capricorn
