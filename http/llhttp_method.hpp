// SPDX-License-Identifier: MIT
#pragma once

#include <llhttp.h>

#include <utility>

#include "method.hpp"

namespace capricorn {

/// As llhttp counts it; of one that has a name here.
inline llhttp_method_t llhttp_method(Method method) noexcept {
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
