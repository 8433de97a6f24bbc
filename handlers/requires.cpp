// SPDX-License-Identifier: MIT
#include "requires.hpp"

#include <string>

#include "../http/url.hpp"
#include "authentication.hpp"
#include "errors.hpp"
#include "middleware/scope_url.hpp"
#include "websocket.hpp"

namespace capricorn {
namespace {

[[noreturn]] void redirect(const Request& request, std::string_view name) {
  const Scope& scope = request.scope();
  const std::string here = url_at(scope, scope.scheme, netloc_of(scope));
  throw HTTPException(303, "",
                      {{"location", request.url_for(name) + "?" + encode_pair("next", here)}});
}

}  // namespace

void Requires::operator()(Request& request) const {
  const AuthCredentials& credentials = request.auth();
  std::size_t i = 1;
  while (!texts[i].empty() && credentials.has(texts[i])) ++i;
  if (texts[i].empty()) return;
  if (request.scope().type == Scope::Type::kWebSocket) throw WebSocketException(1000);
  if (!texts[0].empty()) redirect(request, texts[0]);
  throw HTTPException(status_code);
}

}  // namespace capricorn
