// SPDX-License-Identifier: MIT
#include "sockets.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "../config/bind_address.hpp"
#include "../loop/ascii.hpp"
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
  const std::string reason = error.code().message();
  if (of_system && text.ends_with(reason)) {
    char& first = text[text.size() - reason.size()];
    first = ascii_lower(first);
  }
  return {"[Errno " + std::to_string(number) + "] " + text, of_system ? number : 0};
}

constexpr std::string_view kOfSystemd = "systemd ";
constexpr std::string_view kDescriptor = "fd ";

/// Makes the sockets of one configuration, in its order. What exists for it is taken instead.
class SocketBinder {
 public:
  SocketBinder(const Config& config, std::vector<PassedSocket> passed,
               std::optional<ListeningSockets> existing)
      : config_(config),
        options_{.backlog = config.backlog, .path_mode = mode_of(config)},
        passed_(std::move(passed)),
        again_(existing.has_value()),
        existing_(std::move(existing).value_or(ListeningSockets())) {}

  ListeningSockets bind() {
    for (const std::string& text : config_.bind) bind_one(text);
    if (!config_.uds.empty()) bind_path(config_.uds);
    if (config_.fd >= 0) inherit(config_.fd);
    if (!names_passed_) inherit_all_passed();
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
      case BindAddress::Kind::kDescriptor: return inherit(address->fd);
      case BindAddress::Kind::kPassed: return inherit_by_name(address->name);
    }
  }

  void bind_port(const std::string& host, int port) {
    const std::string asked = "tcp " + host + " " + std::to_string(port);
    if (take_existing(asked)) return;
    const auto addresses = getaddrinfo_blocking(host, std::to_string(port), {.flags = AI_PASSIVE});
    for (Socket& socket : listen_on_each(addresses, options_)) {
      sockets_.push_back({.socket = std::move(socket), .asked = asked});
    }
  }

  void bind_path(const std::string& path) {
    const bool has_file = path[0] != '\0';
    const std::string asked = "unix " + (has_file ? path : "@" + path.substr(1));
    // Whose file is gone nobody can reach: another is made.
    const bool reachable = !has_file || ::access(path.c_str(), F_OK) == 0;
    if (reachable && take_existing(asked)) {
      if (has_file && options_.path_mode) change_mode(path, *options_.path_mode);
      return;
    }
    Socket socket = listen_on_path(path, options_);
    sockets_.push_back({.socket = std::move(socket), .path = has_file ? path : "", .asked = asked});
  }

  static void change_mode(const std::string& path, mode_t mode) {
    if (::chmod(path.c_str(), mode) == 0) return;
    throw std::system_error(errno, std::generic_category(),
                            "error while attempting to set permissions of '" + path + "'");
  }

  void inherit(int fd) {
    // The first socket of systemd's is 3, which --fd may name as well.
    std::erase_if(passed_, [fd](const PassedSocket& socket) { return socket.fd == fd; });
    const std::string asked = std::string(kDescriptor) + std::to_string(fd);
    if (take_existing(asked)) return;
    if (again_) {
      throw BindError("Descriptor " + std::to_string(fd) +
                          " was not there at the start: a reload cannot inherit it.",
                      EBADF);
    }
    inherit(fd, asked);
  }

  void inherit(int fd, const std::string& asked) {
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
    sockets_.push_back({.socket = std::move(socket), .asked = asked});
  }

  /// Whoever names some takes no others.
  void inherit_by_name(const std::string& name) {
    names_passed_ = true;
    const std::string asked = std::string(kOfSystemd) + name;
    bool found = take_existing(asked);
    for (const PassedSocket& socket : std::vector<PassedSocket>(passed_)) {
      if (socket.name != name) continue;
      inherit(socket.fd, asked);
      found = true;
    }
    if (found) return;
    throw BindError("No socket named '" + name + "' was passed by systemd: see fd://" + name + ".",
                    ENOENT);
  }

  void inherit_all_passed() {
    for (const PassedSocket& socket : std::exchange(passed_, {})) {
      inherit(socket.fd, std::string(kOfSystemd) + socket.name);
    }
    std::vector<std::string> names;
    for (const ListeningSocket& socket : existing_) {
      if (socket.asked.starts_with(kOfSystemd)) names.push_back(socket.asked);
    }
    for (const std::string& asked : names) take_existing(asked);
  }

  /// False where there is none.
  bool take_existing(const std::string& asked) {
    bool found = false;
    for (ListeningSocket& socket : existing_) {
      if (socket.asked != asked) continue;
      if (::listen(socket.socket.fd(), config_.backlog) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot listen on " + asked);
      }
      sockets_.push_back(std::move(socket));
      socket.asked.clear();
      found = true;
    }
    return found;
  }

  const Config& config_;
  ListenOptions options_;
  std::vector<PassedSocket> passed_;
  bool again_;  // others were bound before
  ListeningSockets existing_;
  ListeningSockets sockets_;
  bool names_passed_ = false;
};

ListeningSockets bind_for(const Config& config, std::vector<PassedSocket> passed,
                          std::optional<ListeningSockets> existing) {
  try {
    return SocketBinder(config, std::move(passed), std::move(existing)).bind();
  } catch (const std::system_error& error) {
    throw told(error);
  }
}

/// The admin address as a configuration of its own.
std::vector<Config> admin_configs(const Config& config) {
  std::vector<Config> configs;
  if (config.admin_port >= 0) {
    Config& port = configs.emplace_back();
    port.host = config.admin_host;
    port.port = config.admin_port;
  }
  if (!config.admin_uds.empty()) {
    Config& path = configs.emplace_back();
    path.uds = config.admin_uds;
    path.uds_permissions = kOwnerOnly;
  }
  return configs;
}

void append(ListeningSockets& all, ListeningSockets more) {
  for (ListeningSocket& socket : more) all.push_back(std::move(socket));
}

ListeningSockets bind_admin(const Config& config, const std::optional<ListeningSockets>& existing) {
  ListeningSockets sockets;
  for (const Config& one : admin_configs(config)) {
    append(sockets,
           bind_for(one, {}, existing ? std::optional(copies_of(*existing)) : std::nullopt));
  }
  for (ListeningSocket& socket : sockets) socket.admin = true;
  return sockets;
}

}  // namespace

bool was_passed(const ListeningSocket& socket) noexcept {
  return socket.asked.starts_with(kOfSystemd) || socket.asked.starts_with(kDescriptor);
}

void turn_away_from(const ListeningSockets& former, const ListeningSockets& kept) noexcept {
  for (const ListeningSocket& socket : former) {
    const bool stays = std::ranges::any_of(kept, [&](const ListeningSocket& other) {
      return other.asked == socket.asked && other.admin == socket.admin;
    });
    if (!stays && !was_passed(socket)) turn_away(socket.socket.fd());
  }
}

ListeningSockets bind_sockets(const Config& config) {
  return bind_for(config, take_passed_sockets(), std::nullopt);
}

ListeningSockets bind_admin_sockets(const Config& config) {
  return bind_admin(config, std::nullopt);
}

ListeningSockets bind_all_sockets(const Config& config) {
  ListeningSockets sockets = bind_sockets(config);
  append(sockets, bind_admin_sockets(config));
  return sockets;
}

ListeningSockets bind_all_sockets(const Config& config, const ListeningSockets& existing) {
  ListeningSockets application = copies_of(existing);
  ListeningSockets admin;
  for (ListeningSocket& socket : application) {
    if (socket.admin) admin.push_back(std::move(socket));
  }
  std::erase_if(application, [](const ListeningSocket& socket) { return !socket.socket; });
  ListeningSockets sockets = bind_for(config, {}, std::move(application));
  append(sockets, bind_admin(config, std::move(admin)));
  return sockets;
}

ListeningSockets copies_of(const ListeningSockets& sockets) {
  ListeningSockets copies;
  for (const ListeningSocket& socket : sockets) {
    const int fd = ::fcntl(socket.socket.fd(), F_DUPFD_CLOEXEC, 0);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "a copy of a socket");
    copies.push_back(
        {.socket = Socket(fd), .path = socket.path, .asked = socket.asked, .admin = socket.admin});
  }
  return copies;
}

}  // namespace capricorn
