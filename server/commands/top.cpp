// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../program_start.hpp"
#include "commands.hpp"
#include "control_client.hpp"

namespace capricorn {
namespace {

using Json = nlohmann::json;

template <class... Args>
std::string formatted(const char* format, Args... args) {
  char text[256];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

/// "840 µs", "12.3 ms", "1.50 s"
std::string time_text(double seconds) {
  if (seconds < 1e-3) return formatted("%.0f us", seconds * 1e6);
  if (seconds < 1) return formatted("%.1f ms", seconds * 1e3);
  return formatted("%.2f s", seconds);
}

std::string memory_text(const Json& worker) {
  if (!worker.contains("resident_bytes")) return "-";
  return formatted("%.1f M", worker["resident_bytes"].get<double>() / 1048576);
}

/// What one of the workers tells of all of them, and itself.
std::optional<Json> figures_of(pid_t pid) {
  for (const pid_t worker : workers_of(pid)) {
    const std::optional<std::string> text = ask_process(worker, "/loop");
    Json json = text ? Json::parse(*text, nullptr, false) : Json();
    if (json.is_object()) return json;
  }
  return std::nullopt;
}

/// Counts of the time before, for rates.
struct Before {
  double time = 0;
  std::uint64_t requests = 0;
  std::map<int, double> cpu;
};

/// ":1" of a process with several loops.
std::string loop_suffix(const Json& line, bool several_loops) {
  return several_loops && line.contains("loop") ? ":" + line["loop"].dump() : "";
}

/// The process's, since the time before; "-" where the line does not tell that.
std::string cpu_text(const Json& worker, const Before& before, double passed) {
  const auto cpu = before.cpu.find(worker["pid"]);
  if (!worker.contains("cpu_seconds") || cpu == before.cpu.end()) return "-";
  return formatted("%.1f", 100 * (worker["cpu_seconds"].get<double>() - cpu->second) / passed);
}

std::string worker_line(const Json& worker, const Before& before, double passed,
                        bool several_loops) {
  const std::string name = worker["pid"].dump() + loop_suffix(worker, several_loops);
  const Json& connections = worker["connections"];
  std::int64_t open = 0;
  for (const Json& count : connections) open += count.get<std::int64_t>();
  const Json& pool = worker["pool"];
  return formatted(
      "%8s  %-8s %6s %6.1f %9s %9s %8lld %6lld %6lld %3lld/%lld+%lld %9s\n", name.c_str(),
      worker["stage"].get<std::string>().c_str(), cpu_text(worker, before, passed).c_str(),
      100 * worker["utilization"].get<double>(), time_text(worker["delay"]["p99"]).c_str(),
      time_text(worker["delay"]["max"]).c_str(), worker["active_requests"].get<long long>(),
      static_cast<long long>(open), worker["tasks"].get<long long>(), pool["busy"].get<long long>(),
      pool["threads"].get<long long>(), pool["queue"].get<long long>(),
      memory_text(worker).c_str());
}

bool has_several_loops(const Json& figures) {
  return std::ranges::any_of(figures["workers"],
                             [](const Json& worker) { return worker["loop"] != 0; });
}

std::string table_of(const Json& figures, Before& before) {
  const double time = figures["time"];
  const double passed = time - before.time;
  const auto requests = figures["requests"]["count"].get<std::uint64_t>();
  std::string text = "capricorn " + figures["version"].get<std::string>();
  const bool several_loops = has_several_loops(figures);
  text +=
      formatted(several_loops ? ", %zu loops, " : ", %zu worker(s), ", figures["workers"].size());
  if (!figures["measures_requests"].get<bool>()) {
    text += "requests are not measured (--metrics)\n";
  } else {
    if (before.time > 0) {
      text +=
          formatted("%.0f requests/s, ", static_cast<double>(requests - before.requests) / passed);
    }
    text += formatted("%llu requests, %llu failed\n", static_cast<unsigned long long>(requests),
                      static_cast<unsigned long long>(figures["requests"]["errors"]));
  }
  text +=
      "\n     pid  stage      cpu%  busy%   lag p99   lag max requests  conns  tasks  threads    "
      "memory\n";
  for (const Json& worker : figures["workers"]) {
    text += worker_line(worker, before, passed, several_loops);
  }
  const Json& slow = figures["slowest_callbacks"];
  if (!slow.empty())
    text += "\nSlowest callbacks of process " + figures["pid"].dump() + ", last minute:\n";
  for (const Json& each : slow) {
    text += formatted("%10s  ", time_text(each["seconds"]).c_str()) +
            each["name"].get<std::string>() +
            (several_loops ? ", loop " + each["loop"].dump() : "") + "\n";
  }
  for (const Json& loop : figures["silent_loops"]) {
    text +=
        "\nLoop " + loop.dump() + " of process " + figures["pid"].dump() + " does not answer.\n";
  }
  before.time = time;
  before.requests = requests;
  before.cpu.clear();
  for (const Json& worker : figures["workers"]) {
    if (worker.contains("cpu_seconds")) before.cpu[worker["pid"]] = worker["cpu_seconds"];
  }
  return text;
}

}  // namespace

int top(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 2, argv + argc);
  bool once = false;
  std::optional<pid_t> pid;
  for (const std::string& argument : arguments) {
    if (argument == "--once")
      once = true;
    else
      pid = parse_pid(argument);
  }
  if (!pid || arguments.size() > 2) {
    return print({1, "top: expected the number of a process: capricorn top [--once] PID\n"});
  }
  once = once || ::isatty(STDOUT_FILENO) == 0;
  Before before;
  for (;;) {
    const std::optional<Json> figures = figures_of(*pid);
    if (!figures) return nobody_answers(*pid);
    const std::string table = table_of(*figures, before);
    if (!once) std::fputs("\x1b[H\x1b[2J", stdout);
    std::fputs(table.c_str(), stdout);
    std::fflush(stdout);
    if (once) return 0;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace capricorn
