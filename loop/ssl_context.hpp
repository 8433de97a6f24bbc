// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ssl_error.hpp"
#include "ssl_object.hpp"

namespace capricorn {

class SSLContextState;
class TicketKeys;

// Python's names.
enum VerifyMode : unsigned char { CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED };
enum SSLProtocol : unsigned char { PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER };
enum class TLSVersion : std::uint16_t { TLSv1_2 = 0x0303, TLSv1_3 = 0x0304 };
/// Whom one authenticates: a client servers, a server clients.
enum class Purpose : unsigned char { SERVER_AUTH, CLIENT_AUTH };

struct VerifyLocations {
  std::string cafile = {};  // PEM
  std::string capath = {};  // a folder as c_rehash leaves it
  std::string cadata = {};  // PEM itself
};

/// What one side's connections have in common: certificates, trust, versions. A copyable handle on
/// one context, as Python's ssl.SSLContext; several loops may use it, but nothing is set while
/// another thread does. TLS 1.2 and 1.3 only; no renegotiation, no compression.
///
/// Where a file or a value is not good, functions throw: std::system_error where a file cannot be
/// read, SSLError in OpenSSL's words, std::invalid_argument in Python's.
/// https://docs.python.org/3/library/ssl.html#ssl.SSLContext
class SSLContext {
 public:
  /// A client's verifies the server's certificate and its name, a server's nothing. It trusts
  /// nobody yet; create_default_context does.
  explicit SSLContext(SSLProtocol protocol);

  SSLProtocol protocol() const noexcept;

  /// PEM: the certificate, behind it those that lead to the root; the key, where "" means that it
  /// stands in the same file. A key under a password is opened with that one. Throws SSLKeyError
  /// where the file has no key, or one that needs a password.
  void load_cert_chain(const std::string& certfile, const std::string& keyfile = {},
                       const std::string& password = {});
  void load_verify_locations(const VerifyLocations& locations);
  /// PEM of lists of what was revoked: from then on each certificate of a peer's is looked up, and
  /// each of its issuers needs a list there.
  void load_crls(const std::string& crlfile);
  /// Those that the system trusts.
  void load_default_certs();
  /// In the order of preference: {"h2", "http/1.1"}.
  void set_alpn_protocols(const std::vector<std::string>& protocols);
  /// Of a server: who offers protocols, but none of ours, is refused by an alert. Else, as in
  /// Python, nothing is selected.
  void refuse_alpn_mismatch();
  /// Of TLS 1.2, in OpenSSL's words; those of 1.3 are all good. A server's are ECDHE with AEAD,
  /// a client's Python's.
  void set_ciphers(const std::string& ciphers);

  TLSVersion minimum_version() const noexcept;
  void set_minimum_version(TLSVersion version);
  void set_maximum_version(TLSVersion version);
  VerifyMode verify_mode() const noexcept;
  void set_verify_mode(VerifyMode mode);
  bool check_hostname() const noexcept;
  void set_check_hostname(bool check);
  /// How many tickets a server sends behind a handshake of TLS 1.3. 2
  void set_num_tickets(std::size_t count);

  /// Of a server: clients that ask how its certificate stands get the OCSP response of this file
  /// (DER), until it expires. After `load_cert_chain`, whose certificate it has to be for.
  void load_ocsp_response(const std::string& derfile);

  /// Of a server: who asks for this name gets that context's certificate. "*.example.com" is each
  /// name directly below example.com, unless there is one of its own.
  void add_server_name(const std::string& name, const SSLContext& context);
  /// Of a server: tickets are sealed with these, which other contexts, and other processes, may
  /// have too. Else with keys of this context's own, which stay the same.
  void set_ticket_keys(std::shared_ptr<TicketKeys> keys);

  /// For the library's parts.
  const std::shared_ptr<SSLContextState>& state() const noexcept { return state_; }

 private:
  std::shared_ptr<SSLContextState> state_;  // one context, however many hold it
};

/// SERVER_AUTH: a client's context, which trusts those locations, or without any whom the system
/// trusts. CLIENT_AUTH: a server's; with locations, only these may issue clients' certificates.
/// https://docs.python.org/3/library/ssl.html#ssl.create_default_context
SSLContext create_default_context(Purpose purpose = Purpose::SERVER_AUTH,
                                  const VerifyLocations& locations = {});

}  // namespace capricorn
