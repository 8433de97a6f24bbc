// SPDX-License-Identifier: MIT
#include "metrics.hpp"

#include <algorithm>
#include <ctime>
#include <functional>

#include "../loop/loop.hpp"
#include "../loop/loop_link.hpp"
#include "logging.hpp"

namespace capricorn {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// Of this process, in nanoseconds.
std::uint64_t cpu_time() noexcept {
  timespec time{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) return 0;
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

/// What fits of a route that is too long: no half of a character, which no reader of the figures
/// takes.
std::string_view cut(std::string_view route) noexcept {
  std::size_t size = RequestSeries::kRoute;
  while (size > 0 && (static_cast<unsigned char>(route[size]) & 0xc0) == 0x80) --size;
  return route.substr(0, size);
}

static_assert(MetricsSlot::kPoolWaits == PoolFigures::kWaits.size());

}  // namespace

Metrics::Metrics(MetricsBoard& board, MetricsSlot& slot, Loop& loop, bool requests,
                 bool counts_process)
    : board_(board),
      slot_(slot),
      counts_process_(counts_process),
      loop_(loop),
      requests_(requests) {
  // Of whoever had the slot before.
  for (std::uint32_t i = 0; i < slot_.series_count.load(); ++i) {
    const RequestSeries& series = slot_.series[i];
    place_of(series.kind, series.route()) = static_cast<std::uint16_t>(i + 1);
  }
  loop_.measure(&load_);
}

Metrics::~Metrics() {
  loop_.measure(nullptr);
  MetricsBoard::release(slot_);
}

void Metrics::stage(MetricsSlot::Stage stage) noexcept {
  slot_.stage.store(stage);
  if (stage == MetricsSlot::Stage::kServing) board_.served();
}

void Metrics::begins_to_accept() noexcept {
  slot_.accepts.store(true);
  stage(MetricsSlot::Stage::kServing);
}

/// Of several that end at once at least one sees that it is the last.
bool Metrics::ends_accepting() noexcept {
  slot_.accepts.store(false);
  return std::ranges::none_of(
      board_.slots(), [](const MetricsSlot& slot) { return slot.accepts.load() && slot.alive(); });
}

void Metrics::request_ended(const Request& request) noexcept {
  RequestSeries& series = series_of(request.kind, request.route);
  const auto ns = static_cast<std::uint64_t>(std::max(request.took, Duration::zero()).count());
  series.durations.observe(ns, kDurationBounds);
  series.request_bytes.observe(request.request_bytes, kBodyBounds);
  series.response_bytes.observe(request.response_bytes, kBodyBounds);
}

/// A route's text lies in its router, so that its address tells most of them apart.
RequestSeries& Metrics::series_of(const RequestKind& kind, std::string_view route) noexcept {
  if (route.size() > RequestSeries::kRoute) [[unlikely]]
    route = cut(route);
  const std::size_t mixed = reinterpret_cast<std::uintptr_t>(route.data()) / 16 +
                            static_cast<std::size_t>(kind.status) * 5 +
                            static_cast<std::size_t>(kind.method);
  RequestSeries*& recent = recent_[mixed % recent_.size()];
  if (!recent || !recent->counts(kind, route)) [[unlikely]]
    recent = &find_series(kind, route);
  return *recent;
}

RequestSeries& Metrics::find_series(const RequestKind& kind, std::string_view route) noexcept {
  std::uint16_t& place = place_of(kind, route);
  if (place != 0) return slot_.series[place - 1U];
  RequestSeries& added = add_series(kind, route);
  if (added.counts(kind, route)) place = static_cast<std::uint16_t>(slot_.series_count.load());
  return added;
}

/// That of its series; an empty one where it has none. Never all are taken.
std::uint16_t& Metrics::place_of(const RequestKind& kind, std::string_view route) noexcept {
  const std::size_t of_kind = (static_cast<std::size_t>(kind.status) << 16) ^
                              (static_cast<std::size_t>(kind.method) << 8) ^
                              (static_cast<std::size_t>(kind.error) << 4) ^
                              (static_cast<std::size_t>(kind.scheme) << 2) ^ kind.http_minor;
  std::size_t at = std::hash<std::string_view>()(route) + of_kind * 0x9e3779b97f4a7c15U;
  for (at ^= at >> 32;; ++at) {
    std::uint16_t& place = places_[at % kPlaces];
    if (place == 0 || slot_.series[place - 1U].counts(kind, route)) return place;
  }
}

/// What finds no room counts in the last series, of no kind.
RequestSeries& Metrics::add_series(const RequestKind& kind, std::string_view route) noexcept {
  const std::uint32_t count = slot_.series_count.load();
  if (count == slot_.series.size()) return slot_.series.back();
  RequestSeries& series = slot_.series[count];
  if (count + 1 == slot_.series.size()) {
    series.kind = {.method = Method::kOther};
  } else {
    series.kind = kind;
    series.route_size = static_cast<std::uint8_t>(route.size());
    route.copy(series.route_text, route.size());
  }
  slot_.series_count.store(count + 1);  // its labels stand
  return series;
}

void Metrics::tick(const Server& server) noexcept {
  if (const auto level = board_.log_level(); level && *level != log_level()) set_log_level(*level);
  slot_[WorkerGauge::kActiveRequests].set(static_cast<double>(server.active_requests));
  for (std::size_t i = 0; i < server.connections.size(); ++i) {
    const auto gauge = static_cast<std::size_t>(WorkerGauge::kConnectionsIdle) + i;
    slot_.gauges[gauge].set(static_cast<double>(server.connections[i]));
  }
  slot_[WorkerGauge::kReady].set(static_cast<double>(loop_.ready_count()));
  slot_[WorkerGauge::kTimers].set(static_cast<double>(loop_.timer_count()));
  slot_[WorkerGauge::kTasks].set(static_cast<double>(loop_.tasks().size()));
  if (counts_process_) {
    add_since(WorkerCount::kCpuNanoseconds, cpu_, cpu_time());
    add_since(WorkerCount::kLogLinesDropped, lines_dropped_, log_lines_dropped());
  }
  publish_loop();
  publish_pool();
}

void Metrics::publish_loop() noexcept {
  newest_ = (newest_ + 1) % kSecondsKept;
  seconds_[newest_] = load_.take();
  lately_ = LoopWhile();
  for (const LoopWhile& second : seconds_) lately_.add(second);
  slot_[WorkerGauge::kDelayMean].set(seconds(lately_.mean_delay()));
  slot_[WorkerGauge::kDelayP50].set(seconds(lately_.delay(0.5)));
  slot_[WorkerGauge::kDelayP90].set(seconds(lately_.delay(0.9)));
  slot_[WorkerGauge::kDelayP99].set(seconds(lately_.delay(0.99)));
  slot_[WorkerGauge::kDelayMax].set(seconds(lately_.longest_pass()));
  slot_[WorkerGauge::kDelayMaxLately].set(seconds(last_second().longest_pass()));
  slot_[WorkerGauge::kUtilization].set(lately_.utilization());
  slot_[WorkerCount::kSlowPasses].add(last_second().slow_passes());
  slot_[WorkerCount::kBusyNanoseconds].add(
      static_cast<std::uint64_t>(last_second().busy().count()));
}

void Metrics::publish_pool() noexcept {
  const PoolFigures& pool = loop_.link()->pool;
  slot_[WorkerGauge::kPoolThreads].set(pool.threads.load());
  slot_[WorkerGauge::kPoolBusy].set(pool.busy.load());
  slot_[WorkerGauge::kPoolQueued].set(pool.queued.load());
  for (std::size_t i = 0; i < waits_.size(); ++i) {
    const std::uint64_t now = pool.waits[i].load();
    slot_.pool_waits.counts[i].add(now - std::exchange(waits_[i], now));
  }
  const std::uint64_t now = pool.waited_ns.load();
  slot_.pool_waits.sum.add(now - std::exchange(waited_, now));
}

void Metrics::add_since(WorkerCount count, std::uint64_t& before, std::uint64_t now) noexcept {
  slot_[count].add(now - std::exchange(before, now));
}

}  // namespace capricorn
