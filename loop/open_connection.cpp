// SPDX-License-Identifier: MIT
#include "open_connection.hpp"

#include <utility>

#include "connect.hpp"
#include "timeout.hpp"

namespace capricorn {
namespace {

void check(const StreamOptions& options, bool has_host) {
  if (options.ssl) {
    if (options.ssl->protocol() == PROTOCOL_TLS_SERVER) {
      throw std::invalid_argument(
          "Cannot create a client socket with a PROTOCOL_TLS_SERVER context");
    }
    if (has_host || options.server_hostname) return;
    throw std::invalid_argument("you have to pass server_hostname when using ssl");
  }
  const char* meaningless = options.server_hostname         ? "server_hostname"
                            : options.ssl_handshake_timeout ? "ssl_handshake_timeout"
                            : options.ssl_shutdown_timeout  ? "ssl_shutdown_timeout"
                                                            : nullptr;
  if (!meaningless) return;
  throw std::invalid_argument(std::string(meaningless) + " is only meaningful with ssl");
}

Task<Stream> connect_stream(std::vector<SocketAddress> addresses, std::string target,
                            std::string host, StreamOptions options) {
  const ConnectOptions how{options.happy_eyeballs_delay, options.interleave};
  Socket socket = co_await connect_any(std::move(addresses), how, std::move(target));
  Stream stream(StreamState::over(get_running_loop(), options.limit, std::move(socket)));
  if (options.ssl) {
    TLSOptions tls{.server_hostname = options.server_hostname.value_or(std::move(host))};
    if (options.ssl_handshake_timeout) tls.ssl_handshake_timeout = *options.ssl_handshake_timeout;
    if (options.ssl_shutdown_timeout) tls.ssl_shutdown_timeout = *options.ssl_shutdown_timeout;
    co_await stream.start_tls(*options.ssl, std::move(tls));
  }
  co_return stream;
}

Task<Stream> resolve_and_connect(std::string host, int port, StreamOptions options) {
  std::vector<SocketAddress> addresses = co_await getaddrinfo(host, std::to_string(port));
  std::string target = host + " port " + std::to_string(port);
  co_return co_await connect_stream(std::move(addresses), std::move(target), std::move(host),
                                    std::move(options));
}

Task<Stream> within(std::optional<Duration> limit, Task<Stream> task) {
  if (!limit) co_return co_await std::move(task);
  co_return co_await timeout(*limit, std::move(task));
}

}  // namespace

Task<Stream> open_connection(std::string host, int port, StreamOptions options) {
  check(options, true);
  const std::optional<Duration> limit = options.timeout;
  co_return co_await within(limit, resolve_and_connect(std::move(host), port, std::move(options)));
}

Task<Stream> open_unix_connection(std::string path, StreamOptions options) {
  check(options, false);
  const std::optional<Duration> limit = options.timeout;
  std::vector<SocketAddress> addresses{SocketAddress::of_path(path)};
  std::string target = "unix socket " + addresses[0].text();
  co_return co_await within(
      limit, connect_stream(std::move(addresses), std::move(target), "", std::move(options)));
}

}  // namespace capricorn
