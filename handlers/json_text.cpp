// SPDX-License-Identifier: MIT
#include "json_text.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "json_scanner.hpp"
#include "json_write.hpp"

namespace capricorn {

JsonMember find_json_member(std::string_view object, std::string_view key) {
  JsonMember result;
  JsonScanner scanner(object);
  bool going = false;
  if (scanner.peek() == '{') {
    going = scanner.object([&](std::string_view name) {
      const bool same = name == key;
      scanner.peek();
      const char* const start = scanner.position();
      if (!scanner.skip()) return false;
      if (same) {
        result.state = JsonMember::State::kFound;
        result.text = {start, static_cast<std::size_t>(scanner.position() - start)};
      }
      return true;
    });
  } else {
    result.state = JsonMember::State::kNoObject;
    going = scanner.skip();
  }
  if (going && scanner.finish()) return result;
  return {JsonMember::State::kMalformed, {}, scanner.message(), scanner.failed_at()};
}

std::string compact_json(std::string_view json) {
  const auto value = nlohmann::ordered_json::parse(json, nullptr, false);
  Buffer out;
  // An infinite number, of too many digits, cannot be written.
  try {
    if (!value.is_discarded()) write_json(out, value);
  } catch (const std::range_error&) {
    out.clear();
  }
  return std::string(out.empty() ? json : out.view());
}

}  // namespace capricorn
