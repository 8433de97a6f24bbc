// SPDX-License-Identifier: MIT
#include "log_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "../http/json_string.hpp"
#include "../loop/ascii.hpp"

namespace capricorn {
namespace {

struct LevelStyle {
  std::string_view name;
  std::string_view shown;
  std::string_view color;
};
// In the order of LogLevel.
constexpr std::array<LevelStyle, 6> kLevels{{
    {"trace", "TRACE", "\x1b[34m"},
    {"debug", "DEBUG", "\x1b[36m"},
    {"info", "INFO", "\x1b[32m"},
    {"warning", "WARNING", "\x1b[33m"},
    {"error", "ERROR", "\x1b[31m"},
    {"critical", "CRITICAL", "\x1b[91m"},
}};
constexpr std::string_view kReset = "\x1b[0m";

void append_hex(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out += "\\x";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

}  // namespace

std::string_view level_name(LogLevel level) noexcept {
  return kLevels[static_cast<std::size_t>(level)].name;
}

std::optional<LogLevel> level_named(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (equals_ignoring_case(name, kLevels[i].name)) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

void append_level(std::string& out, LogLevel level, bool colors) {
  const LevelStyle& style = kLevels[static_cast<std::size_t>(level)];
  if (colors) out += style.color;
  out += style.shown;
  if (colors) out += kReset;
  out += ':';
  out.append(9 - style.shown.size(), ' ');
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const bool stays = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    stays ? out.push_back(c) : append_hex(out, c);
  }
}

void append_number(std::string& out, std::uint64_t number) {
  char digits[24];
  const auto result = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, result.ptr);
}

void append_rfc3339_now(std::string& out) {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto all = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  const std::time_t seconds = static_cast<std::time_t>(all / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[48];
  const int size = std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                                 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                                 utc.tm_min, utc.tm_sec, static_cast<int>(all % 1000));
  out.append(text, static_cast<std::size_t>(size));
}

namespace {

/// Of a character of one to three bytes.
void append_json_escape(Buffer& out, std::string_view character) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto lead = static_cast<unsigned char>(character[0]);
  unsigned code = character.size() == 1 ? lead : lead & (0xffU >> (character.size() + 1));
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 63U);
  out.append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[code >> shift & 15]);
}

}  // namespace

void append_json_text(Buffer& out, std::string_view text) {
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (std::ranges::all_of(text, is_plain)) return write_json_string(out, text);
  Buffer json;
  write_json_string(json, text);
  for (std::string_view rest = json.view(); !rest.empty();) {
    const std::size_t control = control_size(rest);
    if (control > 0)
      append_json_escape(out, rest.substr(0, control));
    else
      out.push_back(rest.front());
    rest.remove_prefix(std::max(control, std::size_t{1}));
  }
}

void begin_json_line(Buffer& out, LogLevel level, std::string_view message) {
  std::string time;
  append_rfc3339_now(time);
  out.append("{\"time\":\"");
  out.append(time);
  out.append("\",\"level\":\"");
  out.append(level_name(level));
  out.append("\",\"message\":");
  append_json_text(out, message);
}

}  // namespace capricorn
