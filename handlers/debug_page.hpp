// SPDX-License-Identifier: MIT
#pragma once

#include <exception>

#include "../http/scope.hpp"
#include "response.hpp"

namespace capricorn {

/// The 500 of an application in debug mode: what was thrown, what that was thrown for, and the
/// request; HTML for a browser, else text. It shows internals.
Response debug_page(const Scope& scope, const std::exception_ptr& failure);

}  // namespace capricorn
