// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

namespace capricorn {

/// What a service of Type=notify or notify-reload tells systemd. Where NOTIFY_SOCKET is not set
/// nothing happens. https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
class SystemdService {
 public:
  /// Reads NOTIFY_SOCKET and WATCHDOG_USEC.
  SystemdService();

  void ready(const std::string& status);
  /// What `systemctl status` shows.
  void status(const std::string& text);
  void reloading();
  void stopping();
  /// Told at most as often as systemd's watchdog needs it.
  void alive();
  /// How long it may be between two times that it is told.
  std::chrono::milliseconds beat() const noexcept;
  /// Another process is the service from now on.
  void main_process(int pid);

 private:
  void notify(const std::string& text) const noexcept;

  std::string socket_;
  std::chrono::microseconds watchdog_{0};
  std::chrono::steady_clock::time_point told_{};
};

}  // namespace capricorn
