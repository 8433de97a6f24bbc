// SPDX-License-Identifier: MIT
#include "admin_json.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "../../loop/task_report.hpp"
#include "../logging.hpp"
#include "../metrics.hpp"
#include "../process_figures.hpp"
#include "../version.hpp"

namespace capricorn {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

constexpr std::array<std::string_view, 4> kTaskStates{"not started", "running", "suspended",
                                                      "done"};

class TaskTree {
 public:
  explicit TaskTree(const std::vector<TaskReport>& tasks) : tasks_(tasks), below_(tasks.size()) {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      for (const std::size_t parent : tasks_[i].awaited_by) below_[parent].push_back(i);
    }
  }

  Json tree() {
    Json roots = Json::array();
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].awaited_by.empty()) roots.push_back(node(i, 0));
    }
    // Those that wait for one another in a circle, and what lay too deep.
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (!shown_.contains(i)) roots.push_back(node(i, 0));
    }
    return roots;
  }

 private:
  static constexpr int kDeepest = 50;

  Json node(std::size_t index, int depth) {
    const TaskReport& task = tasks_[index];
    Json json{{"id", index}, {"name", task.name}};
    if (!shown_.insert(index).second) {
      json["as_above"] = true;
      return json;
    }
    if (!task.label.empty()) json["route"] = task.label;
    json["state"] = kTaskStates[static_cast<std::size_t>(task.state)];
    if (task.state == TaskReport::State::kSuspended) {
      json["suspended_seconds"] = seconds(task.suspended_for);
    }
    json["created_at"] = task.created_at;
    json["stack"] = Json::array();
    for (const TaskReport::Frame& frame : task.frames) {
      json["stack"].push_back({{"function", frame.function}, {"at", frame.place}});
    }
    json["awaits"] = Json::array();
    if (depth == kDeepest) return json;
    for (const std::size_t child : below_[index]) json["awaits"].push_back(node(child, depth + 1));
    return json;
  }

  const std::vector<TaskReport>& tasks_;
  std::vector<std::vector<std::size_t>> below_;
  std::set<std::size_t> shown_;
};

constexpr std::array<std::string_view, 3> kStages{"starting", "serving", "stopping"};

/// What is the process's only where the loop speaks for that.
Json worker_json(std::size_t index, const MetricsSlot& slot) {
  const auto gauge = [&](WorkerGauge which) { return slot[which].get(); };
  const auto count = [&](WorkerGauge which) { return static_cast<std::int64_t>(gauge(which)); };
  const pid_t pid = slot.owner.load();
  using enum WorkerGauge;
  Json json{
      {"worker", index},
      {"pid", pid},
      {"loop", slot.loop.load()},
      {"stage", kStages[static_cast<std::size_t>(slot.stage.load())]},
      {"active_requests", count(kActiveRequests)},
      {"delay",
       {{"mean", gauge(kDelayMean)},
        {"p50", gauge(kDelayP50)},
        {"p90", gauge(kDelayP90)},
        {"p99", gauge(kDelayP99)},
        {"max", gauge(kDelayMax)},
        {"last_second", gauge(kDelayMaxLately)}}},
      {"utilization", gauge(kUtilization)},
      {"ready", count(kReady)},
      {"timers", count(kTimers)},
      {"tasks", count(kTasks)},
      {"pool",
       {{"threads", count(kPoolThreads)},
        {"busy", count(kPoolBusy)},
        {"queue", count(kPoolQueued)}}},
      {"connections",
       {{"idle", count(kConnectionsIdle)},
        {"reading", count(kConnectionsReading)},
        {"active", count(kConnectionsActive)},
        {"handshake", count(kConnectionsHandshake)},
        {"websocket", count(kConnectionsWebSocket)},
        {"closing", count(kConnectionsClosing)}}},
      {"slow_callbacks", slot[WorkerCount::kSlowPasses].get()},
  };
  if (!slot.speaks_for_process()) return json;
  const ProcessFigures process = process_figures(pid);
  json["cpu_seconds"] = static_cast<double>(slot[WorkerCount::kCpuNanoseconds].get()) / 1e9;
  json["log_lines_dropped"] = slot[WorkerCount::kLogLinesDropped].get();
  if (process.resident_bytes) json["resident_bytes"] = *process.resident_bytes;
  if (process.open_descriptors) json["open_fds"] = *process.open_descriptors;
  return json;
}

struct RouteFigures {
  std::uint64_t errors = 0;
  std::uint64_t nanoseconds = 0;
  std::array<std::uint64_t, kDurationBounds.size() + 1> counts{};

  Json json() const {
    std::uint64_t count = 0;
    for (const std::uint64_t each : counts) count += each;
    return {{"count", count},
            {"errors", errors},
            {"seconds", static_cast<double>(nanoseconds) / 1e9},
            {"buckets", counts}};
  }
};

/// Of all workers, ever.
Json requests_json(const MetricsBoard& board) {
  RouteFigures all;
  std::map<std::pair<std::string, std::string>, RouteFigures> routes;
  for (const MetricsSlot& slot : board.slots()) {
    for (const RequestSeries& series : std::span(slot.series).first(slot.series_count.load())) {
      RouteFigures& route =
          routes[{std::string(method_name(series.kind.method)), std::string(series.route())}];
      for (RouteFigures* each : {&all, &route}) {
        for (std::size_t i = 0; i < each->counts.size(); ++i) {
          const std::uint64_t count = series.durations.counts[i].get();
          each->counts[i] += count;
          if (series.kind.error != RequestError::kNone) each->errors += count;
        }
        each->nanoseconds += series.durations.sum.get();
      }
    }
  }
  Json json = all.json();
  json["bounds"] = Json::array();
  for (const std::uint64_t bound : kDurationBounds) {
    json["bounds"].push_back(static_cast<double>(bound) / 1e9);
  }
  json["routes"] = Json::array();
  for (const auto& [name, figures] : routes) {
    Json route = figures.json();
    route["method"] = name.first;
    route["route"] = name.second;
    json["routes"].push_back(std::move(route));
  }
  return json;
}

constexpr std::size_t kSlowCallbacksTold = 10;

/// The elements of all the loops' arrays, each with its loop's number where there are several.
Json merged(const SiblingLoops::Answers& answers) {
  Json all = Json::array();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i]) continue;
    for (Json& each : Json::parse(*answers[i])) {
      if (answers.size() > 1) each["loop"] = i;
      all.push_back(std::move(each));
    }
  }
  return all;
}

Json silent_loops(const SiblingLoops::Answers& answers) {
  Json silent = Json::array();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i]) silent.push_back(i);
  }
  return silent;
}

std::size_t count_tasks(const Json& trees) {
  std::size_t count = 0;
  for (const Json& task : trees) {
    count += task.contains("as_above") ? 0 : 1;
    if (task.contains("awaits")) count += count_tasks(task["awaits"]);
  }
  return count;
}

}  // namespace

std::string task_trees_json(Loop& loop) {
  const std::vector<TaskReport> tasks = report_tasks(loop);
  return dumped(TaskTree(tasks).tree());
}

std::string slow_callbacks_json(const std::vector<SlowCallbacks::Record>& slow) {
  const auto now = std::chrono::steady_clock::now();
  Json json = Json::array();
  for (const SlowCallbacks::Record& record : slow) {
    json.push_back({{"name", record.name},
                    {"seconds", seconds(record.took)},
                    {"ago", seconds(now - record.at)}});
  }
  return dumped(json);
}

std::string tasks_json(const SiblingLoops::Answers& trees) {
  Json tasks = merged(trees);
  return dumped({{"pid", ::getpid()},
                 {"count", count_tasks(tasks)},
                 {"silent_loops", silent_loops(trees)},
                 {"tasks", std::move(tasks)}});
}

std::string tasks_text(const SiblingLoops::Answers& texts) {
  if (texts.size() == 1) return texts.front().value_or("");
  std::string all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    all += "Loop " + std::to_string(i) + ": " + texts[i].value_or("does not answer\n");
  }
  return all;
}

std::string figures_json(const Metrics& metrics, const SiblingLoops::Answers& slow) {
  const MetricsBoard& board = metrics.board();
  const auto now = std::chrono::steady_clock::now();
  Json json{{"pid", ::getpid()},
            {"parent", ::getppid()},
            {"version", version()},
            {"time", std::chrono::duration<double>(now.time_since_epoch()).count()},
            {"measures_requests", metrics.measures_requests()},
            {"workers", Json::array()}};
  for (std::size_t i = 0; i < board.slots().size(); ++i) {
    if (board.slots()[i].alive()) json["workers"].push_back(worker_json(i, board.slots()[i]));
  }
  // The loops of a process take their slots in any order.
  std::sort(json["workers"].begin(), json["workers"].end(), [](const Json& a, const Json& b) {
    return std::pair(a["pid"].get<pid_t>(), a["loop"].get<int>()) <
           std::pair(b["pid"].get<pid_t>(), b["loop"].get<int>());
  });
  json["last_second"] = {{"delay_max", seconds(metrics.last_second().longest_pass())},
                         {"delay_p99", seconds(metrics.last_second().delay(0.99))},
                         {"utilization", metrics.last_second().utilization()},
                         {"passes", metrics.last_second().passes()}};
  json["requests"] = requests_json(board);
  Json slowest = merged(slow);
  std::sort(slowest.begin(), slowest.end(), [](const Json& a, const Json& b) {
    return a["seconds"].get<double>() > b["seconds"].get<double>();
  });
  if (slowest.size() > kSlowCallbacksTold) {
    slowest.erase(slowest.begin() + kSlowCallbacksTold, slowest.end());
  }
  json["slowest_callbacks"] = std::move(slowest);
  json["silent_loops"] = silent_loops(slow);
  return dumped(json);
}

}  // namespace capricorn
