// SPDX-License-Identifier: MIT
// The part of the supervisor that is about its sockets, whom it has them from and whom it hands
// them to.
#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

#include "../loop/log.hpp"
#include "hand_over.hpp"
#include "supervisor.hpp"
#include "wait_status.hpp"

namespace capricorn {

void Supervisor::take_over() {
  if (const std::optional<HandedOver> handed = take_handed_over()) {
    predecessor_ = handed->predecessor;
    for (const ListeningSocket& socket : handed->sockets) handed_.push_back(socket.asked);
    sockets_ = bind_all_sockets(*config_, handed->sockets);
  } else {
    sockets_ = bind_all_sockets(*config_);
  }
  own_files();
}

void Supervisor::own_files() {
  for (ListeningSocket& socket : sockets_) {
    if (socket.path.empty()) continue;
    // No worker's to remove.
    socket_files_[socket.asked] = SocketFile(std::exchange(socket.path, {}));
  }
}

/// Those that are another's now, or still.
void Supervisor::release_files() {
  if (successor_ != 0) pid_file_.release();
  const bool took_over = predecessor_ == 0 || announced_;
  for (auto& [asked, file] : socket_files_) {
    const bool handed = !took_over && std::ranges::find(handed_, asked) != handed_.end();
    if (successor_ != 0 || handed) file.release();
  }
}

void Supervisor::drop_former_sockets() {
  former_sockets_.clear();
  std::erase_if(socket_files_, [this](const auto& file) {
    return std::ranges::none_of(sockets_, [&](auto& each) { return each.asked == file.first; });
  });
}

void Supervisor::hand_over() {
  if (successor_ != 0 || stopping()) {
    return log(LogLevel::kWarning, "Received SIGUSR2, but a new binary is starting already.");
  }
  log(LogLevel::kInfo, "Received SIGUSR2, handing the sockets to a new binary.");
  try {
    successor_ = start_successor(sockets_, [this] { signals_.release_in_child(); });
    newest_successor_ = successor_;
  } catch (const std::system_error& error) {
    log(LogLevel::kError, error.what());
  }
}

/// One that still starts: everything is to stop.
void Supervisor::stop_successor() {
  if (successor_ != 0) ::kill(std::exchange(successor_, 0), SIGTERM);
}

void Supervisor::successor_ended(int wait_status) {
  successor_ = newest_successor_ = 0;
  if (stopping()) return;
  log(LogLevel::kError,
      "The new binary ended (" + cause_of_end(wait_status) + "): the workers go on.");
}

}  // namespace capricorn
