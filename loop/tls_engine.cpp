// SPDX-License-Identifier: MIT
#include "tls_engine.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "ssl_context_state.hpp"

namespace capricorn {
namespace {

bool is_address(const std::string& host) noexcept {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

/// In Python's words. OpenSSL takes no name with a null character, and would check none; one that
/// begins with a dot it takes for all names below.
void check_name(const std::string& hostname) {
  if (hostname.contains('\0')) {
    throw std::invalid_argument("server_hostname cannot have a null character in it");
  }
  if (hostname.starts_with('.')) {
    throw std::invalid_argument("server_hostname cannot start with a leading dot");
  }
}

/// Whom a client asks for, and whether the certificate has to name it. False where OpenSSL refuses.
bool set_name(ssl_st* ssl, const std::string& hostname, bool checks) {
  const bool address = is_address(hostname);
  if (!address && SSL_set_tlsext_host_name(ssl, hostname.c_str()) != 1) return false;
  if (!checks) return true;
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
  if (address) return X509_VERIFY_PARAM_set1_ip_asc(param, hostname.c_str()) == 1;
  return X509_VERIFY_PARAM_set1_host(param, hostname.data(), hostname.size()) == 1;
}

}  // namespace

/// OpenSSL's way to our bytes.
struct TlsEngine::Bio {
  static int read(BIO* bio, char* to, std::size_t size, std::size_t* taken) {
    auto& engine = *static_cast<TlsEngine*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *taken = std::min(size, engine.input_.size());
    if (*taken == 0) {
      engine.starved_ = true;
      BIO_set_retry_read(bio);
      return 0;
    }
    std::memcpy(to, engine.input_.data(), *taken);
    engine.input_.remove_prefix(*taken);
    return 1;
  }
  static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) {
    auto& engine = *static_cast<TlsEngine*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *written = 0;
    try {
      engine.out_->append({bytes, size});
    } catch (const std::bad_alloc&) {  // OpenSSL knows no exceptions: the connection fails
      return 0;
    }
    *written = size;
    return 1;
  }
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }
};

BIO_METHOD* TlsEngine::new_bio_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "transport");
  if (!method) return nullptr;
  BIO_meth_set_read_ex(method, &Bio::read);
  BIO_meth_set_write_ex(method, &Bio::write);
  BIO_meth_set_ctrl(method, &Bio::control);
  return method;
}

TlsEngine::TlsEngine(std::shared_ptr<SSLContextState> context, bool server_side,
                     std::string server_hostname)
    : context_(std::move(context)), server_hostname_(std::move(server_hostname)) {
  if (server_side != context_->is_server()) {
    throw std::invalid_argument(
        server_side ? "Cannot create a server socket with a PROTOCOL_TLS_CLIENT context"
                    : "Cannot create a client socket with a PROTOCOL_TLS_SERVER context");
  }
  const bool checks = !server_side && context_->check_hostname;
  if (checks && server_hostname_.empty()) {
    throw std::invalid_argument("check_hostname requires server_hostname");
  }
  check_name(server_hostname_);
  ssl_ = SSL_new(context_->handle());
  BIO* bio = ssl_ ? BIO_new(context_->bio_method()) : nullptr;
  if (!bio || SSL_set_app_data(ssl_, context_.get()) != 1) {
    BIO_free(bio);
    SSL_free(ssl_);
    take_ssl_failure(Which::kLast).raise();
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  if (server_side) {
    SSL_set_accept_state(ssl_);
    return;
  }
  SSL_set_connect_state(ssl_);
  if (server_hostname_.empty() || set_name(ssl_, server_hostname_, checks)) return;
  SSL_free(ssl_);
  take_ssl_failure(Which::kLast).raise();
}

TlsEngine::~TlsEngine() { SSL_free(ssl_); }

bool TlsEngine::speaks_first() const noexcept { return !context_->is_server(); }

bool TlsEngine::has_input() const noexcept { return !input_.empty() || SSL_has_pending(ssl_) == 1; }

void TlsEngine::begin(Buffer& out) noexcept {
  out_ = &out;
  starved_ = false;
}

TlsEngine::Status TlsEngine::handshake(Buffer& out) {
  begin(out);
  const Status status = outcome(SSL_do_handshake(ssl_));
  // What was tried on the way, and did not matter.
  if (status == Status::kDone) ERR_clear_error();
  return status;
}

TlsEngine::Status TlsEngine::read(char* to, std::size_t capacity, std::size_t& size, Buffer& out) {
  begin(out);
  size = 0;
  const std::size_t before = out.size();
  const Status status = outcome(SSL_read_ex(ssl_, to, capacity, &size));
  answered_ += out.size() - before;
  return status;
}

TlsEngine::Status TlsEngine::write(std::string_view bytes, Buffer& out) {
  begin(out);
  std::size_t written = 0;
  return outcome(SSL_write_ex(ssl_, bytes.data(), bytes.size(), &written));
}

void TlsEngine::shut_down(Buffer& out) {
  begin(out);
  if (SSL_shutdown(ssl_) < 0) ERR_clear_error();
}

bool TlsEngine::peer_has_ended() const noexcept {
  return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
}

/// By what OpenSSL came for last, not by its queue of errors (SSL_get_error): what somebody else on
/// this thread left there is none of ours.
TlsEngine::Status TlsEngine::outcome(int result) {
  if (result > 0) return Status::kDone;
  if (starved_) return Status::kWantsInput;
  // A fatal alert ends the connection, too, but is an error, which begins the handshake's state
  // anew: within a handshake only the queue tells.
  const bool maybe_alert = SSL_in_init(ssl_) && ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_SSL;
  if (peer_has_ended() && !maybe_alert) return Status::kEnded;
  fail();
  return Status::kFailed;
}

/// In Python's words.
void TlsEngine::fail() {
  failure_ = take_ssl_failure(Which::kLast);
  const long result = SSL_get_verify_result(ssl_);
  const bool of_openssl = failure_.code.category() == ssl_category();
  const unsigned long error = of_openssl ? static_cast<unsigned>(failure_.code.value()) : 0;
  if (ERR_GET_LIB(error) != ERR_LIB_SSL ||
      ERR_GET_REASON(error) != SSL_R_CERTIFICATE_VERIFY_FAILED || result == X509_V_OK) {
    return;
  }
  failure_.verify_code = static_cast<int>(result);
  if (result == X509_V_ERR_HOSTNAME_MISMATCH)
    failure_.verify_message =
        "Hostname mismatch, certificate is not valid for '" + server_hostname_ + "'.";
  else if (result == X509_V_ERR_IP_ADDRESS_MISMATCH)
    failure_.verify_message =
        "IP address mismatch, certificate is not valid for '" + server_hostname_ + "'.";
  else
    failure_.verify_message = X509_verify_cert_error_string(result);
  failure_.text += ": " + failure_.verify_message;
}

const std::shared_ptr<const SSLObject>& TlsEngine::ssl_object() {
  if (!object_ && SSL_is_init_finished(ssl_)) object_ = ssl_object_of(ssl_);
  return object_;
}

}  // namespace capricorn
