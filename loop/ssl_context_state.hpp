// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "ssl_context.hpp"
#include "ssl_ocsp.hpp"

// OpenSSL's SSL_CTX, SSL and BIO_METHOD: its headers stay in our sources.
struct bio_method_st;
struct ssl_ctx_st;
struct ssl_st;

namespace capricorn {

/// What an SSLContext is a handle on. Its connections keep it.
class SSLContextState {
 public:
  explicit SSLContextState(SSLProtocol protocol);
  SSLContextState(const SSLContextState&) = delete;
  SSLContextState& operator=(const SSLContextState&) = delete;
  ~SSLContextState();

  ssl_ctx_st* handle() const noexcept { return context_; }
  bio_method_st* bio_method() const noexcept { return bio_method_; }
  bool is_server() const noexcept { return protocol == PROTOCOL_TLS_SERVER; }
  /// The context for a name that a client asked for; null where it is this one.
  SSLContextState* named(std::string_view name) const;
  /// Sessions of clients that were verified otherwise are not resumed.
  void mix_into_session_id_context(std::string_view what);

  SSLProtocol protocol;
  VerifyMode verify_mode = CERT_NONE;
  bool check_hostname = false;
  std::string alpn;  // as on the wire: each behind its size
  bool refuses_alpn_mismatch = false;
  std::map<std::string, std::shared_ptr<SSLContextState>, std::less<>> names;
  std::shared_ptr<TicketKeys> ticket_keys;
  StapledResponse stapled;

 private:
  ssl_ctx_st* context_;
  bio_method_st* bio_method_;
  std::array<unsigned char, 32> session_id_context_{};
};

/// What OpenSSL's queue of errors tells, the newest or the first; the queue is empty afterwards.
enum class Which : unsigned char { kFirst, kLast };
SSLFailure take_ssl_failure(Which which);

// For OpenSSL, of a server's context.
int select_alpn_protocol(ssl_st* ssl, const unsigned char** selected, unsigned char* size,
                         const unsigned char* offered, unsigned int offered_size, void* state);
int select_server_name(ssl_st* ssl, int* alert, void* state);

}  // namespace capricorn
