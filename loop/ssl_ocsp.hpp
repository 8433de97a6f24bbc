// SPDX-License-Identifier: MIT
#pragma once

#include <ctime>
#include <string>

// OpenSSL's SSL_CTX: its headers stay in our sources.
struct ssl_ctx_st;

namespace capricorn {

/// What a certificate's authority says of it, for clients that ask in the handshake (RFC 6066, 8).
struct StapledResponse {
  std::string der;
  std::time_t expires = 0;  // 0: it does not say
};

/// `der` as what is said of the context's certificate. Throws SSLError where it is no response,
/// std::invalid_argument where it is of no use for this certificate.
StapledResponse read_ocsp_response(std::string der, ssl_ctx_st* context);
/// Clients that ask get it until it expires. `response` outlives the context.
void staple(ssl_ctx_st* context, StapledResponse& response);

}  // namespace capricorn
