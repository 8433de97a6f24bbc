// SPDX-License-Identifier: MIT
#include "loop_monitor.hpp"

#include <algorithm>
#include <cstdio>

#include "log.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kSlowestListed = 5;

/// "%.3f" and the like.
std::string text_of(const char* format, double number) {
  char text[64];
  std::snprintf(text, sizeof text, format, number);
  return text;
}
double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
double milliseconds(Duration duration) { return 1000 * seconds(duration); }

}  // namespace

std::string CallbackRecord::text() const {
  return (is_slow() ? "[SLOW] " : "[ok] ") + name + text_of(": %.1fms", milliseconds(duration));
}

LoopMonitor LoopMonitor::monitor(Duration threshold) {
  return LoopMonitor(get_running_loop(), threshold, Installed::kYes);
}

// Real time, as callbacks are measured in: the loop's clock may be a test's.
void LoopMonitor::install() {
  if (installed()) return;
  installed_at_ = std::chrono::steady_clock::now();
  loop_.add_callback_observer(*this);
}

void LoopMonitor::uninstall() {
  if (!installed()) return;
  unlink();
  watched_ += std::chrono::steady_clock::now() - installed_at_;
}

void LoopMonitor::callback_ran(std::string_view name, TimePoint begin, Duration took) {
  ++callbacks_;
  busy_ += took;
  if (took <= threshold_) return;
  ++slow_callbacks_;
  slow_.push_back({std::string(name), took, threshold_, begin});
  if (slow_.size() > kRecordsKept) slow_.pop_front();
  log(LogLevel::kWarning, "Slow callback: " + std::string(name) +
                              text_of(" took %.3fs", seconds(took)) +
                              text_of(" (threshold: %.3fs)", seconds(threshold_)));
}

Duration LoopMonitor::watched_for() const {
  if (!installed()) return watched_;
  return watched_ + (std::chrono::steady_clock::now() - installed_at_);
}

std::string LoopMonitor::summary() const {
  const double elapsed = seconds(watched_for());
  const auto count = static_cast<double>(callbacks_);
  const std::string line(60, '=');
  std::string text = line + "\nEvent Loop Debug Summary\n" + line + "\n";
  text += text_of("Total time: %.3fs\n", elapsed);
  text += "Callbacks executed: " + std::to_string(callbacks_) + "\n";
  text += text_of("Callback throughput: %.0f/s\n", elapsed > 0 ? count / elapsed : 0);
  text += text_of("Time in callbacks: %.3fs", seconds(busy_));
  text += text_of(" (%.1fms each)\n", count > 0 ? milliseconds(busy_) / count : 0);
  text += "Slow callbacks: " + std::to_string(slow_callbacks_) +
          text_of(" (>%.0fms)\n", milliseconds(threshold_));
  std::vector<CallbackRecord> worst = slow_callbacks();
  std::ranges::sort(worst, std::ranges::greater{}, &CallbackRecord::duration);
  if (worst.size() > kSlowestListed) worst.resize(kSlowestListed);
  if (!worst.empty()) text += "\nTop slow callbacks:\n";
  for (const CallbackRecord& each : worst) text += "  " + each.text() + "\n";
  return text + line + "\n";
}

}  // namespace capricorn
