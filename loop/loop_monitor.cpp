// SPDX-License-Identifier: MIT
#include "loop_monitor.hpp"

#include <algorithm>
#include <cstdio>

#include "log.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kSlowestListed = 5;

std::string in_seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", std::chrono::duration<double>(duration).count());
  return text;
}

std::string in_milliseconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms",
                std::chrono::duration<double, std::milli>(duration).count());
  return text;
}

}  // namespace

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
  if (took > slowest_.duration) slowest_ = {std::string(name), took, begin};
  if (took <= threshold_) return;
  ++slow_callbacks_;
  slow_.push_back({std::string(name), took, begin});
  if (slow_.size() > kRecordsKept) slow_.pop_front();
  log(LogLevel::kWarning, std::string(name) + " took " + in_seconds(took) +
                              " of the event loop's time, expected " + in_seconds(threshold_) +
                              " at most");
}

Duration LoopMonitor::watched_for() const {
  if (!installed()) return watched_;
  return watched_ + (std::chrono::steady_clock::now() - installed_at_);
}

std::string LoopMonitor::summary() const {
  const Duration watched = watched_for();
  const double seconds = std::chrono::duration<double>(watched).count();
  const auto count = static_cast<double>(callbacks_);
  char line[256];
  std::snprintf(line, sizeof line, "Event loop, watched for %.3f s\n  callbacks  %llu, %.0f/s\n",
                seconds, static_cast<unsigned long long>(callbacks_),
                seconds > 0 ? count / seconds : 0);
  std::string text = line;
  const Duration average =
      callbacks_ == 0 ? Duration::zero() : busy_ / static_cast<std::int64_t>(callbacks_);
  text += "  total      " + in_seconds(busy_) + "\n  average    " + in_milliseconds(average) + "\n";
  if (callbacks_ > 0) {
    text += "  slowest    " + in_milliseconds(slowest_.duration) + "  " + slowest_.name + "\n";
  }
  text += "  slow       " + std::to_string(slow_callbacks_) + " (> " + in_milliseconds(threshold_) +
          ")\n";
  std::vector<CallbackRecord> worst = slow_callbacks();
  std::ranges::sort(worst, std::ranges::greater{}, &CallbackRecord::duration);
  if (worst.size() > kSlowestListed) worst.resize(kSlowestListed);
  for (const CallbackRecord& each : worst) {
    text += "    " + in_milliseconds(each.duration) + "  " + each.name + "\n";
  }
  return text;
}

}  // namespace capricorn
