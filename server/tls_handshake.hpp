// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "../http/proxy_protocol.hpp"
#include "../loop/tls_transport.hpp"
#include "connection.hpp"

namespace capricorn {

class HttpServer;

/// A client's connection until the TLS handshake is over; then HTTP takes its place. Who speaks
/// something else, or nothing, never gets further.
class TlsHandshake final : public Connection, public HandshakeWatcher {
 public:
  TlsHandshake(HttpServer& server, TlsTransport& transport, const ProxyHeader* proxied);
  ~TlsHandshake() override;

  void handshake_ended() override;
  void data_received(std::string_view) override {}  // nothing is told before the handshake's end
  void eof_received() override {}
  void connection_lost(std::error_code) override {}
  void pause_writing() override {}
  void resume_writing() override {}

  Transport& transport() noexcept override { return transport_; }
  void check_deadline(TimePoint now) override;
  ConnectionState state() const noexcept override { return ConnectionState::kHandshake; }
  void shutdown(Duration grace) override;

 private:
  HttpServer& server_;
  TlsTransport& transport_;
  std::optional<ProxyHeader> proxied_;  // what a proxy said before TLS began
  TimePoint deadline_;
  Duration grace_{};  // where the server stops: what HTTP may still wait
};

}  // namespace capricorn
