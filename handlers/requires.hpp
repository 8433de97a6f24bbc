// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "request.hpp"
#include "security/scheme.hpp"

namespace capricorn {

struct RequiresOptions {
  int status_code = 403;  // what is answered to others
  /// The name of a route to which they are sent instead (303), with the request's own address as
  /// the query's `next`.
  std::string_view redirect = {};
};

/// A list of its own: two texts in a list of texts would be the two ends of one.
struct RequiredScopes {
  detail::SchemeTexts texts;

  consteval RequiredScopes(std::initializer_list<std::string_view> scopes) : texts(scopes) {}
};

/// Lets those in who have all of these scopes, as an AuthenticationMiddleware has found out:
/// Starlette's `requires`, which is a keyword here, as a dependency of routes.
///
///     inline constexpr Requires members{{"authenticated"}, {.redirect = "login"}};
///     app.get("/account", account, {.dependencies = dependencies<members>()});
///
/// A websocket of others is refused with 403. Without the middleware it throws RuntimeError.
struct Requires {
  static constexpr bool kOnLoop = true;
  detail::SchemeTexts texts;  // the redirect's name, then the scopes
  int status_code;

  consteval Requires(const RequiredScopes& scopes, RequiresOptions options = {})
      : texts{options.redirect}, status_code(options.status_code) {
    for (std::size_t i = 0; !scopes.texts[i].empty(); ++i) texts.append(scopes.texts[i]);
  }

  void operator()(Request& request) const;
};

}  // namespace capricorn
