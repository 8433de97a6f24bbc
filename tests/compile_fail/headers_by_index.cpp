// expect: no viable overloaded operator[] for type 'const Headers' | invalid conversion from
// SPDX-License-Identifier: MIT
#include <capricorn/capricorn.hpp>

using namespace capricorn;

std::string_view token_of(Request& request) {
#ifdef CORRECT
  return request.headers().get("x-token").value_or("");
#else
  return request.headers()["x-token"];
#endif
}
