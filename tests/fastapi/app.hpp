// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/handlers/app.hpp>

/// The application of app.py, in our words.
capricorn::App make_compared_app();
