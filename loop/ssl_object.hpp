// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace capricorn {

/// One certificate, read. https://docs.python.org/3/library/ssl.html#ssl.SSLSocket.getpeercert
struct SSLCertificate {
  std::string subject;  // RFC 4514: "CN=example.com,O=Example,C=DE"
  std::string issuer;
  std::string serial_number;  // hexadecimal
  int version = 3;
  std::chrono::sys_seconds not_before;
  std::chrono::sys_seconds not_after;
  /// {"DNS", "example.com"}, {"IP Address", "192.0.2.1"}, {"URI", ...}, {"email", ...}
  std::vector<std::pair<std::string, std::string>> subject_alt_name;
};

/// What was agreed on in one connection's handshake: Python's SSLObject, without its input and
/// output. Does not change, and may be read by any thread; texts are made when they are asked for.
/// https://docs.python.org/3/library/ssl.html#ssl.SSLObject
class SSLObject {
 public:
  struct Cipher {
    std::string name;  // "TLS_AES_256_GCM_SHA384"
    std::string protocol;
    int secret_bits = 0;
  };

  virtual ~SSLObject() = default;

  virtual std::string version() const = 0;  // "TLSv1.3"
  virtual Cipher cipher() const = 0;
  /// As on the wire: 0x0304; 0x1301.
  virtual std::uint16_t version_number() const noexcept = 0;
  virtual std::uint16_t cipher_number() const noexcept = 0;
  /// By ALPN; "" where nothing was.
  virtual const std::string& selected_alpn_protocol() const noexcept = 0;
  /// Whom the client asked for; "" where it did not say.
  virtual const std::string& server_hostname() const noexcept = 0;
  virtual bool session_reused() const noexcept = 0;

  /// Whether the peer showed a certificate. It is only as good as the context's verify_mode.
  virtual bool has_peer_certificate() const noexcept = 0;
  virtual SSLCertificate getpeercert() const = 0;
  /// DER, "" where there is none.
  virtual std::string getpeercert_binary() const = 0;
  /// PEM, the peer's own first, as it sent them.
  virtual std::vector<std::string> peer_chain() const = 0;
  /// PEM of the certificate that this side showed; "" where it showed none.
  virtual std::string own_certificate() const = 0;
  /// Why the peer's certificate was not verified; "" where it was, or there is none.
  virtual std::string verify_error() const = 0;
};

}  // namespace capricorn
