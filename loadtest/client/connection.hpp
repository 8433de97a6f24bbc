// SPDX-License-Identifier: MIT
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>

#include "response_reader.hpp"

namespace loadtest {

/// What a load asks for, the same for all its connections.
struct Plan {
  enum class Protocol { kHttp, kWebSocket, kEcho };

  sockaddr_in address{};
  Protocol protocol = Protocol::kHttp;
  std::string_view request;      // the bytes of one, or of one message to be echoed
  std::size_t answer_bytes = 0;  // of an echo; responses are counted by reading them
  SSL_CTX* context = nullptr;    // with it, over TLS
  bool resume = false;           // go on with the last session that a server gave
};

/// One connection of the load: connects without blocking, shakes hands where TLS or WebSocket want
/// it, then sends requests and counts answers. The owner polls `fd()` for reading always, and for
/// writing while `wants_write()`.
class Connection {
 public:
  Connection(const Plan& plan, std::int64_t now);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  int fd() const noexcept { return fd_; }
  bool wants_write() const noexcept { return wants_write_; }
  /// True as soon as a request may be sent.
  bool ready() const noexcept { return step_ == Step::kReady; }
  /// True once the peer has closed or failed, or sent what is no answer.
  bool lost() const noexcept { return lost_; }
  bool resumed() const noexcept { return ssl_ && SSL_session_reused(ssl_.get()); }
  int refused() const noexcept { return reader_.refused(); }
  std::int64_t began() const noexcept { return began_; }

  /// Sends so many requests at once, all meant to leave at `intended` (nanoseconds).
  void send(int number, std::int64_t intended);
  /// Goes on after the descriptor became ready; returns how many answers became whole.
  int advance();
  /// When the oldest request without an answer was meant to leave; forgets it.
  std::int64_t take_intended();
  std::size_t under_way() const noexcept { return intended_.size(); }

 private:
  enum class Step { kConnecting, kTls, kUpgrade, kReady };

  void finish_connect();
  void finish_tls();
  void begin();
  void flush();
  int receive();
  int count(std::string_view bytes);
  /// What OpenSSL or the system said: would-block is no error.
  void judge(int result);

  const Plan& plan_;
  int fd_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  Step step_ = Step::kConnecting;
  bool wants_write_ = true;
  bool lost_ = false;
  std::int64_t began_;
  ResponseReader reader_;
  std::size_t echoed_ = 0;
  std::deque<std::int64_t> intended_;
  std::string outgoing_;
  std::size_t sent_ = 0;
};

/// Nanoseconds of the monotonic clock.
std::int64_t now();

}  // namespace loadtest
