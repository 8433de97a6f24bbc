// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

#include "settings.hpp"

namespace shop {

using namespace capricorn;

/// The whole service, as these settings have it: what the tests call.
App make_app(Settings settings);
/// As the environment has it. Throws SettingsError.
App make_app();

}  // namespace shop
