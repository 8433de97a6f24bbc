// SPDX-License-Identifier: MIT
#include "option_value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>

namespace capricorn {
namespace {

/// The first unit goes without saying.
struct Unit {
  std::string_view name;
  double factor;
};

constexpr Unit kTimeUnits[] = {{"s", 1000}, {"ms", 1}, {"m", 60000}, {"h", 3600000}};
constexpr Unit kSizeUnits[] = {{"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};
constexpr double kDay = 86400000;

std::optional<double> measure(std::string_view text, std::span<const Unit> units) noexcept {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || !(number >= 0)) return std::nullopt;
  const std::string_view name(stop, static_cast<std::size_t>(end - stop));
  if (name.empty()) return number * units.front().factor;
  for (const Unit& unit : units) {
    if (unit.name == name) return number * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::optional<long long> parse_integer(std::string_view text) noexcept {
  long long number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<int> parse_permissions(std::string_view text) noexcept {
  if (text.empty()) return -1;
  int mode = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, mode, 8);
  if (error != std::errc{} || stop != end || mode < 0 || mode > 0777) return std::nullopt;
  return mode;
}

std::optional<bool> parse_boolean(std::string_view text) {
  const std::string lower = lower_case(text);
  const auto is = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, std::string_view(lower)) != words.end();
  };
  if (is({"true", "1", "yes", "on"})) return true;
  if (is({"false", "0", "no", "off"})) return false;
  return std::nullopt;
}

std::optional<double> parse_milliseconds(std::string_view text) noexcept {
  const std::optional<double> milliseconds = measure(text, kTimeUnits);
  return milliseconds && *milliseconds <= kDay ? milliseconds : std::nullopt;
}

std::optional<double> parse_bytes(std::string_view text) noexcept {
  const std::optional<double> size = measure(text, kSizeUnits);
  return size && *size == std::floor(*size) ? size : std::nullopt;
}

// ---------------------------------------------------------------- what is expected

std::string expected_integer(long long min, long long max) {
  const std::string from = "a whole number from " + std::to_string(min);
  // Beyond that nobody cares for the bound.
  return max >= 2147483647 ? from + " up" : from + " to " + std::to_string(max);
}

std::string expected_seconds(long long min_milliseconds) {
  return "seconds from " + toml_seconds(std::chrono::milliseconds(min_milliseconds)) +
         " to 86400, or a time as 500ms";
}

std::string expected_bytes(long long min, long long max) {
  return "bytes from " + std::to_string(min) + " to " + std::to_string(max) +
         ", or a size as 64KiB";
}

std::string expected_choice(std::span<const std::string_view> choices) {
  std::string expected = "one of ";
  for (std::string_view name : choices) {
    if (name != choices.front()) expected += ", ";
    expected += name;
  }
  return expected;
}

// ---------------------------------------------------------------- TOML

std::string toml_text(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string toml_permissions(int mode) {
  if (mode < 0) return "\"\"";
  std::string digits = "\"0";
  for (const int shift : {6, 3, 0}) digits += static_cast<char>('0' + ((mode >> shift) & 7));
  return digits + "\"";
}

std::string toml_seconds(std::chrono::milliseconds time) {
  char digits[32];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, static_cast<double>(time.count()) / 1000).ptr;
  return {digits, end};
}

std::string toml_bytes(std::size_t bytes) {
  constexpr std::string_view kNames[] = {"", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (unit < 3 && bytes >= 1024 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  const std::string number = std::to_string(bytes);
  return unit == 0 ? number : '"' + number + std::string(kNames[unit]) + '"';
}

std::string toml_list(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (list.size() > 1) list += ", ";
    list += toml_text(text);
  }
  return list + "]";
}

// ---------------------------------------------------------------- misspelt names

namespace {

/// How many letters must be added, dropped, replaced or swapped with their neighbour.
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> edits(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        edits[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = edits[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      edits[i][j] = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
      }
    }
  }
  return edits[a.size()][b.size()];
}

/// Case and the kind of dash are no difference.
std::string folded(std::string_view name) {
  std::string lower = lower_case(name);
  std::ranges::replace(lower, '_', '-');
  return lower;
}

}  // namespace

std::string_view nearest(std::string_view name, std::span<const std::string> candidates) {
  std::string_view best;
  const std::string wanted = folded(name);
  // A third of a short name would be another name.
  std::size_t limit = std::min<std::size_t>(3, (wanted.size() + 1) / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t edits = edits_between(wanted, folded(candidate));
    if (edits >= limit) continue;
    limit = edits;
    best = candidate;
  }
  return best;
}

}  // namespace capricorn
