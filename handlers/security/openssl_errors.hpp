// SPDX-License-Identifier: MIT
#pragma once

namespace capricorn::detail {

/// Takes off OpenSSL's queue of errors what was put there while it lives, so that nobody who asks
/// that queue later, a TLS connection on the same thread say, takes them for its own.
class OpenSslErrors {
 public:
  OpenSslErrors() noexcept;
  OpenSslErrors(const OpenSslErrors&) = delete;
  OpenSslErrors& operator=(const OpenSslErrors&) = delete;
  ~OpenSslErrors();
};

}  // namespace capricorn::detail
