// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace capricorn {

class SSLObject;

/// ASGI's "tls" extension of a scope: what its connection's handshake has agreed on. Each member is
/// made when it is asked for; any thread may ask, also when the connection is gone.
/// https://asgi.readthedocs.io/en/latest/specs/tls.html
class TlsExtension {
 public:
  TlsExtension() = default;
  explicit TlsExtension(std::shared_ptr<const SSLObject> connection) noexcept
      : connection_(std::move(connection)) {}

  /// Whether there is TLS between the server and whoever is connected to it: behind a proxy, that.
  /// Without it the others have nothing to tell.
  explicit operator bool() const noexcept { return connection_ != nullptr; }

  /// PEM of the certificate that the server showed.
  std::string server_cert() const;
  /// PEM, the client's own certificate first; of a resumed session that one alone. Empty where it
  /// showed none.
  std::vector<std::string> client_cert_chain() const;
  /// RFC 4514's: "CN=Ann,O=Example".
  std::optional<std::string> client_cert_name() const;
  /// Why the certificate is not to be trusted. The server refuses one that is not, so that nothing
  /// comes this far.
  std::optional<std::string> client_cert_error() const;
  /// As on the wire: 0x0304 is TLS 1.3; 0x1301 is TLS_AES_128_GCM_SHA256.
  std::uint16_t tls_version() const noexcept;
  std::uint16_t cipher_suite() const noexcept;
  /// Not in ASGI: the name that the client asked for, "" where it did not say.
  std::string server_name() const;

 private:
  std::shared_ptr<const SSLObject> connection_;  // shared with the connection's other requests
};

}  // namespace capricorn
