// SPDX-License-Identifier: MIT
#pragma once

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

  consteval Requires(std::initializer_list<std::string_view> scopes, RequiresOptions options = {})
      : texts{options.redirect}, status_code(options.status_code) {
    for (const std::string_view scope : scopes) texts.append(scope);
  }

  void operator()(Request& request) const;
};

}  // namespace capricorn
