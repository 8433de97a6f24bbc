// SPDX-License-Identifier: MIT
#include "systemd.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "../loop/parse_number.hpp"
#include "../loop/socket.hpp"

namespace capricorn {
namespace {

constexpr std::chrono::milliseconds kShortestBeat{20};  // what wants more would keep a core busy
constexpr std::chrono::milliseconds kLongestBeat{1000};

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

SystemdService::SystemdService() : socket_(variable("NOTIFY_SOCKET")) {
  const std::string_view pid = variable("WATCHDOG_PID");
  if (!pid.empty() && parse_number<int>(pid) != ::getpid()) return;
  watchdog_ =
      std::chrono::microseconds(parse_number<long long>(variable("WATCHDOG_USEC")).value_or(0));
}

void SystemdService::ready(const std::string& status) { notify("READY=1\nSTATUS=" + status); }

void SystemdService::status(const std::string& text) { notify("STATUS=" + text); }

void SystemdService::reloading() {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void SystemdService::stopping() { notify("STOPPING=1"); }

void SystemdService::alive() {
  if (watchdog_.count() <= 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - told_ < watchdog_ / 4) return;
  told_ = now;
  notify("WATCHDOG=1");
}

std::chrono::milliseconds SystemdService::beat() const noexcept {
  if (watchdog_.count() <= 0) return kLongestBeat;
  const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(watchdog_ / 2);
  return std::clamp(half, kShortestBeat, kLongestBeat);
}

void SystemdService::main_process(int pid) { notify("MAINPID=" + std::to_string(pid)); }

void SystemdService::notify(const std::string& text) const noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';  // Linux's abstract names
  const Socket socket = open_socket(AF_UNIX, SOCK_DGRAM);
  if (!socket) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  // Best effort, as the protocol has it: without an answer systemd's own deadlines decide.
  static_cast<void>(::sendto(socket.fd(), text.data(), text.size(), 0,
                             reinterpret_cast<const sockaddr*>(&address), size));
}

}  // namespace capricorn
