// SPDX-License-Identifier: MIT
#include "proxy_handshake.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "../loop/log.hpp"
#include "server.hpp"

namespace capricorn {

ProxyHandshake::ProxyHandshake(HttpServer& server, Socket connection, Duration deadline)
    : server_(server), connection_(std::move(connection)), watcher_(*this, connection_.fd()) {
  server_.loop().watch(watcher_, kReadable);
  deadline_ = server_.loop().call_later(deadline, [this] { fail("did not come in time"); });
}

ProxyHandshake::~ProxyHandshake() {
  deadline_.cancel();
  if (!done_) server_.loop().unwatch(watcher_);
}

void ProxyHandshake::read() {
  while (!done_ && read_some()) {
  }
}

/// Looks first and takes then: what lies behind the header stays in the kernel. False where there
/// is nothing more for now.
bool ProxyHandshake::read_some() {
  using Outcome = ProxyHeaderParser::Outcome;
  char bytes[4096];
  const ssize_t seen = ::recv(watcher_.fd(), bytes, sizeof bytes, MSG_PEEK);
  if (seen < 0 && would_block()) return false;
  if (seen <= 0) {
    finish();  // it left: a look at the port, which is nobody's mistake
    return false;
  }
  std::string_view rest(bytes, static_cast<std::size_t>(seen));
  const Outcome outcome = parser_.parse(rest);
  const std::size_t taken = static_cast<std::size_t>(seen) - rest.size();
  if (outcome == Outcome::kError) {
    fail("was expected, and something else came");
  } else if (::recv(watcher_.fd(), bytes, taken, 0) != static_cast<ssize_t>(taken)) {
    finish();
  } else if (outcome == Outcome::kComplete) {
    Socket connection = std::move(connection_);
    const ProxyHeader header = std::move(parser_.header());
    finish();
    server_.start_connection(std::move(connection), &header);
  }
  return !done_;
}

void ProxyHandshake::fail(const char* reason) {
  if (done_) return;
  const std::string peer = SocketAddress::of_peer(watcher_.fd()).text();
  log(LogLevel::kWarning, "A PROXY protocol header of " + peer + " " + reason + ".");
  finish();
}

void ProxyHandshake::shutdown(Duration grace) {
  read();
  if (done_) return;
  deadline_.cancel();
  deadline_ = server_.loop().call_later(grace, [this] { abort(); });
}

void ProxyHandshake::abort() {
  if (!done_) finish();
}

/// The object goes on a later pass: it may be running.
void ProxyHandshake::finish() {
  done_ = true;
  unlink();
  deadline_.cancel();
  server_.loop().unwatch(watcher_);
  connection_ = Socket();
  server_.loop().schedule(end_);
}

void ProxyHandshake::end() { delete this; }

}  // namespace capricorn
