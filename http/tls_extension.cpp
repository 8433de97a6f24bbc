// SPDX-License-Identifier: MIT
#include "tls_extension.hpp"

#include "../loop/ssl_object.hpp"

namespace capricorn {

std::string TlsExtension::server_cert() const {
  return connection_ ? connection_->own_certificate() : std::string();
}

std::vector<std::string> TlsExtension::client_cert_chain() const {
  return connection_ ? connection_->peer_chain() : std::vector<std::string>();
}

std::optional<std::string> TlsExtension::client_cert_name() const {
  if (!connection_ || !connection_->has_peer_certificate()) return std::nullopt;
  return connection_->getpeercert().subject;
}

std::optional<std::string> TlsExtension::client_cert_error() const {
  std::string error = connection_ ? connection_->verify_error() : std::string();
  if (error.empty()) return std::nullopt;
  return error;
}

std::uint16_t TlsExtension::tls_version() const noexcept {
  return connection_ ? connection_->version_number() : std::uint16_t{0};
}
std::uint16_t TlsExtension::cipher_suite() const noexcept {
  return connection_ ? connection_->cipher_number() : std::uint16_t{0};
}

std::string TlsExtension::server_name() const {
  return connection_ ? connection_->server_hostname() : std::string();
}

}  // namespace capricorn
