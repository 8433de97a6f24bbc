// SPDX-License-Identifier: MIT
#pragma once

#include <exception>

#include "../http/scope.hpp"
#include "response.hpp"

namespace capricorn {

/// The 500 of an application in debug mode: what was thrown and where, what that was thrown for,
/// and the request, without what its names call secret; HTML for a browser, else text. It shows
/// internals.
Response debug_page(const Scope& scope, const std::exception_ptr& failure);

}  // namespace capricorn
