// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../loop/loop_load.hpp"
#include "connection.hpp"
#include "metrics_board.hpp"

namespace capricorn {

class Loop;

/// One worker's hand on its slot of the board: every request is counted there, and once a second
/// how the loop does. Loop's thread.
class Metrics {
 public:
  /// `requests`: whether those are counted too.
  Metrics(MetricsBoard& board, MetricsSlot& slot, Loop& loop, bool requests,
          bool counts_process = true);
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  bool measures_requests() const noexcept { return requests_; }
  MetricsBoard& board() const noexcept { return board_; }
  const MetricsSlot& slot() const noexcept { return slot_; }

  struct Request {
    RequestKind kind;
    std::string_view route;  // the template
    Duration took{};
    std::uint64_t request_bytes = 0;
    std::uint64_t response_bytes = 0;
  };
  /// Of the fast path: it looks where it looked the last time, and allocates nothing.
  void request_ended(const Request& request) noexcept;

  void stage(MetricsSlot::Stage stage) noexcept;
  /// It serves.
  void begins_to_accept() noexcept;
  /// Whether nobody else accepts either, of all on the board.
  bool ends_accepting() noexcept;
  void connection_accepted() noexcept { slot_[WorkerCount::kConnections].add(1); }

  struct Server {
    std::size_t active_requests = 0;
    std::array<std::size_t, kConnectionStates> connections{};
  };
  /// Once a second.
  void tick(const Server& server) noexcept;
  /// The loop in the second before the last tick.
  const LoopWhile& last_second() const noexcept { return seconds_[newest_]; }

 private:
  static constexpr std::size_t kSecondsKept = 10;

  RequestSeries& series_of(const RequestKind& kind, std::string_view route) noexcept;
  RequestSeries& find_series(const RequestKind& kind, std::string_view route) noexcept;
  std::uint16_t& place_of(const RequestKind& kind, std::string_view route) noexcept;
  RequestSeries& add_series(const RequestKind& kind, std::string_view route) noexcept;
  void publish_loop() noexcept;
  void publish_pool() noexcept;
  void add_since(WorkerCount count, std::uint64_t& before, std::uint64_t now) noexcept;

  MetricsBoard& board_;
  MetricsSlot& slot_;
  bool counts_process_;  // else another loop of the same process does
  Loop& loop_;
  bool requests_;

  // Requests
  static constexpr std::size_t kPlaces = 4 * MetricsSlot::kSeries;  // a power of two
  std::array<RequestSeries*, 64> recent_{};
  std::array<std::uint16_t, kPlaces>
      places_{};  // by what is counted: which series it is, from 1 on

  // Loop
  LoopLoad load_;
  std::array<LoopWhile, kSecondsKept> seconds_;
  std::size_t newest_ = 0;
  LoopWhile lately_;  // in the last ten seconds

  // What was published of counts that others keep
  std::array<std::uint64_t, MetricsSlot::kPoolWaits + 1> waits_{};
  std::uint64_t waited_ = 0;
  std::uint64_t cpu_ = 0;
  std::uint64_t lines_dropped_ = 0;
};

}  // namespace capricorn
