// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "listener.hpp"
#include "stream.hpp"

namespace capricorn {

class ServerState;

/// `Task<>(Stream)`, called once a connection, in a task of its own. The connection closes with the
/// Stream: at the latest when the task ends. What it throws goes to the loop's exception handler.
/// Its context variables are those of whoever had the server serve, as they were then.
/// What a lambda captures lives until its last coroutine has ended.
class ClientConnected {
 public:
  template <class F>
    requires std::is_invocable_r_v<Task<>, F&, Stream>
  ClientConnected(F function)  // NOLINT: any such callable converts
      : callable_(std::make_shared<Holder<F>>(std::move(function))) {}
  CAPRICORN_CORO_WRAPPER Task<> operator()(Stream stream) const {
    return callable_->call(std::move(stream));
  }

 private:
  struct Callable {
    virtual ~Callable() = default;
    CAPRICORN_CORO_WRAPPER virtual Task<> call(Stream stream) = 0;
  };
  template <class F>
  struct Holder final : Callable {
    explicit Holder(F f) : function(std::move(f)) {}
    CAPRICORN_CORO_WRAPPER Task<> call(Stream stream) override {
      return function(std::move(stream));
    }
    F function;
  };
  std::shared_ptr<Callable> callable_;  // shared with the tasks, which outlive the server
};

struct ServerOptions {
  int backlog = 100;          // how many wait to be accepted, and are accepted at a time
  std::size_t limit = 65536;  // as StreamOptions'
  bool reuse_port = false;
  bool start_serving = true;  // else it listens, and accepts once told to
  /// TLS, which the others need. Who does not get through the handshake is told to nobody, but to
  /// the log at debug.
  std::optional<SSLContext> ssl = {};
  std::optional<Delay> ssl_handshake_timeout = {};  // 60 s
  std::optional<Delay> ssl_shutdown_timeout = {};   // 30 s
};

/// Accepts connections, each answered by a task: asyncio's Server. A move-only handle; dropping it
/// closes it. https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.Server
class Server {
 public:
  Server() noexcept = default;
  explicit Server(std::shared_ptr<ServerState> state) noexcept : state_(std::move(state)) {}
  Server(Server&& other) noexcept = default;
  Server& operator=(Server&& other) noexcept;
  ~Server();

  void start_serving();
  bool is_serving() const noexcept;
  /// Where it listens, with the real ports; nothing once closed.
  std::vector<SocketAddress> sockets() const;

  /// Accepts no more; connections live on. Idempotent.
  void close();
  /// Closes each connection once what was written to it is sent.
  void close_clients();
  void abort_clients();
  /// Until it is closed and its last connection is over.
  CAPRICORN_CORO_WRAPPER Task<> wait_closed();
  /// Until it is closed or the task is cancelled, which closes it and waits for its connections.
  CAPRICORN_CORO_WRAPPER Task<> serve_forever();

 private:
  std::shared_ptr<ServerState> state_;  // shared with the coroutines that its functions are
};

/// Listens on each address of the host ("": on all interfaces), all on one port; 0 lets the system
/// choose. Throws std::system_error, std::invalid_argument for options that do not go together.
/// https://docs.python.org/3/library/asyncio-stream.html#asyncio.start_server
Task<Server> start_server(ClientConnected callback, std::string host, int port,
                          ServerOptions options = {});
/// The socket file goes when the server closes.
Task<Server> start_unix_server(ClientConnected callback, std::string path,
                               ServerOptions options = {});

}  // namespace capricorn
