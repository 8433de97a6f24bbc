// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "../config/config.hpp"
#include "../loop/loop.hpp"

namespace capricorn {

/// An address cannot be listened on; what() is the sentence to print.
struct BindError : std::runtime_error {
  BindError(const std::string& sentence, int errno_value)
      : std::runtime_error(sentence), error(errno_value) {}
  int error;
};

/// One listening socket. Loop's thread.
class Listener final : public IoWatcher {
 public:
  /// Takes over `fd`: a connection, non-blocking and without Nagle's delay.
  using OnAccept = std::function<void(int fd, const sockaddr_storage& peer)>;

  /// Takes over `fd`, a socket that listens. `path` is unlinked at close, "" for none.
  Listener(Loop& loop, int fd, int backlog, std::string path, OnAccept on_accept);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start();
  /// Accepts what the kernel has completed, then closes: nobody who connected is reset. Idempotent.
  void drain_and_close();

  /// The real port; 0 for a Unix socket.
  int port() const noexcept { return port_; }
  /// `http://127.0.0.1:8000`, `http://[::]:8000`, `unix socket /path`.
  const std::string& url() const noexcept { return url_; }

 private:
  enum class Accepted { kOne, kNone, kNoResources };

  void on_io(std::uint8_t events) override;
  Accepted accept_one();
  void pause(int error);
  void close() noexcept;
  void read_name();

  // Server
  Loop& loop_;
  OnAccept on_accept_;
  int backlog_;

  // Socket
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::string url_;
  int port_ = 0;
  bool tcp_ = true;
  bool watched_ = false;

  // Timers
  TimerHandle resume_;
};

/// The sockets that `config` asks for: one for each address of its host, or its Unix socket, or the
/// inherited one. They listen, but accept only after `start`. Throws BindError.
std::vector<std::unique_ptr<Listener>> open_listeners(Loop& loop, const Config& config,
                                                      const Listener::OnAccept& on_accept);

}  // namespace capricorn
