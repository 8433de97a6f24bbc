// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "server_parent.hpp"

namespace capricorn {

/// What a worker and its supervisor tell each other, in memory that both have.
struct WorkerStatus {
  enum class Stage : int { kStarting, kServing, kStopping };

  // The worker's
  std::atomic<Stage> stage{Stage::kStarting};
  std::atomic<std::uint64_t> beats{0};  // of its loop
  std::atomic<bool> asks_replacement{false};
  std::atomic<RestartReason> reason{RestartReason::kReload};  // where it asks

  // The supervisor's
  enum class Order : int { kServe, kRetire, kEnd };  // kRetire: others go on with its sockets
  std::atomic<Order> order{Order::kServe};
  std::atomic<bool> forced{false};  // it is to end at once

  struct Unmap {
    void operator()(WorkerStatus* status) const noexcept;
  };
  using Shared = std::unique_ptr<WorkerStatus, Unmap>;
  /// Shared with every process forked later; null, and errno, where the system has no memory.
  static Shared share();
};

/// A worker's end of it. A worker whose supervisor is gone stops as by SIGTERM.
class WorkerLink final : public ServerParent {
 public:
  WorkerLink(WorkerStatus& status, pid_t supervisor, MetricsBoard& board) noexcept
      : status_(status), supervisor_(supervisor), board_(board) {}

  void ready() override;
  void alive() override;
  void stopping() override;
  /// Who signals all processes of a server, as systemd does by default, means one stop of each: the
  /// supervisor's own signal is its second.
  bool second_stop_counts() const override { return status_.forced.load(); }
  bool ask_replacement(RestartReason reason, std::string_view sentence) override;
  bool others_serve() const override;
  bool ends_for_good() const override { return status_.order.load() == WorkerStatus::Order::kEnd; }
  bool means_stop() const override { return status_.order.load() != WorkerStatus::Order::kServe; }
  MetricsBoard* metrics_board() override { return &board_; }
  bool leaves_interrupt() const override { return false; }

 private:
  WorkerStatus& status_;
  pid_t supervisor_;
  MetricsBoard& board_;
  bool orphaned_ = false;
};

}  // namespace capricorn
