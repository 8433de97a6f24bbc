// SPDX-License-Identifier: MIT
#include "llhttp_method.hpp"

#include <llhttp.h>

#include <utility>

namespace capricorn {

std::uint8_t llhttp_method(Method method) noexcept {
  switch (method) {
    case Method::kGet: return HTTP_GET;
    case Method::kHead: return HTTP_HEAD;
    case Method::kPost: return HTTP_POST;
    case Method::kPut: return HTTP_PUT;
    case Method::kPatch: return HTTP_PATCH;
    case Method::kDelete: return HTTP_DELETE;
    case Method::kOptions: return HTTP_OPTIONS;
    case Method::kConnect: return HTTP_CONNECT;
    case Method::kTrace: return HTTP_TRACE;
    case Method::kOther: break;
  }
  std::unreachable();
}

}  // namespace capricorn
