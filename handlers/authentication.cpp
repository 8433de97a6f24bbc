// SPDX-License-Identifier: MIT
#include "authentication.hpp"

#include <algorithm>

#include "../loop/errors.hpp"

namespace capricorn {

AuthenticationError::~AuthenticationError() = default;
BaseUser::~BaseUser() = default;
AuthenticationBackend::~AuthenticationBackend() = default;

bool AuthCredentials::has(std::string_view scope) const noexcept {
  return std::ranges::find(scopes, scope) != scopes.end();
}

namespace {

const AuthenticationResult& authentication_of(const Scope& scope, const char* member) {
  if (const auto* found = scope.extensions.get<AuthenticationResult>()) return *found;
  throw RuntimeError(std::string("AuthenticationMiddleware must be installed to access request.") +
                     member);
}

}  // namespace

const AuthCredentials& Request::auth() const {
  return authentication_of(*scope_, "auth").credentials;
}

const BaseUser& Request::user() const { return *authentication_of(*scope_, "user").user; }

void Request::throw_other_user() {
  throw RuntimeError("request.user is of another class than the one that is asked for");
}

}  // namespace capricorn
