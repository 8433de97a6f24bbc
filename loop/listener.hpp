// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "loop.hpp"
#include "socket.hpp"
#include "socket_file.hpp"

namespace capricorn {

struct ListenOptions {
  int backlog = 100;  // how many wait to be accepted, and are accepted at a time at most
  bool reuse_port = false;
  /// Of a socket's file; without one 0666, or the mode of the file that it replaces.
  std::optional<mode_t> path_mode = {};
};

/// A bound socket that listens. The address may be in use by who no longer listens on it. Throws
/// std::system_error: "error while attempting to bind on address ('127.0.0.1', 80): ...".
Socket listen_on(const SocketAddress& address, const ListenOptions& options);
/// One for each address of the host ("": all interfaces), all on one port; port 0 lets the system
/// choose. An address that this machine has not is left out. The name is looked up by the caller.
std::vector<Socket> listen_on_each(const std::vector<SocketAddress>& addresses,
                                   const ListenOptions& options);
/// Takes the place of a socket file that a former server left; not of one that listens.
Socket listen_on_path(const std::string& path, const ListenOptions& options);

/// Accepts what connects to one socket. Loop's thread.
class Listener final : public IoWatcher {
 public:
  /// Takes over a connection without Nagle's delay.
  using OnAccept = std::function<void(Socket connection, const SocketAddress& peer)>;

  /// `path` is unlinked at close, "" for none.
  Listener(Loop& loop, Socket socket, int backlog, std::string path, OnAccept on_accept);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start();
  /// Stops accepting; who connected, but was not accepted yet, is reset. Idempotent.
  void close() noexcept;
  /// Accepts what the kernel has completed, then closes. `for_good`: no other process goes on
  /// accepting from the same socket, nor will, so that nobody may come between the two: who
  /// connected is not reset. False where some wait for which there is no descriptor or memory now:
  /// it stays open, and is to be called again.
  [[nodiscard]] bool drain_and_close(bool for_good);

  /// With the real port.
  const SocketAddress& address() const noexcept { return address_; }

 private:
  struct Arrival {
    Socket connection;  // none: errno says why
    SocketAddress peer;
  };

  void on_io(std::uint8_t events) override;
  Arrival accept();
  void cannot_accept(int error);
  void pause(int error);
  void resume_later() noexcept;
  void go_on();
  void cancel_resume() noexcept;
  void unwatch();

  // Server
  Loop& loop_;
  OnAccept on_accept_;
  int backlog_;
  int batch_ = 1;                // so many are accepted in this pass
  std::uint64_t last_pass_ = 0;  // in which somebody waited

  // Socket
  SocketAddress address_;
  SocketFile file_;
  bool watched_ = false;

  // Timers
  struct Resume final : TimerNode {
    explicit Resume(Listener& owner) noexcept : listener(owner) {}
    void run() override { listener.go_on(); }
    Listener& listener;
  };
  Resume resume_{*this};
};

}  // namespace capricorn
