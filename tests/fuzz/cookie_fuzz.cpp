// SPDX-License-Identifier: MIT
// Cookie fields, and values on their way out and back.
#include <capricorn/http/cookie.hpp>
#include <stdexcept>
#include <string>

#include "fuzz.hpp"

using namespace capricorn;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Cookies cookies;
  cookies.parse(text);
  for (const auto& [name, value] : cookies) {
    fuzz::require(cookies.get(name).has_value(), "a cookie that is listed is found");
  }
  try {
    const std::string field = format_set_cookie("name", text, {.path = "", .samesite = ""});
    fuzz::require(field.find_first_of(";\r\n") == std::string::npos, "a value is one value");
    Cookies back;
    back.parse(field);
    fuzz::require(back.size() == 1 && back.get("name") == text, "what is set comes back");
  } catch (const std::invalid_argument&) {  // what no cookie may be
  }
  return 0;
}
