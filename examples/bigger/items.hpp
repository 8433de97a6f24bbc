// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

namespace shop {

using namespace capricorn;

APIRouter items_router();

}  // namespace shop
