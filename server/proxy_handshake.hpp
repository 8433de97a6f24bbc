// SPDX-License-Identifier: MIT
#pragma once

#include "../http/proxy_protocol.hpp"
#include "../loop/deferred.hpp"
#include "../loop/intrusive_list.hpp"
#include "../loop/loop.hpp"
#include "../loop/socket.hpp"

namespace capricorn {

class HttpServer;

/// A connection of a trusted proxy that has not yet said whom it speaks for (`--proxy-protocol`).
/// It reads that header off the socket and not a byte more, so that whatever comes next, TLS or
/// HTTP, begins where the client began; a header that is none, or late, closes the connection.
/// Owns itself, and is in the server's list until then.
class ProxyHandshake final : public ListNode {
 public:
  ProxyHandshake(HttpServer& server, Socket connection, Duration deadline);
  ~ProxyHandshake();
  ProxyHandshake(const ProxyHandshake&) = delete;
  ProxyHandshake& operator=(const ProxyHandshake&) = delete;

  /// The server stops: what came may begin, the rest has so long to come.
  void shutdown(Duration grace);
  /// Closes the connection.
  void abort();

 private:
  struct Watcher final : IoWatcher {
    Watcher(ProxyHandshake& owner, int fd) : IoWatcher(fd), handshake(owner) {}
    void on_io(std::uint8_t) override { handshake.read(); }
    ProxyHandshake& handshake;
  };

  void read();
  bool read_some();
  void fail(const char* reason);
  void finish();
  void end();

  HttpServer& server_;
  Socket connection_;
  Watcher watcher_;
  ProxyHeaderParser parser_;
  TimerHandle deadline_;
  Deferred<ProxyHandshake> end_{*this, &ProxyHandshake::end};
  bool done_ = false;
};

}  // namespace capricorn
