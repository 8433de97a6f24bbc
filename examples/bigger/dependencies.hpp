// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

namespace shop {

using namespace capricorn;

/// 400 for who has not the token.
Task<> get_token_header(Header<std::string, "x_token"> x_token);
Task<> get_query_token(Query<std::string, "token"> token);

}  // namespace shop
