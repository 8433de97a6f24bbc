// SPDX-License-Identifier: MIT
#include "invoke.hpp"

#include <stdexcept>
#include <string>

#include "app.hpp"

namespace capricorn::detail {

Response refuse(Request& request, ValidationErrors& errors, DependencyResolution* resolution) {
  if (resolution) return Response();
  // Without anybody who would catch it, it need not be thrown.
  if (request.app().exception_handlers().empty()) {
    request.set_refused();
    return response_for(errors);
  }
  throw RequestValidationError(std::move(errors));
}

Task<Response> ready(Response response) { co_return response; }

Response null_response() { return Response(200, Buffer("null"), "application/json"); }

namespace {

std::string_view sentence(PatternFault fault) {
  switch (fault) {
    case PatternFault::kNoSlash: return "a route pattern starts with a slash";
    case PatternFault::kBraces: return "a brace of the route pattern has no partner";
    case PatternFault::kTwoInSegment:
      return "a segment of a route pattern has one parameter at most";
    case PatternFault::kNoName: return "a parameter of the route pattern has no name";
    case PatternFault::kConvertor:
      return "a convertor of the route pattern is none of str, int, float, uuid, path, and none "
             "that was registered before";
    case PatternFault::kRestNotLast: return "a path convertor ends the route pattern";
    case PatternFault::kNameTwice: return "a name is twice in the route pattern";
    case PatternFault::kTooMany: return "a route pattern has at most 8 parameters";
    case PatternFault::kNameMissing:
      return "a Path parameter of the handler is not in the route pattern";
    default: return "a name in the route pattern has no Path parameter in the handler";
  }
}

}  // namespace

void throw_pattern_fault(PatternFault fault, std::string_view pattern) {
  throw std::invalid_argument("\"" + std::string(pattern) + "\": " + std::string(sentence(fault)));
}

}  // namespace capricorn::detail
