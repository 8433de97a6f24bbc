// SPDX-License-Identifier: MIT
#include "open_connection.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "timeout.hpp"

namespace capricorn {
namespace {

/// Until a connection under way is made, or refused.
class ConnectWatcher final : public IoWatcher {
 public:
  ConnectWatcher(Loop& loop, int fd) : IoWatcher(fd), settled(loop), loop_(loop) {
    loop.watch(*this, kWritable);
  }
  ~ConnectWatcher() { loop_.unwatch(*this); }
  Future<void> settled;

 private:
  void on_io(std::uint8_t) override {
    if (!settled.done()) settled.set_result();
  }
  Loop& loop_;
};

std::error_code outcome_of(int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return last_error();
  return {error, std::generic_category()};
}

/// Connects `socket`, which the caller keeps, or says why not.
Task<std::error_code> connect(int fd, SocketAddress address) {
  if (::connect(fd, address.data(), address.size()) == 0) co_return std::error_code();
  if (errno != EINPROGRESS && errno != EINTR) co_return last_error();
  ConnectWatcher watcher(get_running_loop(), fd);
  co_await watcher.settled;
  co_return outcome_of(fd);
}

struct Refusal {
  SocketAddress address;
  std::error_code reason;
};

[[noreturn]] void refuse(std::string text, const std::vector<Refusal>& refusals) {
  const std::error_code reason = refusals.back().reason;
  const bool all_the_same = std::ranges::all_of(
      refusals, [reason](const Refusal& refusal) { return refusal.reason == reason; });
  if (!all_the_same) {
    std::string separator = " (";
    for (const Refusal& refusal : refusals) {
      text += separator + refusal.address.text() + ": " + refusal.reason.message();
      separator = ", ";
    }
    text += ")";
  }
  throw std::system_error(reason, text);
}

/// `target` is for the text.
Task<Stream> connect_first(std::vector<SocketAddress> addresses, std::string target,
                           std::size_t limit) {
  std::vector<Refusal> refusals;
  for (const SocketAddress& address : addresses) {
    Socket socket = open_socket(address.family(), SOCK_STREAM);
    std::error_code error = socket ? std::error_code() : last_error();
    if (!error) error = co_await connect(socket.fd(), address);
    if (!error) {
      set_no_delay(socket.fd(), address);
      co_return Stream(StreamState::over(get_running_loop(), limit, std::move(socket)));
    }
    refusals.push_back({address, error});
  }
  refuse("cannot connect to " + target, refusals);
}

Task<Stream> resolve_and_connect(std::string host, int port, std::size_t limit) {
  std::vector<SocketAddress> addresses = co_await getaddrinfo(host, std::to_string(port));
  co_return co_await connect_first(std::move(addresses), host + " port " + std::to_string(port),
                                   limit);
}

Task<Stream> within(std::optional<Duration> limit, Task<Stream> task) {
  if (!limit) co_return co_await std::move(task);
  co_return co_await timeout(*limit, std::move(task));
}

}  // namespace

Task<Stream> open_connection(std::string host, int port, StreamOptions options) {
  co_return co_await within(options.timeout,
                            resolve_and_connect(std::move(host), port, options.limit));
}

Task<Stream> open_unix_connection(std::string path, StreamOptions options) {
  std::vector<SocketAddress> addresses{SocketAddress::of_path(path)};
  std::string target = "unix socket " + addresses[0].text();
  co_return co_await within(options.timeout,
                            connect_first(std::move(addresses), std::move(target), options.limit));
}

}  // namespace capricorn
