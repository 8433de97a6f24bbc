// SPDX-License-Identifier: MIT
#pragma once

#include "../config/config.hpp"
#include "pid_file.hpp"
#include "server_parent.hpp"
#include "systemd.hpp"

namespace capricorn {

/// The parent of a server that is the one process of its service, which systemd looks after or
/// nobody. The configuration outlives it.
class SoleProcess final : public ServerParent {
 public:
  explicit SoleProcess(const Config& config) noexcept : config_(config) {}

  void ready() override {
    pid_file_.write(config_.pid_file);
    systemd_.ready("serving");
    ready_ = true;
  }
  void alive() override { systemd_.alive(); }
  Duration beat() const override { return systemd_.beat(); }
  void reloaded() override {
    if (!ready_) return;
    systemd_.reloading();
    systemd_.ready("serving");
  }
  void stopping() override { systemd_.stopping(); }
  void cut_off() override { pid_file_.remove(); }

 private:
  const Config& config_;
  SystemdService systemd_;
  PidFile pid_file_;
  bool ready_ = false;
};

}  // namespace capricorn
