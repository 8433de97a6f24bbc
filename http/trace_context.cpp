// SPDX-License-Identifier: MIT
#include "trace_context.hpp"

#include <unistd.h>
#if defined(__APPLE__)
#include <sys/random.h>
#endif

#include <algorithm>
#include <array>
#include <cstddef>

#include "field_value.hpp"
#include "headers.hpp"

namespace capricorn {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kSize = 55;  // version, trace-id, parent-id, flags and three hyphens
constexpr std::size_t kMembers = 32;
constexpr std::size_t kStateBytes = 512;

bool is_hex(std::string_view text) noexcept {
  return text.find_first_not_of(kDigits) == std::string_view::npos;
}
bool is_id(std::string_view text) noexcept {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

int value_of(std::string_view two) noexcept {
  return static_cast<int>(kDigits.find(two[0]) << 4 | kDigits.find(two[1]));
}

/// Random and not all zeros.
template <std::size_t N>
void fill_randomly(std::array<char, N>& digits) noexcept {
  std::array<unsigned char, N / 2> bytes;
  do {
    if (::getentropy(bytes.data(), bytes.size()) != 0) bytes.fill(1);
  } while (std::ranges::all_of(bytes, [](unsigned char byte) { return byte == 0; }));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    digits[2 * i] = kDigits[bytes[i] >> 4];
    digits[2 * i + 1] = kDigits[bytes[i] & 15];
  }
}

bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }

/// A key's part before or behind its '@': of at most `longest` characters.
bool is_key_part(std::string_view text, std::size_t longest, bool digit_first) noexcept {
  if (text.empty() || text.size() > longest) return false;
  if (!is_lower(text[0]) && !(digit_first && is_ascii_digit(text[0]))) return false;
  return std::ranges::all_of(text, [](char c) {
    return is_lower(c) || is_ascii_digit(c) || c == '_' || c == '-' || c == '*' || c == '/';
  });
}

bool is_key(std::string_view key) noexcept {
  const std::size_t at = key.find('@');
  if (at == key.npos) return is_key_part(key, 256, false);
  return is_key_part(key.substr(0, at), 241, true) && is_key_part(key.substr(at + 1), 14, false);
}

bool is_value(std::string_view value) noexcept {
  return !value.empty() && value.size() <= 256 && value.back() != ' ' &&
         std::ranges::all_of(value,
                             [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

}  // namespace

std::optional<TraceContext> TraceContext::parse(std::string_view text) noexcept {
  if (text.size() < kSize) return std::nullopt;
  const std::string_view version = text.substr(0, 2);
  const std::string_view trace = text.substr(3, 32);
  const std::string_view parent = text.substr(36, 16);
  const std::string_view flags = text.substr(53, 2);
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  if (!is_hex(version) || version == "ff" || !is_hex(flags)) return std::nullopt;
  if (!is_id(trace) || !is_id(parent)) return std::nullopt;
  const bool more = text.size() > kSize;
  if (more && (version == "00" || text[kSize] != '-')) return std::nullopt;
  TraceContext context;
  std::ranges::copy(trace, context.trace_id_.begin());
  std::ranges::copy(parent, context.parent_id_.begin());
  // Of a later version only the meaning of this bit is known.
  context.flags_ = static_cast<std::uint8_t>(value_of(flags) & 1);
  return context;
}

std::optional<TraceContext> TraceContext::of(const Headers& headers) noexcept {
  const auto traceparent = single_value(headers, "traceparent");
  return traceparent ? parse(*traceparent) : std::nullopt;
}

TraceContext TraceContext::generate() noexcept {
  TraceContext context;
  fill_randomly(context.trace_id_);
  fill_randomly(context.parent_id_);
  return context;
}

TraceContext TraceContext::child() const noexcept {
  TraceContext next = *this;
  fill_randomly(next.parent_id_);
  return next;
}

std::string TraceContext::traceparent() const {
  std::string text = "00-";
  text.append(trace_id()).append("-").append(parent_id()).append(sampled() ? "-01" : "-00");
  return text;
}

bool is_tracestate(std::string_view text) noexcept {
  if (text.size() > kStateBytes) return false;
  std::array<std::string_view, kMembers> keys;
  std::size_t count = 0;
  while (!text.empty()) {
    const std::string_view member = take_member(text);
    if (member.empty()) continue;  // allowed between commas
    const std::size_t equals = member.find('=');
    if (equals == member.npos || count == kMembers) return false;
    const std::string_view key = member.substr(0, equals);
    const auto known = keys.begin() + static_cast<std::ptrdiff_t>(count);
    if (!is_key(key) || !is_value(member.substr(equals + 1))) return false;
    if (std::find(keys.begin(), known, key) != known) return false;
    keys[count++] = key;
  }
  return true;
}

std::string tracestate_of(const Headers& headers) {
  std::string joined;
  for (const Headers::Field field : headers) {
    if (field.name != "tracestate") continue;
    if (!joined.empty()) joined += ',';
    joined += field.value;
  }
  return is_tracestate(joined) ? joined : std::string();
}

}  // namespace capricorn
