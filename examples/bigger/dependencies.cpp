// SPDX-License-Identifier: MIT
#include "dependencies.hpp"

namespace shop {

Task<> get_token_header(Header<std::string, "x_token"> x_token) {
  if (*x_token != "fake-super-secret-token") throw HTTPException(400, "X-Token header invalid");
  co_return;
}

Task<> get_query_token(Query<std::string, "token"> token) {
  if (*token != "jessica") throw HTTPException(400, "No Jessica token provided");
  co_return;
}

}  // namespace shop
