// SPDX-License-Identifier: MIT
#include "metrics_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "../loop/pool_figures.hpp"
#include "metrics_board.hpp"
#include "process_figures.hpp"
#include "version.hpp"

namespace capricorn {
namespace {

constexpr double kNanosecondsASecond = 1e9;

std::string text_of(double value) {
  char text[32];  // not snprintf, which would write a comma where the application has setlocale
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, 15);
  return std::string(text, end.ptr);
}

/// A label's value between its quotes.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

/// Writes one family after the other.
class Exposition {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
    text_.append(name).append(" ").append(type).append("\n");
  }
  /// `labels` as `a="1",b="2"`.
  void sample(std::string_view labels, double value, std::string_view suffix = {}) {
    text_.append(name_).append(suffix);
    if (!labels.empty()) text_.append("{").append(labels).append("}");
    text_.append(" ").append(text_of(value)).append("\n");
  }
  /// `counts` in classes of at most `bounds` each, the last without a bound; `unit` of them are
  /// one of the family's.
  void histogram(const std::string& labels, const auto& bounds, const auto& counts, double sum,
                 double unit) {
    const std::string before = labels.empty() ? "" : labels + ",";
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      so_far += counts[i];
      const std::string bound =
          i < bounds.size() ? text_of(static_cast<double>(bounds[i]) / unit) : "+Inf";
      sample(before + "le=\"" + bound + "\"", static_cast<double>(so_far), "_bucket");
    }
    sample(labels, sum / unit, "_sum");
    sample(labels, static_cast<double>(so_far), "_count");
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string_view name_;
};

template <std::size_t N>
struct Histogram {
  std::array<std::uint64_t, N + 1> counts{};
  std::uint64_t sum = 0;

  void add(const SharedHistogram<N>& shared) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += shared.counts[i].get();
    sum += shared.sum.get();
  }
};

struct Requests {
  Histogram<kDurationBounds.size()> durations;
  Histogram<kBodyBounds.size()> request_bytes;
  Histogram<kBodyBounds.size()> response_bytes;
};

constexpr std::array<std::string_view, 4> kSchemes{"http", "https", "ws", "wss"};

std::string error_of(const RequestKind& kind) {
  switch (kind.error) {
    case RequestError::kNone: return {};
    case RequestError::kStatus: return std::to_string(kind.status);
    case RequestError::kException: return "exception";
    case RequestError::kTimeout: return "timeout";
    case RequestError::kDisconnect: return "disconnect";
  }
  return {};
}

/// OpenTelemetry's, those without a value left out.
std::string labels_of(const RequestKind& kind, std::string_view route) {
  const std::string_view method = method_name(kind.method);
  std::string labels = "http_request_method=\"";
  labels.append(method.empty() ? "_OTHER" : method).append("\",url_scheme=\"");
  labels.append(kSchemes[static_cast<std::size_t>(kind.scheme)]);
  labels.append("\",network_protocol_version=\"1.").append(std::to_string(kind.http_minor));
  labels += '"';
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) labels.append(",").append(name).append("=\"").append(value).append("\"");
  };
  add("http_route", escaped(route));
  add("http_response_status_code", kind.status == 0 ? "" : std::to_string(kind.status));
  add("error_type", error_of(kind));
  return labels;
}

/// By their labels, the workers' together.
std::map<std::string, Requests> requests_of(const MetricsBoard& board) {
  std::map<std::string, Requests> all;
  for (const MetricsSlot& slot : board.slots()) {
    for (const RequestSeries& series : std::span(slot.series).first(slot.series_count.load())) {
      Requests& requests = all[labels_of(series.kind, series.route())];
      requests.durations.add(series.durations);
      requests.request_bytes.add(series.request_bytes);
      requests.response_bytes.add(series.response_bytes);
    }
  }
  return all;
}

void write_requests(Exposition& out, const MetricsBoard& board) {
  const auto all = requests_of(board);
  out.family("http_server_request_duration_seconds", "histogram",
             "Time from a request's head to the end of its answer.");
  for (const auto& [labels, each] : all) {
    out.histogram(labels, kDurationBounds, each.durations.counts,
                  static_cast<double>(each.durations.sum), kNanosecondsASecond);
  }
  out.family("http_server_request_body_size_bytes", "histogram", "Size of request bodies.");
  for (const auto& [labels, each] : all) {
    out.histogram(labels, kBodyBounds, each.request_bytes.counts,
                  static_cast<double>(each.request_bytes.sum), 1);
  }
  out.family("http_server_response_body_size_bytes", "histogram", "Size of response bodies.");
  for (const auto& [labels, each] : all) {
    out.histogram(labels, kBodyBounds, each.response_bytes.counts,
                  static_cast<double>(each.response_bytes.sum), 1);
  }
}

struct GaugeRow {
  WorkerGauge gauge;
  std::string_view family;
  std::string_view label;  // besides the worker's, as `stat="max"`
  std::string_view help;   // of the family, with its first row
};
using enum WorkerGauge;
constexpr GaugeRow kGauges[] = {
    {kActiveRequests, "http_server_active_requests", "", "Requests under way."},
    {kDelayMean, "capricorn_eventloop_delay_seconds", "stat=\"mean\"",
     "What an event waits for the event loop, over ten seconds; max: the longest pass."},
    {kDelayP50, "capricorn_eventloop_delay_seconds", "stat=\"p50\"", ""},
    {kDelayP90, "capricorn_eventloop_delay_seconds", "stat=\"p90\"", ""},
    {kDelayP99, "capricorn_eventloop_delay_seconds", "stat=\"p99\"", ""},
    {kDelayMax, "capricorn_eventloop_delay_seconds", "stat=\"max\"", ""},
    {kUtilization, "capricorn_eventloop_utilization_ratio", "",
     "Share of the last ten seconds in which the event loop was busy."},
    {kReady, "capricorn_ready_queue_length", "", "Callbacks that wait for the loop's next pass."},
    {kTimers, "capricorn_timers", "", "Timers that are set."},
    {kTasks, "capricorn_tasks", "", "Live tasks."},
    {kPoolThreads, "capricorn_threadpool_threads", "", "Threads of the pools."},
    {kPoolBusy, "capricorn_threadpool_busy", "", "Threads of the pools that work."},
    {kPoolQueued, "capricorn_threadpool_queue", "", "Jobs that wait for a thread."},
    {kConnectionsIdle, "capricorn_connections", "state=\"idle\"",
     "Open connections by what they wait for."},
    {kConnectionsReading, "capricorn_connections", "state=\"reading\"", ""},
    {kConnectionsActive, "capricorn_connections", "state=\"active\"", ""},
    {kConnectionsHandshake, "capricorn_connections", "state=\"handshake\"", ""},
    {kConnectionsWebSocket, "capricorn_connections", "state=\"websocket\"", ""},
    {kConnectionsClosing, "capricorn_connections", "state=\"closing\"", ""},
    {kConnectionsWebSocket, "capricorn_ws_connections", "", "Open WebSockets."},
};

struct CountRow {
  WorkerCount count;
  std::string_view family;
  std::string_view help;
  double unit;
};
constexpr CountRow kCounts[] = {
    {WorkerCount::kSlowPasses, "capricorn_slow_callbacks_total",
     "Times that the event loop was kept busy for more than 100 ms on end.", 1},
    {WorkerCount::kBusyNanoseconds, "capricorn_eventloop_busy_seconds_total",
     "Time in which the event loop was busy.", kNanosecondsASecond},
    {WorkerCount::kConnections, "capricorn_connections_accepted_total",
     "Connections that were accepted.", 1},
    {WorkerCount::kLogLinesDropped, "capricorn_log_lines_dropped_total",
     "Lines of the log that could not be written.", 1},
    {WorkerCount::kCpuNanoseconds, "process_cpu_time_seconds_total",
     "Processor time, user and system.", kNanosecondsASecond},
};

std::string worker_label(std::size_t worker) { return "worker=\"" + std::to_string(worker) + "\""; }

void write_gauges(Exposition& out, const MetricsBoard& board) {
  std::string_view family;
  for (const GaugeRow& row : kGauges) {
    if (std::exchange(family, row.family) != row.family) {
      out.family(row.family, "gauge", row.help);
    }
    for (std::size_t i = 0; i < board.slots().size(); ++i) {
      const MetricsSlot& slot = board.slots()[i];
      if (!slot.alive()) continue;
      std::string labels = worker_label(i);
      if (!row.label.empty()) labels.append(",").append(row.label);
      out.sample(labels, slot[row.gauge].get());
    }
  }
}

void write_counts(Exposition& out, const MetricsBoard& board) {
  for (const CountRow& row : kCounts) {
    out.family(row.family, "counter", row.help);
    for (std::size_t i = 0; i < board.slots().size(); ++i) {
      out.sample(worker_label(i),
                 static_cast<double>(board.slots()[i][row.count].get()) / row.unit);
    }
  }
  out.family("capricorn_threadpool_wait_seconds", "histogram",
             "Time from a job's submission until a thread takes it.");
  for (std::size_t i = 0; i < board.slots().size(); ++i) {
    Histogram<MetricsSlot::kPoolWaits> waits;
    waits.add(board.slots()[i].pool_waits);
    std::array<std::uint64_t, MetricsSlot::kPoolWaits> bounds{};
    std::ranges::transform(PoolFigures::kWaits, bounds.begin(),
                           [](Duration wait) { return static_cast<std::uint64_t>(wait.count()); });
    out.histogram(worker_label(i), bounds, waits.counts, static_cast<double>(waits.sum),
                  kNanosecondsASecond);
  }
}

void write_processes(Exposition& out, const MetricsBoard& board) {
  std::vector<std::pair<std::string, ProcessFigures>> processes;
  for (std::size_t i = 0; i < board.slots().size(); ++i) {
    const MetricsSlot& slot = board.slots()[i];
    if (!slot.alive() || !slot.speaks_for_process()) continue;
    processes.emplace_back(worker_label(i), process_figures(slot.owner.load()));
  }
  const auto write = [&](std::string_view name, std::string_view help, auto member) {
    out.family(name, "gauge", help);
    for (const auto& [label, figures] : processes) {
      if (figures.*member) out.sample(label, static_cast<double>(*(figures.*member)));
    }
  };
  write("process_resident_memory_bytes", "Resident memory.", &ProcessFigures::resident_bytes);
  write("process_open_fds", "Open file descriptors.", &ProcessFigures::open_descriptors);
  write("process_start_time_seconds", "When the process started, in seconds since 1970.",
        &ProcessFigures::started_at);
}

constexpr std::array<std::string_view, static_cast<std::size_t>(RestartReason::kEnd)> kReasons{
    "died", "hung", "memory", "max_requests", "reload"};

void write_server(Exposition& out, const MetricsBoard& board) {
  out.family("capricorn_worker_restarts_total", "counter",
             "Workers that were replaced, by reason.");
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    out.sample("reason=\"" + std::string(kReasons[i]) + "\"",
               static_cast<double>(board.replaced(static_cast<RestartReason>(i))));
  }
  out.family("capricorn_build_info", "gauge", "What runs; always 1.");
  out.sample("version=\"" + escaped(version()) + "\",compiler=\"" + escaped(compiler()) + "\"", 1);
}

}  // namespace

std::string metrics_text(const MetricsBoard& board) {
  Exposition out;
  write_requests(out, board);
  write_gauges(out, board);
  write_counts(out, board);
  write_processes(out, board);
  write_server(out, board);
  return out.take();
}

}  // namespace capricorn
