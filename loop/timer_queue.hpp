// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "runnable.hpp"

namespace capricorn {

/// Timers by (deadline, order of creation). Those of the tick under way, about a millisecond, are
/// exact: most come in order and stand in a list, the others in a heap. Later ones lie unsorted in
/// the slots of a wheel, where adding and cancelling cost the same however many there are.
///
/// A tick has four digits of eight bits, and a wheel for each. A timer lies on the wheel of the
/// highest digit in which its tick differs from the current one; when that digit comes up, it moves
/// to a lower wheel or is sorted in (Varghese and Lauck's hierarchical wheel). A slot that
/// cancelled timers left empty stays marked as filled until somebody looks for the next one: a
/// timer that is cancelled need not know where it lay.
class TimerQueue {
 public:
  explicit TimerQueue(TimePoint now) noexcept : current_(tick_of(now)) {}

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  /// When to look again, on behalf of a timer that is there or was cancelled: at its deadline, or
  /// first where its tick begins. Behind a sleep within a tick the system wakes us some twenty
  /// microseconds closer to the deadline than behind a long one. There is a timer.
  TimePoint next_deadline() noexcept;

  void add(TimerNode& timer, TimePoint when) {
    cancel(timer);
    timer.when_ = when;
    timer.sequence_ = next_sequence_++;
    // Room in the heap for all of them: moving one there later cannot fail.
    if (heap_.capacity() <= size_) make_room();
    ++size_;
    place(timer);
  }
  /// Does nothing for a timer that is not scheduled.
  void cancel(TimerNode& timer) noexcept {
    if (!timer.scheduled()) return;
    --size_;
    if (timer.index_ < TimerNode::kInSorted) return take_from_heap(timer);
    if (timer.index_ == TimerNode::kInWheel) --in_wheel_;
    timer.index_ = TimerNode::kNone;
    timer.unlink();
  }
  /// Moves every timer whose deadline is `now` or earlier to the end of `ready`, in order.
  void pop_due(TimePoint now, IntrusiveList<Runnable>& ready) noexcept;

 private:
  using Tick = std::uint64_t;
  static constexpr int kTickBits = 20;  // of nanoseconds
  static constexpr int kDigitBits = 8;
  static constexpr int kWheels = 4;
  static constexpr std::size_t kSlots = 1 << kDigitBits;

  struct Wheel {
    std::array<IntrusiveList<Runnable>, kSlots> slots;
    std::array<TimePoint, kSlots> earliest;  // of what was put there since the slot was empty
    std::array<std::uint64_t, kSlots / 64> filled{};
  };

  static Tick tick_of(TimePoint time) noexcept {
    return static_cast<Tick>(time.time_since_epoch().count()) >> kTickBits;
  }
  static std::size_t digit(Tick tick, int wheel) noexcept {
    return tick >> (wheel * kDigitBits) & (kSlots - 1);
  }

  void place(TimerNode& timer) noexcept {
    const Tick tick = tick_of(timer.when_);
    if (tick <= current_) return sort_in(timer);
    const Tick differs = tick ^ current_;
    if (differs >> (kWheels * kDigitBits)) return push_heap(timer);  // 52 days and more: few
    const int wheel = (std::bit_width(differs) - 1) / kDigitBits;
    const std::size_t slot = digit(tick, wheel);
    Wheel& on = wheels_[static_cast<std::size_t>(wheel)];
    const TimePoint others = on.slots[slot].empty() ? TimePoint::max() : on.earliest[slot];
    on.earliest[slot] = std::min(others, timer.when_);
    on.slots[slot].push_back(timer);
    on.filled[slot / 64] |= std::uint64_t{1} << slot % 64;
    next_known_ = false;
    timer.index_ = TimerNode::kInWheel;
    ++in_wheel_;
  }
  /// Timers of one delay come in the order of their deadlines.
  void sort_in(TimerNode& timer) noexcept {
    if (!sorted_.empty() && before(&timer, &static_cast<TimerNode&>(sorted_.back()))) {
      return push_heap(timer);
    }
    sorted_.push_back(timer);
    timer.index_ = TimerNode::kInSorted;
  }
  void sort_in_all(IntrusiveList<Runnable>& slot) noexcept;
  /// The first of what is sorted; null where nothing is.
  TimerNode* first() const noexcept;
  /// Finds the slot that comes up first; false where the wheels are empty.
  bool next_slot() noexcept {
    if (in_wheel_ == 0) return false;
    return next_known_ || find_next_slot();
  }
  bool find_next_slot() noexcept;
  void advance(Tick now) noexcept;
  void make_room();

  // The heap: four children a node, each timer knows where it lies.
  static bool before(const TimerNode* a, const TimerNode* b) noexcept {
    return a->when_ != b->when_ ? a->when_ < b->when_ : a->sequence_ < b->sequence_;
  }
  void put(std::size_t index, TimerNode* timer) noexcept {
    heap_[index] = timer;
    timer->index_ = static_cast<std::uint32_t>(index);
  }
  void push_heap(TimerNode& timer) noexcept;
  void take_from_heap(TimerNode& timer) noexcept;
  void sift_up(std::size_t index, TimerNode* timer) noexcept;
  void sift_down(std::size_t index, TimerNode* timer) noexcept;

  Tick current_;
  std::uint64_t next_sequence_ = 0;
  std::size_t size_ = 0;
  std::size_t in_wheel_ = 0;
  IntrusiveList<Runnable> sorted_;
  std::vector<TimerNode*> heap_;
  std::array<Wheel, kWheels> wheels_;
  Tick next_tick_ = 0;  // at which that slot comes up, on this wheel
  int next_wheel_ = 0;
  bool next_known_ = false;
};

}  // namespace capricorn
