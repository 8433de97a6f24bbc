// SPDX-License-Identifier: MIT
#include "json_dom.hpp"

#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "json_scanner.hpp"

namespace capricorn {
namespace {

bool fits_64_bits(std::string_view integer) {
  const char* const end = integer.data() + integer.size();
  std::uint64_t positive = 0;
  std::int64_t negative = 0;
  const auto read = integer.starts_with('-') ? std::from_chars(integer.data(), end, negative)
                                             : std::from_chars(integer.data(), end, positive);
  return read.ec == std::errc();
}

/// As JsonScanner::skip, with a look at each integer.
bool check_value(JsonScanner& scanner) {
  std::string_view text;
  bool integer = false;
  switch (scanner.peek()) {
    case '{': return scanner.object([&](std::string_view) { return check_value(scanner); });
    case '[': return scanner.array([&] { return check_value(scanner); });
    case '"':
    case 't':
    case 'f':
    case 'n': return scanner.skip();
    default: break;
  }
  if (!scanner.number(text, integer)) return false;
  return !integer || fits_64_bits(text) || scanner.fail("Integer does not fit into 64 bits");
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return text;
}

}  // namespace

bool integers_fit(std::string_view json) {
  JsonScanner scanner(json);
  return check_value(scanner);
}

nlohmann::json parse_json(std::string_view text) {
  text = without_byte_order_mark(text);
  JsonScanner scanner(text);
  if (check_value(scanner) && scanner.finish()) return nlohmann::json::parse(text);
  const auto byte = static_cast<std::size_t>(scanner.failed_at()) + 1;
  throw nlohmann::json::parse_error::create(101, byte, scanner.message(), nullptr);
}

std::optional<nlohmann::json> try_parse_json(std::string_view text) {
  text = without_byte_order_mark(text);
  JsonScanner scanner(text);
  if (!check_value(scanner) || !scanner.finish()) return std::nullopt;
  auto value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

}  // namespace capricorn
