// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace capricorn {

/// What a proxy says of the connection that it took, before that connection's own bytes.
struct ProxyHeader {
  /// False for the proxy's own connections (a health check), and for what it cannot tell: then the
  /// connection's own addresses stand.
  bool proxied = false;
  std::string client_host;  // "" on a Unix socket
  int client_port = 0;
  std::string server_host;
  int server_port = 0;
  bool tls = false;      // the client spoke TLS to the proxy (PP2_CLIENT_SSL)
  bool unknown = false;  // somebody's connection, and not the proxy's own: it cannot tell whose
};

/// Reads the PROXY protocol's header, version 1 or 2, of one connection. Strict: what is not
/// exactly such a header is an error, and the connection is to be closed.
/// https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
class ProxyHeaderParser {
 public:
  enum class Outcome : std::uint8_t { kNeedMore, kComplete, kError };

  /// Takes the header's bytes off the front of `input`, and none that come behind it.
  Outcome parse(std::string_view& input);
  /// After kComplete.
  ProxyHeader& header() noexcept { return header_; }

 private:
  Outcome parse_text(std::string_view& input);
  Outcome parse_binary(std::string_view& input);
  bool take(std::string_view& input, std::size_t size);
  bool read_line(std::string_view line);
  bool read_addresses(std::string_view bytes);
  bool read_extensions(std::string_view bytes);
  bool read_tcp(std::string_view& bytes, int family);

  std::string bytes_;
  ProxyHeader header_;
};

}  // namespace capricorn
