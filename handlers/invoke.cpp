// SPDX-License-Identifier: MIT
#include "invoke.hpp"

#include <stdexcept>
#include <string>

namespace capricorn::detail {

Response null_response() { return Response(200, Buffer("null"), "application/json"); }

void throw_pattern_fault(PatternFault fault, std::string_view pattern) {
  std::string text = "\"" + std::string(pattern) + "\": ";
  switch (fault) {
    case PatternFault::kNoSlash: text += "a route pattern starts with a slash"; break;
    case PatternFault::kBraces: text += "a brace of the route pattern has no partner"; break;
    case PatternFault::kNameMissing:
      text += "a Path parameter of the handler is not in the route pattern";
      break;
    default: text += "a name in the route pattern has no Path parameter in the handler"; break;
  }
  throw std::invalid_argument(text);
}

}  // namespace capricorn::detail
