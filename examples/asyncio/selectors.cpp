// SPDX-License-Identifier: MIT
// What stands under a loop: a selector says which descriptors are ready, and a callback is found
// for each. A loop does the same, and knows timers and coroutines besides.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <capricorn/asyncio.hpp>
#include <capricorn/loop/socket.hpp>

#include <cstdio>
#include <functional>
#include <stdexcept>
#include <vector>

using namespace capricorn;
using namespace std::chrono_literals;

/// A descriptor and what to call: Python's `data=callback`. The selector keeps a pointer to it.
class Registered final : public IoWatcher {
 public:
  Registered(int fd, std::function<void(std::uint8_t)> callback)
      : IoWatcher(fd), callback_(std::move(callback)) {}
  void on_io(std::uint8_t events) override { callback_(events); }

 private:
  std::function<void(std::uint8_t)> callback_;
};

sockaddr_in bind_and_listen(int server) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  if (::bind(server, name, size) < 0 || ::listen(server, 1) < 0 ||
      ::getsockname(server, name, &size) < 0) {
    throw std::runtime_error("no socket on 127.0.0.1");
  }
  return address;
}

int main() {
  const auto selector = make_selector("auto");  // epoll, kqueue, or poll
  const Socket server = open_socket(AF_INET, SOCK_STREAM);
  const sockaddr_in address = bind_and_listen(server.fd());
  const Socket client = open_socket(AF_INET, SOCK_STREAM);

  bool accepted = false;
  Registered accepting(server.fd(), [&](std::uint8_t events) {
    SocketAddress peer;
    const Socket connection = accept_socket(server.fd(), peer);
    accepted = static_cast<bool>(connection);
    std::printf("readable: %s, connection: %s\n", events & kReadable ? "yes" : "no",
                accepted ? "yes" : "no");
  });
  selector->register_(accepting, kReadable);

  std::vector<Selector::Event> events;
  selector->select(10ms, events);
  std::printf("nobody came: %zu events\n", events.size());

  // It is under way when this returns.
  static_cast<void>(
      ::connect(client.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  while (!accepted) {
    events.clear();
    selector->select(100ms, events);
    for (const Selector::Event& event : events) {
      static_cast<Registered*>(event.watcher)->on_io(event.events);
    }
  }
  selector->unregister(accepting);
}
/* Output:
nobody came: 0 events
readable: yes, connection: yes
*/
