// SPDX-License-Identifier: MIT
#include "stream_server.hpp"

#include <netdb.h>

#include <utility>

#include "log.hpp"
#include "task_handle.hpp"
#include "waiting_futures.hpp"

namespace capricorn {

/// What a Server is a handle on. Gone before its connections, it is forgotten by them.
class ServerState final : StreamOwner {
 public:
  ServerState(Loop& loop, ClientConnected callback, const ServerOptions& options)
      : loop_(loop), options_(options), callback_(std::move(callback)) {}
  ServerState(const ServerState&) = delete;
  ServerState& operator=(const ServerState&) = delete;
  ~ServerState() {
    clients_.for_each([](StreamState& client) { client.forget_owner(); });
  }

  void listen(Socket socket, std::string path);
  void start_serving();
  bool serving() const noexcept { return serving_; }
  bool closed() const noexcept { return closed_; }
  bool over() const noexcept { return closed_ && clients_.empty(); }
  std::vector<SocketAddress> sockets() const;
  void close();
  void for_each_client(void (*act)(Transport&));
  Future<void> wait_for_change() { return waiters_.add(loop_); }

 private:
  void accepted(Socket connection);
  CAPRICORN_CORO_WRAPPER Task<> serve(Stream stream);
  void stream_gone() noexcept override {
    if (over()) waiters_.wake_all();
  }

  Loop& loop_;
  ServerOptions options_;
  ClientConnected callback_;
  Context context_;  // of whoever had it serve: each client's task begins with a copy
  std::vector<std::unique_ptr<Listener>> listeners_;
  IntrusiveList<StreamState> clients_;
  WaitingFutures waiters_;
  bool serving_ = false;
  bool closed_ = false;
};

namespace {

/// Keeps the callback, whose captures its coroutine uses, until that has ended.
Task<> serve_client(ClientConnected callback, Stream stream) {
  co_await callback(std::move(stream));
}

Task<> serve_tls_client(ClientConnected callback, Stream stream, SSLContext context,
                        TLSOptions options) {
  try {
    co_await stream.start_tls(std::move(context), std::move(options));
  } catch (const std::system_error& error) {
    log(LogLevel::kDebug, std::string("SSL handshake failed: ") + error.what());
    co_return;
  }
  co_await callback(std::move(stream));
}

void check(const ServerOptions& options) {
  if (options.ssl && options.ssl->protocol() == PROTOCOL_TLS_CLIENT) {
    throw std::invalid_argument("Cannot create a server socket with a PROTOCOL_TLS_CLIENT context");
  }
  if (options.ssl || !(options.ssl_handshake_timeout || options.ssl_shutdown_timeout)) return;
  const char* option =
      options.ssl_handshake_timeout ? "ssl_handshake_timeout" : "ssl_shutdown_timeout";
  throw std::invalid_argument(std::string(option) + " is only meaningful with ssl");
}

void report_failure(Loop& loop, TaskHandle<>& task) {
  if (task.cancelled()) return;
  if (const std::exception_ptr failure = task.exception()) {
    loop.call_exception_handler(
        {"Unhandled exception in client_connected_cb", failure, task.name()});
  }
}

}  // namespace

void ServerState::listen(Socket socket, std::string path) {
  listeners_.push_back(std::make_unique<Listener>(
      loop_, std::move(socket), options_.backlog, std::move(path),
      [this](Socket connection, const SocketAddress&) { accepted(std::move(connection)); }));
}

void ServerState::start_serving() {
  if (closed_) throw RuntimeError("server is closed");
  if (!serving_) context_ = Context::copy_current();
  for (auto& listener : listeners_) listener->start();  // those that do already stay as they are
  serving_ = true;
}

std::vector<SocketAddress> ServerState::sockets() const {
  std::vector<SocketAddress> addresses;
  for (const auto& listener : listeners_) addresses.push_back(listener->address());
  return addresses;
}

void ServerState::accepted(Socket connection) {
  try {
    auto state = StreamState::over(loop_, options_.limit, std::move(connection));
    clients_.push_back(*state);
    state->join(*this);
    const ContextScope scope(context_);
    auto task = loop_.create_task(serve(Stream(std::move(state))));
    task.add_done_callback([&loop = loop_](TaskHandle<>& ended) { report_failure(loop, ended); });
  } catch (const std::system_error& error) {  // it cannot be watched: this one is refused
    log(LogLevel::kError, std::string("cannot serve a connection: ") + error.what());
  }
}

Task<> ServerState::serve(Stream stream) {
  if (!options_.ssl) return serve_client(callback_, std::move(stream));
  TLSOptions tls;
  if (options_.ssl_handshake_timeout) tls.ssl_handshake_timeout = *options_.ssl_handshake_timeout;
  if (options_.ssl_shutdown_timeout) tls.ssl_shutdown_timeout = *options_.ssl_shutdown_timeout;
  return serve_tls_client(callback_, std::move(stream), *options_.ssl, std::move(tls));
}

void ServerState::close() {
  if (std::exchange(closed_, true)) return;
  serving_ = false;
  listeners_.clear();
  waiters_.wake_all();
}

void ServerState::for_each_client(void (*act)(Transport&)) {
  clients_.for_each([act](StreamState& client) { act(client.transport()); });
}

namespace {

Task<> wait_server_closed(std::shared_ptr<ServerState> state) {
  while (!state->over()) co_await state->wait_for_change();
}

Task<> serve_until_closed(std::shared_ptr<ServerState> state) {
  state->start_serving();
  std::exception_ptr cancelled;
  try {
    while (!state->closed()) co_await state->wait_for_change();
  } catch (const CancelledError&) {
    cancelled = std::current_exception();
  }
  state->close();
  co_await wait_server_closed(state);
  if (cancelled) std::rethrow_exception(cancelled);
  throw CancelledError();
}

}  // namespace

Server& Server::operator=(Server&& other) noexcept {
  if (this != &other) {
    if (state_) state_->close();
    state_ = std::move(other.state_);
  }
  return *this;
}

Server::~Server() {
  if (state_) state_->close();
}

void Server::start_serving() { state_->start_serving(); }
bool Server::is_serving() const noexcept { return state_->serving(); }
std::vector<SocketAddress> Server::sockets() const { return state_->sockets(); }
void Server::close() { state_->close(); }
void Server::close_clients() {
  state_->for_each_client([](Transport& transport) { transport.close(); });
}
void Server::abort_clients() {
  state_->for_each_client([](Transport& transport) { transport.abort(); });
}
Task<> Server::wait_closed() { return wait_server_closed(state_); }
Task<> Server::serve_forever() { return serve_until_closed(state_); }

Task<Server> start_server(ClientConnected callback, std::string host, int port,
                          ServerOptions options) {
  check(options);
  const std::vector<SocketAddress> addresses =
      co_await getaddrinfo(std::move(host), std::to_string(port), {.flags = AI_PASSIVE});
  auto state = std::make_shared<ServerState>(get_running_loop(), std::move(callback), options);
  const ListenOptions listen{.backlog = options.backlog, .reuse_port = options.reuse_port};
  for (Socket& socket : listen_on_each(addresses, listen)) state->listen(std::move(socket), "");
  if (options.start_serving) state->start_serving();
  co_return Server(std::move(state));
}

Task<Server> start_unix_server(ClientConnected callback, std::string path, ServerOptions options) {
  check(options);
  auto state = std::make_shared<ServerState>(get_running_loop(), std::move(callback), options);
  Socket socket = listen_on_path(path, {.backlog = options.backlog});
  state->listen(std::move(socket), path.starts_with('\0') ? "" : std::move(path));
  if (options.start_serving) state->start_serving();
  co_return Server(std::move(state));
}

}  // namespace capricorn
