// SPDX-License-Identifier: MIT
#include "metrics_board.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <system_error>

namespace capricorn {
namespace {

bool runs(pid_t pid) noexcept { return pid != 0 && (::kill(pid, 0) == 0 || errno == EPERM); }

}  // namespace

struct MetricsBoard::Common {
  std::atomic<bool> served{false};
  std::atomic<std::size_t> slots_used{0};
  std::atomic<int> log_level{-1};  // -1: as configured
  // The supervisor's alone.
  std::array<SharedCount, static_cast<std::size_t>(RestartReason::kEnd)> replaced;
};

static_assert(std::atomic<double>::is_always_lock_free && std::atomic<pid_t>::is_always_lock_free,
              "what processes share has no lock");

bool MetricsSlot::alive() const noexcept { return runs(owner.load(std::memory_order_relaxed)); }

MetricsBoard::MetricsBoard(std::size_t slots) {
  constexpr std::size_t kCommon = (sizeof(Common) + 63) / 64 * 64;
  size_ = kCommon + slots * sizeof(MetricsSlot);
  void* memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(), "cannot share the figures");
  }
  common_ = new (memory) Common;
  // Zeros are what an unused slot is made of: none is touched before a worker takes it.
  slots_ = {reinterpret_cast<MetricsSlot*>(static_cast<char*>(memory) + kCommon), slots};
}

MetricsBoard::~MetricsBoard() { ::munmap(common_, size_); }

std::size_t MetricsBoard::slots_for(std::size_t loops) noexcept {
  constexpr std::size_t kMost = 1024;
  static_assert(kMost * sizeof(MetricsSlot) < 220'000'000);
  return std::clamp(2 * loops, kSlots, kMost);
}

std::span<const MetricsSlot> MetricsBoard::slots() const noexcept {
  return slots_.first(common_->slots_used.load());
}

MetricsSlot* MetricsBoard::claim(std::size_t loop) noexcept {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    MetricsSlot& slot = slots_[i];
    pid_t owner = slot.owner.load();
    if (runs(owner) || !slot.owner.compare_exchange_strong(owner, ::getpid())) continue;
    std::size_t used = common_->slots_used.load();
    while (used <= i && !common_->slots_used.compare_exchange_weak(used, i + 1)) {
    }
    slot.loop.store(static_cast<std::uint32_t>(loop));
    slot.stage.store(MetricsSlot::Stage::kStarting);
    slot.accepts.store(false);
    for (SharedGauge& gauge : slot.gauges) gauge.set(0);
    return &slot;
  }
  return nullptr;
}

void MetricsBoard::release(MetricsSlot& slot) noexcept { slot.owner.store(0); }

void MetricsBoard::worker_gone(pid_t pid) noexcept {
  for (MetricsSlot& slot : slots_) {
    pid_t owner = pid;
    slot.owner.compare_exchange_strong(owner, 0);  // one for each of its loops
  }
}

void MetricsBoard::worker_replaced(RestartReason reason) noexcept {
  common_->replaced[static_cast<std::size_t>(reason)].add(1);
}

std::uint64_t MetricsBoard::replaced(RestartReason reason) const noexcept {
  return common_->replaced[static_cast<std::size_t>(reason)].get();
}

void MetricsBoard::set_log_level(std::optional<LogLevel> level) noexcept {
  common_->log_level.store(level ? static_cast<int>(*level) : -1);
}

std::optional<LogLevel> MetricsBoard::log_level() const noexcept {
  const int level = common_->log_level.load(std::memory_order_relaxed);
  return level < 0 ? std::nullopt : std::optional(static_cast<LogLevel>(level));
}

void MetricsBoard::served() noexcept { common_->served.store(true); }
bool MetricsBoard::ever_served() const noexcept { return common_->served.load(); }

bool MetricsBoard::ready() const noexcept {
  return std::ranges::any_of(slots(), [](const MetricsSlot& slot) {
    return slot.stage.load() == MetricsSlot::Stage::kServing && slot.alive();
  });
}

}  // namespace capricorn
