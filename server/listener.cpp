// SPDX-License-Identifier: MIT
#include "listener.hpp"

#include <netdb.h>

#include <cerrno>
#include <utility>

namespace capricorn {
namespace {

/// "[Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in
/// use", as uvicorn prints it.
BindError told(const std::system_error& error) {
  const int number = error.code().value();
  std::string text = error.what();
  const bool of_system = error.code().category() == std::generic_category();
  const std::size_t reason = text.size() - error.code().message().size();
  char& first = text[reason];
  if (of_system && first >= 'A' && first <= 'Z') first = static_cast<char>(first + 32);
  return {"[Errno " + std::to_string(number) + "] " + text, of_system ? number : 0};
}

Socket take_inherited(const Config& config) {
  const std::string address =
      "error while attempting to bind on address file descriptor " + std::to_string(config.fd);
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(config.fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), address);
  }
  if (type != SOCK_STREAM) throw std::system_error(EPROTOTYPE, std::generic_category(), address);
  Socket socket(config.fd);
  if (!make_non_blocking(config.fd) || ::listen(config.fd, config.backlog) != 0) {
    throw std::system_error(errno, std::generic_category(), address);
  }
  return socket;
}

std::vector<Socket> open_sockets(const Config& config) {
  const ListenOptions options{.backlog = config.backlog};
  std::vector<Socket> sockets;
  if (config.fd >= 0) {
    sockets.push_back(take_inherited(config));
  } else if (!config.uds.empty()) {
    sockets.push_back(listen_on_path(config.uds, options));
  } else {
    sockets = listen_on_each(
        getaddrinfo_blocking(config.host, std::to_string(config.port), {.flags = AI_PASSIVE}),
        options);
  }
  return sockets;
}

}  // namespace

std::vector<std::unique_ptr<Listener>> open_listeners(Loop& loop, const Config& config,
                                                      const Listener::OnAccept& on_accept) {
  try {
    std::vector<std::unique_ptr<Listener>> listeners;
    const std::string path = config.fd >= 0 ? "" : config.uds;
    for (Socket& socket : open_sockets(config)) {
      listeners.push_back(
          std::make_unique<Listener>(loop, std::move(socket), config.backlog, path, on_accept));
    }
    return listeners;
  } catch (const std::system_error& error) {
    throw told(error);
  }
}

std::string url_of(const Listener& listener) {
  const SocketAddress& address = listener.address();
  if (address.port() == 0) return "unix socket " + address.host();
  return "http://" + address.text();
}

}  // namespace capricorn
