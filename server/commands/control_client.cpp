// SPDX-License-Identifier: MIT
#include "control_client.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "../../loop/address.hpp"
#include "../../loop/parse_number.hpp"
#include "../../loop/platform.hpp"
#include "../../loop/socket.hpp"
#include "../admin/control_socket.hpp"

namespace capricorn {
namespace {

#if defined(__linux__)
std::optional<uid_t> user_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  uid_t real = 0;
  uid_t effective = 0;
  for (std::string word; file >> word;) {
    if (word == "Uid:" && file >> real >> effective) return effective;
  }
  return std::nullopt;
}
#endif

/// Anybody may take the name of a server's socket: who answers there is of root, of this user or,
/// where this is root, of the user whose process it is.
bool is_trusted(int connection, pid_t process) {
  const std::optional<uid_t> user = peer_user(connection);
  if (!user) return false;
  if (*user == 0 || *user == ::geteuid()) return true;
#if defined(__linux__)
  return ::geteuid() == 0 && user_of(process) == user;
#else
  static_cast<void>(process);
  return ::geteuid() == 0;
#endif
}

/// To the control socket of `pid`, whose user is that of `process`; none where nobody is there.
Socket connect_to(pid_t pid, pid_t process) {
  const SocketAddress address = SocketAddress::of_path(control_path(pid));
  Socket socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  const timeval deadline{.tv_sec = 5, .tv_usec = 0};
  const bool connected =
      socket &&
      ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline) == 0 &&
      ::setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline) == 0 &&
      ::connect(socket.fd(), address.data(), address.size()) == 0;
  return connected && is_trusted(socket.fd(), process) ? std::move(socket) : Socket();
}

std::optional<std::string> ask(const Socket& socket, const std::string& path) {
  if (!socket) return std::nullopt;
  const std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: control\r\nConnection: close\r\n\r\n";
  if (::send(socket.fd(), request.data(), request.size(), 0) !=
      static_cast<ssize_t>(request.size())) {
    return std::nullopt;
  }
  std::string answer;
  char bytes[16384];
  for (ssize_t n = 0; (n = ::recv(socket.fd(), bytes, sizeof bytes, 0)) != 0;) {
    if (n < 0) return std::nullopt;
    answer.append(bytes, static_cast<std::size_t>(n));
  }
  const std::size_t head = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 200") || head == answer.npos) return std::nullopt;
  return answer.substr(head + 4);
}

}  // namespace

std::optional<std::string> ask_process(pid_t pid, const std::string& path) {
  return ask(connect_to(pid, pid), path);
}

std::vector<pid_t> workers_of(pid_t pid) {
  if (connect_to(pid, pid)) return {pid};
  std::vector<pid_t> workers;
  for (const pid_t each : control_sockets()) {
    const std::optional<std::string> figures = ask(connect_to(each, pid), "/loop");
    if (!figures) continue;
    const auto json = nlohmann::json::parse(*figures, nullptr, false);
    if (json.is_object() && json.value("parent", 0) == pid) workers.push_back(each);
  }
  return workers;
}

std::optional<pid_t> parse_pid(const std::string& text) {
  const auto pid = parse_number<pid_t>(text);
  return pid && *pid > 0 ? pid : std::nullopt;
}

int nobody_answers(pid_t pid) {
  std::fprintf(stderr,
               "Process %d does not answer: expected a capricorn server, or its supervisor, that "
               "runs as the same user.\n",
               static_cast<int>(pid));
  return 1;
}

}  // namespace capricorn
