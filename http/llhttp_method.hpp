// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "method.hpp"

namespace capricorn {

/// As llhttp counts it; of one that has a name here.
std::uint8_t llhttp_method(Method method) noexcept;

}  // namespace capricorn
