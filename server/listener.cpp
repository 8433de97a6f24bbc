// SPDX-License-Identifier: MIT
#include "listener.hpp"

#include <utility>

namespace capricorn {

std::vector<std::unique_ptr<Listener>> open_listeners(Loop& loop,
                                                      std::vector<ListeningSocket> sockets,
                                                      int backlog,
                                                      const Listener::OnAccept& on_accept) {
  std::vector<std::unique_ptr<Listener>> listeners;
  for (ListeningSocket& one : sockets) {
    listeners.push_back(std::make_unique<Listener>(loop, std::move(one.socket), backlog,
                                                   std::move(one.path), on_accept));
  }
  return listeners;
}

std::string url_of(const Listener& listener) {
  const SocketAddress& address = listener.address();
  if (address.family() == AF_UNIX) return "unix socket " + address.text();
  return "http://" + address.text();
}

}  // namespace capricorn
