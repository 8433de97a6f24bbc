// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "socket.hpp"
#include "stream.hpp"

namespace capricorn {

class DatagramState;

struct Datagram {
  std::string data;
  SocketAddress address;  // who sent it
};

struct DatagramOptions {
  std::string local_host = {};  // "" with a remote host: as the system chooses; else all interfaces
  int local_port = 0;           // 0: a free one
  std::string remote_host = {};  // only this peer is sent to and received from
  int remote_port = 0;
  bool reuse_port = false;
  bool allow_broadcast = false;
};

/// A UDP socket: a move-only handle; dropping it closes. Its loop's thread only.
class DatagramEndpoint {
 public:
  DatagramEndpoint() noexcept = default;
  explicit DatagramEndpoint(std::shared_ptr<DatagramState> state) noexcept;
  DatagramEndpoint(DatagramEndpoint&& other) noexcept = default;
  DatagramEndpoint& operator=(DatagramEndpoint&& other) noexcept;
  ~DatagramEndpoint();

  /// Suspends only while the kernel's buffer is full. Throws std::system_error where the datagram
  /// cannot be sent, or the endpoint is closed, and std::invalid_argument for another address than
  /// the remote host's, where the options have one.
  CAPRICORN_CORO_WRAPPER Task<> send_to(std::string data, SocketAddress address);
  /// To the remote host of the options.
  CAPRICORN_CORO_WRAPPER Task<> send(std::string data);
  /// The next datagram, whole. One coroutine at a time. Where they keep coming it suspends now and
  /// then, for the others' sake. Throws std::system_error where the endpoint
  /// is closed or, with a remote host, nobody listens there.
  CAPRICORN_CORO_WRAPPER Task<Datagram> receive();
  /// Ends what waits. Idempotent.
  void close();
  bool is_closing() const noexcept;
  const SocketAddress& local() const noexcept;

 private:
  std::shared_ptr<DatagramState> state_;  // shared with the coroutines that its functions are
};

/// Over the first addresses of the hosts that go together and will do. Throws std::system_error,
/// and what getaddrinfo does.
Task<DatagramEndpoint> open_datagram(DatagramOptions options = {});

}  // namespace capricorn
