// SPDX-License-Identifier: MIT
#include "ssl_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "ascii.hpp"
#include "ssl_context_state.hpp"
#include "ssl_tickets.hpp"

namespace capricorn {
namespace {

void succeed(bool done) {
  if (!done) take_ssl_failure(Which::kFirst).raise();
}

/// What OpenSSL says of a file that it cannot open is less than what the system says.
void check_readable(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (!file) throw std::system_error(errno, std::generic_category(), path);
  std::fclose(file);
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Password {
  std::string_view text;
  bool asked = false;
};

/// OpenSSL's callback. Without one it would ask the terminal, which nobody reads.
int give_password(char* out, int size, int, void* password) {
  auto& given = *static_cast<Password*>(password);
  given.asked = true;
  if (given.text.empty() || given.text.size() > static_cast<std::size_t>(size)) return -1;
  std::ranges::copy(given.text, out);
  return static_cast<int>(given.text.size());
}

/// For what is forgotten most often OpenSSL's words are "interrupted" and "unsupported".
[[noreturn]] void refuse_key(const std::string& file, const Password& password) {
  using enum SSLKeyError::Missing;
  const SSLFailure failure = take_ssl_failure(Which::kFirst);
  if (password.asked && password.text.empty()) {
    throw SSLKeyError(failure.code, "the key in '" + file + "' needs a password", kPassword);
  }
  if (!content_of(file).contains("PRIVATE KEY-----")) {
    throw SSLKeyError(failure.code, "there is no private key in '" + file + "'", kKey);
  }
  failure.raise();
}

/// Of a key of another kind than the certificate's OpenSSL says that there is no certificate.
bool key_fits(const SSL_CTX* context) {
  if (SSL_CTX_get0_certificate(context)) return SSL_CTX_check_private_key(context) == 1;
  ERR_raise(ERR_LIB_X509, X509_R_KEY_TYPE_MISMATCH);
  return false;
}

int flags_of(VerifyMode mode) noexcept {
  switch (mode) {
    case CERT_NONE: return SSL_VERIFY_NONE;
    case CERT_OPTIONAL: return SSL_VERIFY_PEER;
    case CERT_REQUIRED: return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_PEER;
}

void trust(SSL_CTX* context, const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  int count = 0;
  while (bio && count >= 0) {
    X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    if (!certificate) break;
    count = X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate) == 1 ? count + 1 : -1;
    X509_free(certificate);
  }
  BIO_free(bio);
  succeed(count > 0);
  ERR_clear_error();  // that there is no further one
}

}  // namespace

SSLContext::SSLContext(SSLProtocol protocol)
    : state_(std::make_shared<SSLContextState>(protocol)) {}

SSLProtocol SSLContext::protocol() const noexcept { return state_->protocol; }

void SSLContext::load_cert_chain(const std::string& certfile, const std::string& keyfile,
                                 const std::string& password) {
  SSL_CTX* context = state_->handle();
  const std::string& key = keyfile.empty() ? certfile : keyfile;
  check_readable(certfile);
  check_readable(key);
  Password given{password};
  SSL_CTX_set_default_passwd_cb(context, &give_password);
  SSL_CTX_set_default_passwd_cb_userdata(context, &given);
  const bool certified = SSL_CTX_use_certificate_chain_file(context, certfile.c_str()) == 1;
  const bool keyed =
      certified && SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  SSL_CTX_set_default_passwd_cb(context, nullptr);
  if (certified && !keyed) refuse_key(key, given);
  succeed(keyed && key_fits(context));
}

void SSLContext::load_verify_locations(const VerifyLocations& locations) {
  if (locations.cafile.empty() && locations.capath.empty() && locations.cadata.empty()) {
    throw std::invalid_argument("cafile, capath and cadata cannot be all omitted");
  }
  SSL_CTX* context = state_->handle();
  if (!locations.cafile.empty()) {
    check_readable(locations.cafile);
    succeed(SSL_CTX_load_verify_file(context, locations.cafile.c_str()) == 1);
  }
  if (!locations.capath.empty()) {
    succeed(SSL_CTX_load_verify_dir(context, locations.capath.c_str()) == 1);
  }
  if (!locations.cadata.empty()) trust(context, locations.cadata);
  if (!state_->is_server()) return;
  // A client that has several certificates chooses by the names of who may have issued it.
  STACK_OF(X509_NAME)* names = sk_X509_NAME_new_null();
  if (names && !locations.cafile.empty()) {
    succeed(SSL_add_file_cert_subjects_to_stack(names, locations.cafile.c_str()) == 1);
  }
  SSL_CTX_set_client_CA_list(context, names);
  // Not the names alone: an authority whose key was stolen gets another one under the same name.
  if (!locations.cafile.empty()) state_->mix_into_session_id_context(content_of(locations.cafile));
  state_->mix_into_session_id_context(locations.capath + locations.cadata);
}

void SSLContext::load_crls(const std::string& crlfile) {
  check_readable(crlfile);
  X509_STORE* store = SSL_CTX_get_cert_store(state_->handle());
  X509_LOOKUP* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
  succeed(lookup && X509_load_crl_file(lookup, crlfile.c_str(), X509_FILETYPE_PEM) > 0);
  succeed(X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1);
  // Who was verified before a list came is verified again.
  if (state_->is_server()) state_->mix_into_session_id_context(content_of(crlfile));
}

void SSLContext::load_default_certs() {
  succeed(SSL_CTX_set_default_verify_paths(state_->handle()) == 1);
}

void SSLContext::set_alpn_protocols(const std::vector<std::string>& protocols) {
  std::string wire;
  for (const std::string& protocol : protocols) {
    if (protocol.empty() || protocol.size() > UCHAR_MAX) {
      throw std::invalid_argument("ALPN protocols must be 1 to 255 in length");
    }
    wire += static_cast<char>(protocol.size());
    wire += protocol;
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(wire.data());
  succeed(SSL_CTX_set_alpn_protos(state_->handle(), bytes, static_cast<unsigned>(wire.size())) ==
          0);
  state_->alpn = std::move(wire);
}

void SSLContext::refuse_alpn_mismatch() { state_->refuses_alpn_mismatch = true; }

void SSLContext::set_ciphers(const std::string& ciphers) {
  if (SSL_CTX_set_cipher_list(state_->handle(), ciphers.c_str()) == 1) return;
  const SSLFailure failure = take_ssl_failure(Which::kFirst);
  throw SSLError(failure.code, "No cipher can be selected.");
}

TLSVersion SSLContext::minimum_version() const noexcept {
  return SSL_CTX_get_min_proto_version(state_->handle()) == TLS1_3_VERSION ? TLSVersion::TLSv1_3
                                                                           : TLSVersion::TLSv1_2;
}
void SSLContext::set_minimum_version(TLSVersion version) {
  succeed(SSL_CTX_set_min_proto_version(state_->handle(), static_cast<int>(version)) == 1);
}
void SSLContext::set_maximum_version(TLSVersion version) {
  succeed(SSL_CTX_set_max_proto_version(state_->handle(), static_cast<int>(version)) == 1);
}

VerifyMode SSLContext::verify_mode() const noexcept { return state_->verify_mode; }
void SSLContext::set_verify_mode(VerifyMode mode) {
  if (mode == CERT_NONE && state_->check_hostname) {
    throw std::invalid_argument(
        "Cannot set verify_mode to CERT_NONE when check_hostname is enabled.");
  }
  state_->verify_mode = mode;
  SSL_CTX_set_verify(state_->handle(), flags_of(mode), nullptr);
  if (state_->is_server()) state_->mix_into_session_id_context(std::to_string(mode));
}

bool SSLContext::check_hostname() const noexcept { return state_->check_hostname; }
void SSLContext::set_check_hostname(bool check) {
  if (check && state_->verify_mode == CERT_NONE) set_verify_mode(CERT_REQUIRED);
  state_->check_hostname = check;
}

void SSLContext::set_num_tickets(std::size_t count) {
  succeed(SSL_CTX_set_num_tickets(state_->handle(), count) == 1);
}

void SSLContext::load_ocsp_response(const std::string& derfile) {
  check_readable(derfile);
  state_->stapled = read_ocsp_response(content_of(derfile), state_->handle());
  staple(state_->handle(), state_->stapled);
}

void SSLContext::add_server_name(const std::string& name, const SSLContext& context) {
  std::string lower = ascii_lowered(name);
  const std::size_t star = lower.rfind('*');
  const bool wildcard = star == 0 && lower.starts_with("*.") && lower.size() > 2;
  if (lower.empty() || (star != std::string::npos && !wildcard)) {
    throw std::invalid_argument("Expected a host name or *.domain, got '" + name + "'.");
  }
  state_->names.insert_or_assign(std::move(lower), context.state_);
}

void SSLContext::set_ticket_keys(std::shared_ptr<TicketKeys> keys) {
  state_->ticket_keys = std::move(keys);
  seal_tickets_with_keys(state_->handle());
}

SSLContext create_default_context(Purpose purpose, const VerifyLocations& locations) {
  SSLContext context(purpose == Purpose::SERVER_AUTH ? PROTOCOL_TLS_CLIENT : PROTOCOL_TLS_SERVER);
  const bool none =
      locations.cafile.empty() && locations.capath.empty() && locations.cadata.empty();
  if (!none) context.load_verify_locations(locations);
  if (none && context.verify_mode() != CERT_NONE) context.load_default_certs();
  return context;
}

}  // namespace capricorn
