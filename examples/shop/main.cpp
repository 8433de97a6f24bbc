// SPDX-License-Identifier: MIT
// `SHOP_SECRET=$(openssl rand -hex 32) capricorn shop.so` finds the application here.
#include <capricorn/capricorn.hpp>

#include "app.hpp"

CAPRICORN_APP(shop::make_app)
