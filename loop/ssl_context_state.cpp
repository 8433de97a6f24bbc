// SPDX-License-Identifier: MIT
#include "ssl_context_state.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "ascii.hpp"
#include "ssl_tickets.hpp"
#include "ticket_keys.hpp"
#include "tls_engine.hpp"

namespace capricorn {
namespace {

// Python's for a client: what older servers have.
constexpr char kClientCiphers[] =
    "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM";
constexpr char kServerCiphers[] =
    "@SECLEVEL=2:ECDHE+AES128+AESGCM:ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL";
// Of TLS 1.3. What P-256 and X25519 protect gains nothing by a longer key, and SHA-256 is a
// processor's own instruction where SHA-384 is none.
constexpr char kServerSuites[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
// The first where OpenSSL has it, from 3.5 on: against who records now and computes later.
constexpr char kGroups[] = "X25519MLKEM768:X25519:P-256:P-384:P-521";
constexpr char kOlderGroups[] = "X25519:P-256:P-384:P-521";

}  // namespace

SSLFailure take_ssl_failure(Which which) {
  const unsigned long error = which == Which::kFirst ? ERR_peek_error() : ERR_peek_last_error();
  ERR_clear_error();
  if (error == 0) return {std::make_error_code(std::errc::io_error), "TLS failed without a reason"};
  SSLFailure failure;
  failure.code = {static_cast<int>(error), ssl_category()};
  failure.text = failure.code.message();
  return failure;
}

SSLContextState::SSLContextState(SSLProtocol side)
    : protocol(side),
      context_(
          SSL_CTX_new(side == PROTOCOL_TLS_SERVER ? TLS_server_method() : TLS_client_method())),
      bio_method_(context_ ? TlsEngine::new_bio_method() : nullptr) {
  if (!bio_method_ || SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context_, is_server() ? kServerCiphers : kClientCiphers) != 1 ||
      (is_server() && SSL_CTX_set_ciphersuites(context_, kServerSuites) != 1)) {
    SSL_CTX_free(context_);
    take_ssl_failure(Which::kFirst).raise();
  }
  SSL_CTX_set_options(context_, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // An idle connection holds no buffer of 16 KiB.
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_read_ahead(context_, 1);
  if (SSL_CTX_set1_groups_list(context_, kGroups) != 1) {
    SSL_CTX_set1_groups_list(context_, kOlderGroups);
    ERR_clear_error();
  }
  if (!is_server()) {
    verify_mode = CERT_REQUIRED;
    check_hostname = true;
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    X509_VERIFY_PARAM_set_hostflags(SSL_CTX_get0_param(context_),
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return;
  }
  // Tickets hold what a server would have to remember, and as long as their keys do.
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context_, TicketKeys::kPeriod * (TicketKeys::kAccepted - 1));
  refuse_expired_tickets(context_);
  mix_into_session_id_context("capricorn");
  SSL_CTX_set_tlsext_servername_callback(context_, &select_server_name);
  SSL_CTX_set_tlsext_servername_arg(context_, this);
  SSL_CTX_set_alpn_select_cb(context_, &select_alpn_protocol, this);
}

SSLContextState::~SSLContextState() {
  SSL_CTX_free(context_);
  BIO_meth_free(bio_method_);
}

void SSLContextState::mix_into_session_id_context(std::string_view what) {
  std::string mixed(reinterpret_cast<char*>(session_id_context_.data()),
                    session_id_context_.size());
  mixed += what;
  unsigned int size = 0;
  static_assert(sizeof session_id_context_ == SSL_MAX_SID_CTX_LENGTH);
  if (EVP_Digest(mixed.data(), mixed.size(), session_id_context_.data(), &size, EVP_sha256(),
                 nullptr) != 1 ||
      SSL_CTX_set_session_id_context(context_, session_id_context_.data(), size) != 1) {
    take_ssl_failure(Which::kFirst).raise();
  }
}

SSLContextState* SSLContextState::named(std::string_view name) const {
  if (names.empty() || name.empty()) return nullptr;
  const std::string lower = ascii_lowered(name);
  auto found = names.find(lower);
  const std::size_t dot = lower.find('.');
  if (found == names.end() && dot != std::string::npos) found = names.find("*" + lower.substr(dot));
  return found == names.end() ? nullptr : found->second.get();
}

/// OpenSSL's callback: the server's preference (RFC 7301, 3.2).
int select_alpn_protocol(SSL*, const unsigned char** selected, unsigned char* size,
                         const unsigned char* offered, unsigned int offered_size, void* data) {
  const auto& state = *static_cast<const SSLContextState*>(data);
  if (state.alpn.empty()) return SSL_TLSEXT_ERR_NOACK;
  const std::string_view theirs(reinterpret_cast<const char*>(offered), offered_size);
  const std::string_view ours = state.alpn;
  for (std::size_t i = 0; i < ours.size(); i += 1 + static_cast<unsigned char>(ours[i])) {
    const std::string_view wanted = ours.substr(i, 1 + static_cast<unsigned char>(ours[i]));
    for (std::size_t j = 0; j < theirs.size(); j += 1 + offered[j]) {
      if (theirs.substr(j, 1 + offered[j]) != wanted) continue;
      *selected = offered + j + 1;
      *size = offered[j];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return state.refuses_alpn_mismatch ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
}

/// OpenSSL's callback, which knows no exceptions. A name that cannot be taken fails the handshake.
int select_server_name(SSL* ssl, int* alert, void* data) {
  const auto& state = *static_cast<const SSLContextState*>(data);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (!name) return SSL_TLSEXT_ERR_NOACK;
  try {
    const SSLContextState* named = state.named(name);
    // Clients are verified as in the context that accepts them, whatever name they ask for.
    if (!named || (SSL_set_SSL_CTX(ssl, named->handle()) &&
                   SSL_set1_verify_cert_store(ssl, SSL_CTX_get_cert_store(state.handle())) == 1)) {
      return SSL_TLSEXT_ERR_OK;
    }
  } catch (const std::bad_alloc&) {  // told below
  }
  *alert = SSL_AD_INTERNAL_ERROR;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace capricorn
