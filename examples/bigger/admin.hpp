// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

namespace shop {

using namespace capricorn;

APIRouter admin_router();

}  // namespace shop
