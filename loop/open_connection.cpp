// SPDX-License-Identifier: MIT
#include "open_connection.hpp"

#include <utility>

#include "connect.hpp"
#include "timeout.hpp"

namespace capricorn {
namespace {

Task<Stream> connect_stream(std::vector<SocketAddress> addresses, std::string target,
                            StreamOptions options) {
  const ConnectOptions how{options.happy_eyeballs_delay, options.interleave};
  Socket socket = co_await connect_any(std::move(addresses), how, std::move(target));
  co_return Stream(StreamState::over(get_running_loop(), options.limit, std::move(socket)));
}

Task<Stream> resolve_and_connect(std::string host, int port, StreamOptions options) {
  std::vector<SocketAddress> addresses = co_await getaddrinfo(host, std::to_string(port));
  co_return co_await connect_stream(std::move(addresses), host + " port " + std::to_string(port),
                                    options);
}

Task<Stream> within(std::optional<Duration> limit, Task<Stream> task) {
  if (!limit) co_return co_await std::move(task);
  co_return co_await timeout(*limit, std::move(task));
}

}  // namespace

Task<Stream> open_connection(std::string host, int port, StreamOptions options) {
  co_return co_await within(options.timeout, resolve_and_connect(std::move(host), port, options));
}

Task<Stream> open_unix_connection(std::string path, StreamOptions options) {
  std::vector<SocketAddress> addresses{SocketAddress::of_path(path)};
  std::string target = "unix socket " + addresses[0].text();
  co_return co_await within(options.timeout,
                            connect_stream(std::move(addresses), std::move(target), options));
}

}  // namespace capricorn
