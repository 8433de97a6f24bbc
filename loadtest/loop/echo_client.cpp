// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

/// The load of the echo servers, the same for each: echo_client PORT CONNECTIONS BYTES SECONDS
/// plain|tls|handshakes. On each connection one message is under way; prints how many came back
/// whole, and the seconds. With "handshakes" each is a connection of its own, of one byte.
namespace {

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 ||
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) {
    die("connect");
  }
  return fd;
}

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

/// A connection, plain or over TLS.
class Connection {
 public:
  Connection(int port, SSL_CTX* context)
      : fd_(connect_to(port)), ssl_(context ? SSL_new(context) : nullptr, &SSL_free) {
    if (ssl_ && (SSL_set_fd(ssl_.get(), fd_) != 1 || SSL_connect(ssl_.get()) != 1)) {
      die("handshake");
    }
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (ssl_) SSL_shutdown(ssl_.get());
    ::close(fd_);
  }

  int fd() const { return fd_; }
  void send(const std::string& message) {
    const int size = static_cast<int>(message.size());
    const ssize_t sent = ssl_ ? SSL_write(ssl_.get(), message.data(), size)
                              : ::send(fd_, message.data(), message.size(), MSG_NOSIGNAL);
    if (sent != size) die("send");
    missing_ = message.size();
  }
  /// True once the whole message is back.
  bool receive(std::vector<char>& buffer) {
    do {
      const ssize_t n = ssl_ ? SSL_read(ssl_.get(), buffer.data(), static_cast<int>(missing_))
                             : ::recv(fd_, buffer.data(), missing_, 0);
      if (n <= 0) die("recv");
      missing_ -= static_cast<std::size_t>(n);
    } while (missing_ > 0 && ssl_ && SSL_pending(ssl_.get()) > 0);
    return missing_ == 0;
  }

 private:
  int fd_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  std::size_t missing_ = 0;
};

class Client {
 public:
  Client(int port, int connections, std::size_t bytes, SSL_CTX* context)
      : message_(bytes, 'x'), buffer_(bytes) {
    for (int i = 0; i < connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(port, context));
      sockets_.push_back({connections_.back()->fd(), POLLIN, 0});
      connections_.back()->send(message_);
    }
  }

  /// One look at all connections; how many messages came back.
  long turn() {
    if (::poll(sockets_.data(), sockets_.size(), 1000) <= 0) die("poll");
    long whole = 0;
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      if (sockets_[i].revents == 0 || !connections_[i]->receive(buffer_)) continue;
      ++whole;
      connections_[i]->send(message_);
    }
    return whole;
  }

 private:
  std::string message_;
  std::vector<char> buffer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<pollfd> sockets_;
};

long shake_hands(int port, SSL_CTX* context) {
  Connection connection(port, context);
  std::vector<char> buffer(1);
  connection.send("x");
  return connection.receive(buffer) ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: %s PORT CONNECTIONS BYTES SECONDS plain|tls|handshakes\n",
                 argv[0]);
    return 2;
  }
  const int port = std::atoi(argv[1]);
  const std::string mode = argv[5];
  const Context context(mode == "plain" ? nullptr : SSL_CTX_new(TLS_client_method()),
                        &SSL_CTX_free);
  std::unique_ptr<Client> client;
  if (mode != "handshakes") {
    client = std::make_unique<Client>(port, std::atoi(argv[2]), std::strtoul(argv[3], nullptr, 10),
                                      context.get());
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto passed = [begin] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const double wanted = std::atof(argv[4]);
  long messages = 0;
  while (passed() < wanted) messages += client ? client->turn() : shake_hands(port, context.get());
  std::printf("%ld %f\n", messages, passed());
}
