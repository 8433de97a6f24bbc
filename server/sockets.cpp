// SPDX-License-Identifier: MIT
#include "sockets.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "../config/bind_address.hpp"
#include "../loop/listener.hpp"
#include "passed_sockets.hpp"

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

/// Makes the sockets of one configuration, in its order.
class SocketBinder {
 public:
  SocketBinder(const Config& config, std::vector<PassedSocket> passed)
      : config_(config),
        options_{.backlog = config.backlog, .path_mode = mode_of(config)},
        passed_(std::move(passed)) {}

  std::vector<ListeningSocket> bind() {
    for (const std::string& text : config_.bind) bind_one(text);
    if (!config_.uds.empty()) bind_path(config_.uds);
    if (config_.fd >= 0) inherit(config_.fd, {});
    if (!names_passed_) {
      for (const PassedSocket& socket : std::exchange(passed_, {})) inherit(socket.fd, socket.name);
    }
    if (sockets_.empty()) bind_port(config_.host, config_.port);
    return std::move(sockets_);
  }

 private:
  static std::optional<mode_t> mode_of(const Config& config) {
    if (config.uds_permissions < 0) return std::nullopt;
    return static_cast<mode_t>(config.uds_permissions);
  }

  void bind_one(const std::string& text) {
    const std::optional<BindAddress> address = parse_bind_address(text);
    if (!address) {
      throw BindError("Invalid bind address: expected " + std::string(kExpectedBindAddress) +
                          ", got '" + text + "'.",
                      EINVAL);
    }
    switch (address->kind) {
      case BindAddress::Kind::kPort: return bind_port(address->host, address->port);
      case BindAddress::Kind::kPath: return bind_path(address->path);
      case BindAddress::Kind::kDescriptor: return inherit(address->fd, {});
      case BindAddress::Kind::kPassed: return inherit_by_name(address->name);
    }
  }

  void bind_port(const std::string& host, int port) {
    const auto addresses = getaddrinfo_blocking(host, std::to_string(port), {.flags = AI_PASSIVE});
    for (Socket& socket : listen_on_each(addresses, options_)) {
      sockets_.push_back({.socket = std::move(socket)});
    }
  }

  void bind_path(const std::string& path) {
    Socket socket = listen_on_path(path, options_);
    sockets_.push_back({.socket = std::move(socket), .path = path[0] == '\0' ? "" : path});
  }

  void inherit(int fd, const std::string& name) {
    // The first socket of systemd's is 3, which --fd may name as well.
    std::erase_if(passed_, [fd](const PassedSocket& socket) { return socket.fd == fd; });
    const std::string address =
        "error while attempting to bind on address file descriptor " + std::to_string(fd);
    int type = 0;
    socklen_t size = sizeof type;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
      throw std::system_error(errno, std::generic_category(), address);
    }
    if (type != SOCK_STREAM) throw std::system_error(EPROTOTYPE, std::generic_category(), address);
    Socket socket(fd);
    if (!make_non_blocking(fd) || ::listen(fd, config_.backlog) != 0) {
      throw std::system_error(errno, std::generic_category(), address);
    }
    sockets_.push_back({.socket = std::move(socket), .path = {}, .name = name});
  }

  /// Whoever names some takes no others.
  void inherit_by_name(const std::string& name) {
    names_passed_ = true;
    bool found = false;
    for (const PassedSocket& socket : std::vector<PassedSocket>(passed_)) {
      if (socket.name != name) continue;
      inherit(socket.fd, name);
      found = true;
    }
    if (found) return;
    throw BindError("No socket named '" + name + "' was passed by systemd: see fd://" + name + ".",
                    ENOENT);
  }

  const Config& config_;
  ListenOptions options_;
  std::vector<PassedSocket> passed_;
  std::vector<ListeningSocket> sockets_;
  bool names_passed_ = false;
};

}  // namespace

namespace {

std::vector<ListeningSocket> bind(const Config& config, std::vector<PassedSocket> passed) {
  try {
    return SocketBinder(config, std::move(passed)).bind();
  } catch (const std::system_error& error) {
    throw told(error);
  }
}

}  // namespace

std::vector<ListeningSocket> bind_sockets(const Config& config) {
  return bind(config, take_passed_sockets());
}

std::vector<ListeningSocket> bind_addresses(const Config& config) { return bind(config, {}); }

}  // namespace capricorn
