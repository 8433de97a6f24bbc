// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

/// One for each subject, in a file of its own.
namespace shop {

using namespace capricorn;

APIRouter users_router();
APIRouter items_router();
APIRouter pictures_router();
APIRouter rooms_router();

}  // namespace shop
