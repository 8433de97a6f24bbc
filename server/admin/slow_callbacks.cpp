// SPDX-License-Identifier: MIT
#include "slow_callbacks.hpp"

#include <algorithm>
#include <chrono>

namespace capricorn {
namespace {

using namespace std::chrono_literals;
constexpr Duration kWatched = 5s;
constexpr Duration kKept = 60s;
constexpr Duration kWorthTelling = 1ms;
constexpr std::size_t kMost = 10;

}  // namespace

void SlowCallbacks::watch() {
  if (!linked()) loop_.add_callback_observer(*this);
  end_.cancel();
  end_ = loop_.call_later(kWatched, [this] { unlink(); });
}

std::vector<SlowCallbacks::Record> SlowCallbacks::slowest() {
  forget_old();
  return records_;
}

void SlowCallbacks::callback_ran(std::string_view name, TimePoint begin, Duration took) {
  if (took < kWorthTelling) return;
  if (records_.size() == kMost && took <= records_.back().took) return forget_old();
  const auto at = std::ranges::find_if(records_, [&](const Record& r) { return r.took < took; });
  records_.insert(at, {std::string(name), took, begin});
  if (records_.size() > kMost) records_.pop_back();
}

void SlowCallbacks::forget_old() {
  const TimePoint since = std::chrono::steady_clock::now() - kKept;
  std::erase_if(records_, [&](const Record& record) { return record.at < since; });
}

}  // namespace capricorn
