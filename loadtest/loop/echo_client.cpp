// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

/// The load of the echo servers, the same for each: echo_client PORT CONNECTIONS BYTES SECONDS. On
/// each connection one message is under way; prints how many came back whole, and the seconds.
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

class Client {
 public:
  Client(int port, int connections, std::size_t bytes)
      : message_(bytes, 'x'), buffer_(bytes), missing_(static_cast<std::size_t>(connections)) {
    for (int i = 0; i < connections; ++i) sockets_.push_back({connect_to(port), POLLIN, 0});
  }

  void send(std::size_t i) {
    missing_[i] = message_.size();
    const ssize_t sent = ::send(sockets_[i].fd, message_.data(), message_.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(message_.size())) die("send");
  }

  /// One look at all connections; how many messages came back.
  long turn() {
    if (::poll(sockets_.data(), sockets_.size(), 1000) <= 0) die("poll");
    long whole = 0;
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      if (sockets_[i].revents == 0) continue;
      const ssize_t n = ::recv(sockets_[i].fd, buffer_.data(), missing_[i], 0);
      if (n <= 0) die("recv");
      missing_[i] -= static_cast<std::size_t>(n);
      if (missing_[i] > 0) continue;
      ++whole;
      send(i);
    }
    return whole;
  }

  std::size_t connections() const { return sockets_.size(); }

 private:
  std::string message_;
  std::vector<char> buffer_;
  std::vector<std::size_t> missing_;
  std::vector<pollfd> sockets_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s PORT CONNECTIONS BYTES SECONDS\n", argv[0]);
    return 2;
  }
  Client client(std::atoi(argv[1]), std::atoi(argv[2]), std::strtoul(argv[3], nullptr, 10));
  const auto begin = std::chrono::steady_clock::now();
  const auto passed = [begin] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const double wanted = std::atof(argv[4]);
  for (std::size_t i = 0; i < client.connections(); ++i) client.send(i);
  long messages = 0;
  while (passed() < wanted) messages += client.turn();
  std::printf("%ld %f\n", messages, passed());
}
