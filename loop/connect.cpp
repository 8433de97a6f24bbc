// SPDX-License-Identifier: MIT
#include "connect.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <expected>
#include <optional>
#include <utility>

#include "selector.hpp"
#include "wait.hpp"

namespace capricorn {

std::vector<SocketAddress> interleaved(const std::vector<SocketAddress>& addresses,
                                       std::size_t first) {
  std::vector<std::pair<int, std::deque<SocketAddress>>> families;  // in order of appearance
  for (const SocketAddress& address : addresses) {
    auto known =
        std::ranges::find(families, address.family(), [](auto& each) { return each.first; });
    if (known == families.end()) known = families.insert(known, {address.family(), {}});
    known->second.push_back(address);
  }
  std::vector<SocketAddress> ordered;
  const auto take = [&ordered](std::deque<SocketAddress>& from) {
    ordered.push_back(from.front());
    from.pop_front();
  };
  for (; first > 1 && !families[0].second.empty(); --first) take(families[0].second);
  while (ordered.size() < addresses.size()) {
    for (auto& [family, rest] : families) {
      if (!rest.empty()) take(rest);
    }
  }
  return ordered;
}

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
  if (error != 0 || SocketAddress::of_peer(fd)) return {error, std::generic_category()};
  // Someone took the error before us, as libkqueue does; mostly it was this one.
  return std::make_error_code(std::errc::connection_refused);
}

/// Connects `socket`, which the caller keeps, or says why not.
Task<std::error_code> connect(int fd, SocketAddress address) {
  if (::connect(fd, address.data(), address.size()) == 0) co_return std::error_code();
  if (errno != EINPROGRESS && errno != EINTR) co_return last_error();
  ConnectWatcher watcher(get_running_loop(), fd);
  co_await watcher.settled;
  co_return outcome_of(fd);
}

using Addresses = std::vector<SocketAddress>;

struct Refusal {
  SocketAddress address;
  std::error_code reason;
};
using Attempt = std::expected<Socket, Refusal>;

Task<Attempt> attempt(SocketAddress address) {
  Socket socket = open_socket(address.family(), SOCK_STREAM);
  std::error_code error = last_error();
  if (socket) error = co_await connect(socket.fd(), address);
  if (error) co_return std::unexpected(Refusal{address, error});
  set_no_delay(socket.fd(), address);
  co_return socket;
}

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

Task<std::optional<Socket>> connect_in_turn(Addresses addresses, std::vector<Refusal>& refusals) {
  for (const SocketAddress& address : addresses) {
    Attempt made = co_await attempt(address);
    if (made) co_return std::move(*made);
    refusals.push_back(made.error());
  }
  co_return std::nullopt;
}

/// The attempts under way; whichever way the race ends, those that are left are cancelled.
struct Racers : std::vector<TaskHandle<Attempt>> {
  Racers() = default;
  Racers(const Racers&) = delete;
  ~Racers() {
    for (TaskHandle<Attempt>& each : *this) each.cancel();
  }
};

/// RFC 8305: each address has a head start of `delay`, or until one has failed.
Task<std::optional<Socket>> race(Addresses addresses, Duration delay,
                                 std::vector<Refusal>& refusals) {
  Racers racers;
  for (std::size_t next = 0; next < addresses.size() || !racers.empty();) {
    if (next < addresses.size()) racers.push_back(create_task(attempt(addresses[next++])));
    WaitOptions until{.return_when = FIRST_COMPLETED};
    if (next < addresses.size()) until.timeout = delay;
    std::vector<TaskHandle<Attempt>> waited(racers.begin(), racers.end());
    const auto [done, pending] = co_await wait(std::move(waited), until);
    std::optional<Socket> winner;
    for (const TaskHandle<Attempt>& each : done) {
      std::erase(racers, each);
      Attempt& made = each.cell().value();
      if (!made)
        refusals.push_back(made.error());
      else if (!winner)
        winner.emplace(std::move(*made));
    }
    if (winner) co_return winner;
  }
  co_return std::nullopt;
}

}  // namespace

Task<Socket> connect_any(Addresses addresses, ConnectOptions options, std::string target) {
  const std::optional<Duration> delay = options.happy_eyeballs_delay;
  const std::size_t interleave = options.interleave.value_or(delay ? 1 : 0);
  if (interleave > 0) addresses = interleaved(addresses, interleave);
  std::vector<Refusal> refusals;
  std::optional<Socket> socket;
  if (delay && addresses.size() > 1)
    socket = co_await race(std::move(addresses), *delay, refusals);
  else
    socket = co_await connect_in_turn(std::move(addresses), refusals);
  if (!socket) refuse("cannot connect to " + target, refusals);
  co_return std::move(*socket);
}

}  // namespace capricorn
