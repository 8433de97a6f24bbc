// SPDX-License-Identifier: MIT
#include "tls_handshake.hpp"

#include <algorithm>

#include "../loop/log.hpp"
#include "http_protocol.hpp"
#include "server.hpp"

namespace capricorn {

TlsHandshake::TlsHandshake(HttpServer& server, TlsTransport& transport, const ProxyHeader* proxied)
    : server_(server),
      transport_(transport),
      proxied_(proxied ? std::optional(*proxied) : std::nullopt),
      deadline_(server.loop().cached_time() + server.config().timeout_ssl_handshake) {
  server_.connection_made(*this);
}

TlsHandshake::~TlsHandshake() { server_.connection_gone(*this); }

void TlsHandshake::handshake_ended() {
  if (const SSLFailure& failure = transport_.failure()) {
    // The internet is full of such: no line that is seen by default.
    log(LogLevel::kDebug,
        "TLS handshake with " + transport_.peer().host + " failed: " + failure.text);
    return;
  }
  auto http = std::make_unique<HttpProtocol>(server_, transport_, proxied_ ? &*proxied_ : nullptr);
  if (server_.draining()) http->shutdown(grace_);
  const std::unique_ptr<Protocol> self = transport_.set_protocol(std::move(http));
}

void TlsHandshake::check_deadline(TimePoint now) {
  if (now >= deadline_) transport_.abort();
}

void TlsHandshake::shutdown(Duration grace) {
  grace_ = grace;
  deadline_ = std::min(deadline_, server_.loop().cached_time() + grace);
}

}  // namespace capricorn
