// SPDX-License-Identifier: MIT
#include "connection.hpp"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace loadtest {

namespace {

constexpr std::string_view kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

int open_socket(const sockaddr_in& address) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (fd < 0 || ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
      (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 &&
       errno != EINPROGRESS)) {
    std::perror("connect");
    std::exit(1);
  }
  return fd;
}

}  // namespace

std::int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Connection::Connection(const Plan& plan, std::int64_t now)
    : plan_(plan),
      fd_(open_socket(plan.address)),
      ssl_(plan.context ? SSL_new(plan.context) : nullptr, &SSL_free),
      began_(now) {}

Connection::~Connection() {
  if (ssl_) SSL_set_quiet_shutdown(ssl_.get(), 1), SSL_shutdown(ssl_.get());
  ::close(fd_);
}

void Connection::send(int number, std::int64_t intended) {
  for (int i = 0; i < number; ++i) {
    outgoing_ += plan_.request;
    intended_.push_back(intended);
  }
  flush();
}

int Connection::advance() {
  if (step_ == Step::kConnecting) finish_connect();
  if (step_ == Step::kTls) finish_tls();
  if (lost_ || step_ == Step::kConnecting || step_ == Step::kTls) return 0;
  if (wants_write_) flush();
  return receive();
}

std::int64_t Connection::take_intended() {
  const std::int64_t first = intended_.front();
  intended_.pop_front();
  return first;
}

void Connection::finish_connect() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  lost_ = error != 0;
  if (lost_) return;
  wants_write_ = false;
  if (!ssl_) return begin();
  SSL_set_fd(ssl_.get(), fd_);
  if (plan_.resume) {
    if (auto* last = static_cast<SSL_SESSION*>(SSL_CTX_get_app_data(plan_.context))) {
      SSL_SESSION* copy = SSL_SESSION_dup(last);
      SSL_set_session(ssl_.get(), copy);
      SSL_SESSION_free(copy);  // the connection has its own reference
    }
  }
  step_ = Step::kTls;
}

void Connection::finish_tls() {
  wants_write_ = false;
  const int result = SSL_connect(ssl_.get());
  if (result == 1) return begin();
  judge(result);
}

void Connection::begin() {
  if (plan_.protocol != Plan::Protocol::kWebSocket) {
    step_ = Step::kReady;
    return;
  }
  step_ = Step::kUpgrade;
  outgoing_ = kUpgrade;
  flush();
}

void Connection::flush() {
  wants_write_ = false;
  while (sent_ < outgoing_.size() && !lost_ && !wants_write_) {
    const char* data = outgoing_.data() + sent_;
    const std::size_t size = outgoing_.size() - sent_;
    const ssize_t n = ssl_ ? SSL_write(ssl_.get(), data, static_cast<int>(size))
                           : ::send(fd_, data, size, MSG_NOSIGNAL);
    if (n > 0) {
      sent_ += static_cast<std::size_t>(n);
    } else {
      wants_write_ = true;
      judge(static_cast<int>(n));
    }
  }
  if (sent_ == outgoing_.size()) {
    outgoing_.clear();
    sent_ = 0;
  }
}

int Connection::receive() {
  static std::array<char, 256 << 10> buffer;
  int whole = 0;
  for (;;) {
    const ssize_t n = ssl_ ? SSL_read(ssl_.get(), buffer.data(), buffer.size())
                           : ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n <= 0) {
      judge(static_cast<int>(n));
      return whole;
    }
    whole += count({buffer.data(), static_cast<std::size_t>(n)});
    if (!ssl_ && static_cast<std::size_t>(n) < buffer.size()) return whole;
  }
}

int Connection::count(std::string_view bytes) {
  if (step_ == Step::kUpgrade) {  // no server sends a frame before the client did
    step_ = Step::kReady;
    lost_ = !bytes.starts_with("HTTP/1.1 101") || !bytes.ends_with("\r\n\r\n");
    return 0;
  }
  if (plan_.protocol == Plan::Protocol::kHttp) {
    const int whole = reader_.feed(bytes);
    lost_ = lost_ || reader_.broken();
    return whole;
  }
  echoed_ += bytes.size();
  const std::size_t whole = echoed_ / plan_.answer_bytes;
  echoed_ %= plan_.answer_bytes;
  return static_cast<int>(whole);
}

void Connection::judge(int result) {
  if (ssl_) {
    const int error = SSL_get_error(ssl_.get(), result);
    lost_ = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
    // Of a read that waits for the peer nothing follows for what is still to be written.
    wants_write_ = wants_write_ || error == SSL_ERROR_WANT_WRITE;
    ERR_clear_error();
  } else {
    lost_ = result == 0 || (errno != EAGAIN && errno != EINTR);
  }
}

}  // namespace loadtest
