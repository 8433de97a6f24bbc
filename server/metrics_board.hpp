// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "../http/method.hpp"
#include "../loop/log.hpp"
#include "restart_reason.hpp"

namespace capricorn {

/// Written by one process alone, read by any: no bus is locked.
class SharedCount {
 public:
  void add(std::uint64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class SharedGauge {
 public:
  void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
  double get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Counts in classes with an upper bound each, and one for what lies beyond; the sum in `Unit`s.
template <std::size_t N>
struct SharedHistogram {
  std::array<SharedCount, N + 1> counts;
  SharedCount sum;

  template <class Bounds>
  void observe(std::uint64_t value, const Bounds& bounds) noexcept {
    std::size_t i = 0;
    while (i < N && value > bounds[i]) ++i;
    counts[i].add(1);
    sum.add(value);
  }
};

/// OpenTelemetry's, in nanoseconds.
inline constexpr std::array<std::uint64_t, 14> kDurationBounds{
    5'000'000,     10'000'000,    25'000'000,    50'000'000,    75'000'000,
    100'000'000,   250'000'000,   500'000'000,   750'000'000,   1'000'000'000,
    2'500'000'000, 5'000'000'000, 7'500'000'000, 10'000'000'000};
inline constexpr std::array<std::uint64_t, 7> kBodyBounds{
    100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

/// Why a request failed, where it did: error_type.
enum class RequestError : std::uint8_t {
  kNone,
  kStatus,      // 5xx: the status says it
  kException,   // the application threw
  kTimeout,     // a deadline passed
  kDisconnect,  // the client left before its answer was whole
};
enum class UrlScheme : std::uint8_t { kHttp, kHttps, kWs, kWss };

/// What tells one series of requests from another, but for the route.
struct RequestKind {
  Method method = Method::kGet;
  UrlScheme scheme = UrlScheme::kHttp;
  std::uint8_t http_minor = 1;
  RequestError error = RequestError::kNone;
  std::uint16_t status = 0;  // 0: none was sent

  friend bool operator==(const RequestKind&, const RequestKind&) = default;
};

/// Requests of one kind and route. A slot publishes it once its labels stand.
struct RequestSeries {
  static constexpr std::size_t kRoute = 119;  // a longer template is cut

  RequestKind kind;
  std::uint8_t route_size = 0;
  char route_text[kRoute] = {};
  SharedHistogram<kDurationBounds.size()> durations;
  SharedHistogram<kBodyBounds.size()> request_bytes;
  SharedHistogram<kBodyBounds.size()> response_bytes;

  std::string_view route() const noexcept { return {route_text, route_size}; }
  bool counts(const RequestKind& a_kind, std::string_view a_route) const noexcept {
    return kind == a_kind && route() == a_route;
  }
};

enum class WorkerGauge : std::uint8_t {
  kActiveRequests,
  kDelayMean,
  kDelayP50,
  kDelayP90,
  kDelayP99,
  kDelayMax,
  kDelayMaxLately,  // in the last second, for the live page
  kUtilization,
  kReady,
  kTimers,
  kTasks,
  kPoolThreads,
  kPoolBusy,
  kPoolQueued,
  kConnectionsIdle,  // in the order of ConnectionState
  kConnectionsReading,
  kConnectionsActive,
  kConnectionsHandshake,
  kConnectionsWebSocket,
  kConnectionsClosing,
  kEnd,
};
enum class WorkerCount : std::uint8_t {
  kSlowPasses,
  kBusyNanoseconds,
  kCpuNanoseconds,
  kConnections,
  kLogLinesDropped,
  kEnd,
};

/// One worker's figures. Counts go on when another process takes the slot over; gauges are set
/// anew.
struct MetricsSlot {
  static constexpr std::size_t kSeries = 512;
  static constexpr std::size_t kPoolWaits = 6;
  enum class Stage : int { kStarting, kServing, kStopping };

  std::atomic<pid_t> owner{0};         // 0: nobody
  std::atomic<std::uint32_t> loop{0};  // which of the owner's, where it has several
  std::atomic<Stage> stage{Stage::kStarting};
  std::atomic<bool> accepts{false};
  std::array<SharedGauge, static_cast<std::size_t>(WorkerGauge::kEnd)> gauges;
  std::array<SharedCount, static_cast<std::size_t>(WorkerCount::kEnd)> counts;
  SharedHistogram<kPoolWaits> pool_waits;
  std::atomic<std::uint32_t> series_count{0};
  std::array<RequestSeries, kSeries> series;

  SharedGauge& operator[](WorkerGauge gauge) noexcept {
    return gauges[static_cast<std::size_t>(gauge)];
  }
  const SharedGauge& operator[](WorkerGauge gauge) const noexcept {
    return gauges[static_cast<std::size_t>(gauge)];
  }
  SharedCount& operator[](WorkerCount count) noexcept {
    return counts[static_cast<std::size_t>(count)];
  }
  const SharedCount& operator[](WorkerCount count) const noexcept {
    return counts[static_cast<std::size_t>(count)];
  }
  /// Whether the process whose slot it is runs.
  bool alive() const noexcept;
  /// Of those of a process, the one that tells of the process as a whole.
  bool speaks_for_process() const noexcept { return loop.load() == 0; }
};

/// The figures of all workers of a server, in memory that every process forked later shares. A
/// supervisor makes it before its workers, so that any of them can answer for all.
class MetricsBoard {
 public:
  static constexpr std::size_t kSlots = 128;
  /// For so many loops, and those that take their places before they have ended; a bound at 1024,
  /// which is 220 MB of addresses.
  static std::size_t slots_for(std::size_t loops) noexcept;

  /// Throws std::system_error. A slot costs memory once it is used.
  explicit MetricsBoard(std::size_t slots = kSlots);
  MetricsBoard(const MetricsBoard&) = delete;
  MetricsBoard& operator=(const MetricsBoard&) = delete;
  ~MetricsBoard();

  // Worker
  /// For this loop of the process from now on; nullptr where all are taken.
  MetricsSlot* claim(std::size_t loop = 0) noexcept;
  static void release(MetricsSlot& slot) noexcept;

  // Supervisor
  /// It has ended, however it did.
  void worker_gone(pid_t pid) noexcept;
  void worker_replaced(RestartReason reason) noexcept;

  // Readers
  /// Those that a worker ever had.
  std::span<const MetricsSlot> slots() const noexcept;
  std::uint64_t replaced(RestartReason reason) const noexcept;
  bool ever_served() const noexcept;
  /// Some worker serves.
  bool ready() const noexcept;

  /// What the level of every worker's log is to be, those that come later included; nothing where
  /// nobody has changed it, or it is to be the configuration's again. Each looks once a second.
  void set_log_level(std::optional<LogLevel> level) noexcept;
  std::optional<LogLevel> log_level() const noexcept;
  /// Told once by each worker when its application has started.
  void served() noexcept;

 private:
  struct Common;

  Common* common_;
  std::span<MetricsSlot> slots_;
  std::size_t size_;
};

}  // namespace capricorn
