// SPDX-License-Identifier: MIT
#include "ssl_tickets.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <exception>

#include "ssl_context_state.hpp"
#include "ticket_keys.hpp"

namespace capricorn {
namespace {

bool begin_mac(EVP_MAC_CTX* mac, const TicketKeys::Key& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
                                        const_cast<unsigned char*>(key.mac.data()), key.mac.size()),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, params) == 1;
}

/// 1 goes on, 2 opens it and gives a new ticket, 0 has no key for it, below is an error.
int seal_or_open(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                 EVP_MAC_CTX* mac, int seals) {
  // The accepting context's: the connection's may by now be that of the name asked for.
  TicketKeys& keys = *static_cast<const SSLContextState*>(SSL_get_app_data(ssl))->ticket_keys;
  TicketKeys::Key key;
  if (seals) {
    key = keys.current();
    std::ranges::copy(key.name, name);
    const EVP_CIPHER* aes = EVP_aes_256_cbc();
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(aes)) != 1 ||
        EVP_EncryptInit_ex(cipher, aes, nullptr, key.cipher.data(), iv) != 1) {
      return -1;
    }
    return begin_mac(mac, key) ? 1 : -1;
  }
  const TicketKeys::Found found = keys.find(name, key);
  if (found == TicketKeys::Found::kNone) return 0;
  if (!begin_mac(mac, key) ||
      EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv) != 1) {
    return -1;
  }
  // Of TLS 1.3 each is good for one connection (RFC 8446, C.4).
  const bool renew = found == TicketKeys::Found::kOlder || SSL_version(ssl) == TLS1_3_VERSION;
  return renew ? 2 : 1;
}

/// OpenSSL's callback (SSL_CTX_set_tlsext_ticket_key_evp_cb), which knows no exceptions.
int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
               EVP_MAC_CTX* mac, int seals) noexcept {
  try {
    return seal_or_open(ssl, name, iv, cipher, mac, seals);
  } catch (const std::exception&) {  // the handshake fails
    return -1;
  }
}

/// Whether one of the lists of what was revoked is too old to tell: then it lets nobody in.
bool list_expired(SSL* ssl) {
  const auto& state = *static_cast<const SSLContextState*>(SSL_get_app_data(ssl));
  X509_STORE* store = SSL_CTX_get_cert_store(state.handle());
  bool expired = false;
  X509_STORE_lock(store);
  const STACK_OF(X509_OBJECT)* all = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(all); ++i) {
    const X509_CRL* list = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(all, i));
    const ASN1_TIME* end = list ? X509_CRL_get0_nextUpdate(list) : nullptr;
    expired = expired || (end && X509_cmp_current_time(end) <= 0);
  }
  X509_STORE_unlock(store);
  return expired;
}

/// Whether the client's certificate, if it showed one, may be as good now as it was then. The
/// ticket has it, but not its chain.
bool still_valid(SSL* ssl, SSL_SESSION* session) {
  const X509* certificate = SSL_SESSION_get0_peer(session);
  if (!certificate) return true;
  return X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0 && !list_expired(ssl);
}

/// OpenSSL's callback: what becomes of a ticket that was opened, or could not be. It verifies a
/// certificate only in a whole handshake, and each resumption brings a new ticket: without this an
/// expired one would be good for ever.
SSL_TICKET_RETURN judge_ticket(SSL* ssl, SSL_SESSION* session, const unsigned char*, std::size_t,
                               SSL_TICKET_STATUS status, void*) {
  const bool opened = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
  if (!opened || !still_valid(ssl, session)) return SSL_TICKET_RETURN_IGNORE_RENEW;
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

}  // namespace

void refuse_expired_tickets(ssl_ctx_st* context) {
  SSL_CTX_set_session_ticket_cb(context, nullptr, &judge_ticket, nullptr);
}

void seal_tickets_with_keys(ssl_ctx_st* context) {
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &ticket_key);
}

}  // namespace capricorn
