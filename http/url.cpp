// SPDX-License-Identifier: MIT
#include "url.hpp"

#include <algorithm>

#include "../loop/ascii.hpp"

namespace capricorn {

namespace {

/// Writes at most `in.size()` bytes to `out`; returns how many.
std::size_t decode(std::string_view in, char* out, bool plus_is_space) noexcept {
  char* to = out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    char c = in[i];
    if (c == '%' && in.size() - i > 2) {
      int high = hex_value(in[i + 1]);
      int low = hex_value(in[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high * 16 + low);
        i += 2;
      }
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    *to++ = c;
  }
  return static_cast<std::size_t>(to - out);
}

std::string decode_to_string(std::string_view in, bool plus_is_space) {
  std::string out(in.size(), '\0');
  out.resize(decode(in, out.data(), plus_is_space));
  return out;
}

constexpr bool is_unreserved(char c) noexcept {
  return is_ascii_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

bool percent_decode(std::string_view in, Buffer& out) {
  // Most paths have no escape at all.
  if (in.find('%') == std::string_view::npos) {
    out.append(in);
    return false;
  }
  std::size_t size = decode(in, out.prepare(in.size()), false);
  out.commit(size);
  return size != in.size();
}

std::string percent_decode(std::string_view in) { return decode_to_string(in, false); }

std::string percent_encode(std::string_view in, std::string_view kept) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(in.size());
  for (char c : in) {
    if (is_unreserved(c) || kept.contains(c)) {
      out += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::pair<std::string, std::string> decode_pair(std::string_view pair) {
  const std::string_view name = pair.substr(0, pair.find('='));
  const std::string_view value = pair.substr(std::min(pair.size(), name.size() + 1));
  return {decode_to_string(name, true), decode_to_string(value, true)};
}

std::string encode_pair(std::string_view name, std::string_view value) {
  return percent_encode(name, "") + "=" + percent_encode(value, "");
}

QueryParams::QueryParams(std::string_view query) {
  while (!query.empty()) {
    std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    pairs_.push_back(decode_pair(pair));
  }
}

std::optional<std::string_view> QueryParams::get(std::string_view name) const noexcept {
  for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) {
    if (pair->first == name) return pair->second;
  }
  return std::nullopt;
}

std::vector<std::string_view> QueryParams::get_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& pair : pairs_) {
    if (pair.first == name) values.push_back(pair.second);
  }
  return values;
}

}  // namespace capricorn
