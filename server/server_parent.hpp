// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "../loop/runnable.hpp"
#include "restart_reason.hpp"

namespace capricorn {

class MetricsBoard;
class SiblingLoops;

/// Who started a server and looks after it: systemd, a supervisor, or nobody. Told on the thread of
/// the server's loop.
class ServerParent {
 public:
  virtual ~ServerParent() = default;

  /// Stops the server as SIGTERM does, from any thread; the second time at once, where that counts.
  using StopServer = std::function<void()>;
  /// Before anything else; with an empty function behind everything: the server is gone.
  virtual void serving(StopServer /*stop*/) {}
  /// The application has started and connections are accepted.
  virtual void ready() {}
  /// The loop goes on: at least once a second, also while the server stops.
  virtual void alive() {}
  /// How long it may be between two of these, where that is less.
  virtual Duration beat() const { return std::chrono::seconds(1); }
  virtual void stopping() {}
  /// A SIGHUP has had its effect.
  virtual void reloaded() {}
  /// Whether who asks it to stop a second time means its end at once. Any thread.
  virtual bool second_stop_counts() const { return true; }
  /// Somebody did, and it counts.
  virtual void forced() {}
  /// The process ends at once, without its clean-up. Any thread.
  virtual void cut_off() {}
  /// The server has served enough: somebody else is to take its place and then to end it. False
  /// where nobody does; then it ends by itself.
  virtual bool ask_replacement(RestartReason /*reason*/, std::string_view /*sentence*/) {
    return false;
  }
  /// False while somebody else than the parent has told the server to stop, and the parent may yet.
  virtual bool means_stop() const { return true; }
  /// Others serve the same sockets: no client has to be told to look elsewhere first.
  virtual bool others_serve() const { return false; }
  /// Whether nobody goes on with its sockets once the server has stopped.
  virtual bool ends_for_good() const { return true; }
  /// Where all that serve the same count; nullptr where a server is alone.
  virtual MetricsBoard* metrics_board() { return nullptr; }
  /// Whether Ctrl+C is the server's own to handle; a supervisor tells its workers itself.
  virtual bool leaves_interrupt() const { return true; }
  /// Which of the process's loops the server's is.
  virtual std::size_t loop_index() const { return 0; }
  /// Whether its loop is the one that signals come to and that counts what the process uses; the
  /// parent tells the others of the same process.
  bool speaks_for_process() const { return loop_index() == 0; }
  /// All of them; nullptr where it is alone.
  virtual std::shared_ptr<SiblingLoops> siblings() { return nullptr; }
};

}  // namespace capricorn
