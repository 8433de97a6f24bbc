// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "jwt_algorithm.hpp"

struct evp_pkey_st;  // OpenSSL's

namespace capricorn::jwt::detail {

struct FreeKey {
  void operator()(evp_pkey_st* key) const noexcept;
};
using OpenSslKey = std::unique_ptr<evp_pkey_st, FreeKey>;

/// Never changed once it is made, hence any thread's.
struct KeyState {
  KeyKind kind = KeyKind::kSecret;
  bool can_sign = true;
  bool any_length = false;
  std::string secret = {};
  OpenSslKey key = {};
  std::string curve = {};           // of an EC key
  std::string only_algorithm = {};  // as a JWK says

  KeyState() = default;
  KeyState(KeyState&&) = default;
  KeyState& operator=(KeyState&&) = default;
  ~KeyState();
};

/// What OpenSSL knows of it. Throws InvalidKeyError for a kind that no algorithm takes.
KeyState describe_key(OpenSslKey key, bool can_sign);

}  // namespace capricorn::jwt::detail
