// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../loop/task.hpp"
#include "request.hpp"

namespace capricorn {

/// Thrown by a backend for credentials that are wrong, where an AuthenticationMiddleware answers
/// with 400.
class AuthenticationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~AuthenticationError() override;
};

/// What whoever asks may do: `request.auth().scopes`.
struct AuthCredentials {
  std::vector<std::string> scopes = {};

  bool has(std::string_view scope) const noexcept;
};

/// Who asks: `request.user()`. An application derives its own from it, which handlers then get by
/// `request.user<Member>()`. Immutable, as any thread of the request's may read it.
class BaseUser {
 public:
  virtual ~BaseUser();
  virtual bool is_authenticated() const = 0;
  virtual std::string_view display_name() const = 0;
  /// What tells users apart; the name, unless a class says another.
  virtual std::string_view identity() const { return display_name(); }
};

class SimpleUser : public BaseUser {
 public:
  explicit SimpleUser(std::string username) : username_(std::move(username)) {}
  bool is_authenticated() const override { return true; }
  std::string_view display_name() const override { return username_; }

 private:
  std::string username_;
};

/// Of a request that a backend knows nothing of.
class UnauthenticatedUser : public BaseUser {
 public:
  bool is_authenticated() const override { return false; }
  std::string_view display_name() const override { return {}; }
};

/// What a backend has found out: one of the scope's extensions, which own it.
struct AuthenticationResult {
  template <std::derived_from<BaseUser> U>
  AuthenticationResult(AuthCredentials given, U asking)
      : credentials(std::move(given)), user(new U(std::move(asking))) {}

  AuthCredentials credentials;
  std::unique_ptr<const BaseUser> user;
};

/// Finds out who asks, of requests and of websockets' handshakes; an AuthenticationMiddleware keeps
/// one. https://www.starlette.io/authentication/
class AuthenticationBackend {
 public:
  virtual ~AuthenticationBackend();
  /// Nothing where the request brings no credentials; throws AuthenticationError where they are
  /// wrong. On the loop. It reads no body, which would be gone for the handler.
  virtual Task<std::optional<AuthenticationResult>> authenticate(Request& request) = 0;
};

}  // namespace capricorn
