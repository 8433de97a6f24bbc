// SPDX-License-Identifier: MIT
#include "timer_queue.hpp"

#include <algorithm>
#include <bit>

namespace capricorn {
namespace {

constexpr std::size_t kArity = 4;
// In TimerNode::index_, above every index of the heap: the wheel and the slot follow.
constexpr std::size_t kInWheel = std::size_t{1} << 62;

}  // namespace

void TimerQueue::add(TimerNode& timer, TimePoint when) {
  cancel(timer);
  timer.when_ = when;
  timer.sequence_ = next_sequence_++;
  // Room in the heap for all of them: moving one there later cannot fail.
  if (heap_.capacity() <= size()) heap_.reserve(2 * size() + 16);
  place(timer);
}

void TimerQueue::place(TimerNode& timer) noexcept {
  const Tick tick = tick_of(timer.when_);
  const Tick differs = tick ^ current_;
  // Due within this tick, or in 52 days and more: both are few.
  if (tick <= current_ || differs >> (kWheels * kDigitBits)) {
    heap_.push_back(&timer);
    sift_up(heap_.size() - 1, &timer);
    return;
  }
  const int wheel = (std::bit_width(differs) - 1) / kDigitBits;
  const std::size_t slot = digit(tick, wheel);
  Wheel& on = wheels_[static_cast<std::size_t>(wheel)];
  on.slots[slot].push_back(timer);
  on.filled[slot / 64] |= std::uint64_t{1} << slot % 64;
  timer.index_ = kInWheel | static_cast<std::size_t>(wheel) << kDigitBits | slot;
  ++in_wheel_;
}

void TimerQueue::cancel(TimerNode& timer) noexcept {
  if (!timer.scheduled()) return;
  if (timer.index_ & kInWheel)
    take_from_slot(timer);
  else
    take_from_heap(timer);
}

void TimerQueue::take_from_slot(TimerNode& timer) noexcept {
  const std::size_t slot = timer.index_ & (kSlots - 1);
  Wheel& wheel = wheels_[timer.index_ >> kDigitBits & (kWheels - 1)];
  timer.index_ = TimerNode::kNone;
  timer.unlink();
  --in_wheel_;
  if (wheel.slots[slot].empty()) wheel.filled[slot / 64] &= ~(std::uint64_t{1} << slot % 64);
}

void TimerQueue::take_from_heap(TimerNode& timer) noexcept {
  const std::size_t hole = timer.index_;
  timer.index_ = TimerNode::kNone;
  TimerNode* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  if (hole > 0 && before(last, heap_[(hole - 1) / kArity]))
    sift_up(hole, last);
  else
    sift_down(hole, last);
}

bool TimerQueue::next_slot(Tick& tick, int& wheel) const noexcept {
  if (in_wheel_ == 0) return false;
  for (wheel = 0; wheel < kWheels; ++wheel) {
    // Every slot in use lies above the current digit.
    const auto& filled = wheels_[static_cast<std::size_t>(wheel)].filled;
    for (std::size_t word = digit(current_, wheel) / 64; word < filled.size(); ++word) {
      if (!filled[word]) continue;
      const auto slot = word * 64 + static_cast<std::size_t>(std::countr_zero(filled[word]));
      const int shift = wheel * kDigitBits;
      tick = (current_ >> shift >> kDigitBits << kDigitBits | slot) << shift;
      return true;
    }
  }
  return false;
}

TimePoint TimerQueue::next_deadline() const noexcept {
  Tick tick = 0;
  int wheel = 0;
  if (!next_slot(tick, wheel)) return heap_.front()->when_;
  const TimePoint slot_begins{Duration(static_cast<Duration::rep>(tick << kTickBits))};
  return heap_.empty() ? slot_begins : std::min(heap_.front()->when_, slot_begins);
}

void TimerQueue::advance(Tick now) noexcept {
  Tick tick = 0;
  int wheel = 0;
  while (next_slot(tick, wheel) && tick <= now) {
    current_ = tick;
    auto& slot = wheels_[static_cast<std::size_t>(wheel)].slots[digit(tick, wheel)];
    while (!slot.empty()) {
      auto& timer = static_cast<TimerNode&>(slot.front());
      take_from_slot(timer);
      place(timer);
    }
  }
  current_ = std::max(current_, now);
}

void TimerQueue::pop_due(TimePoint now, IntrusiveList<Runnable>& ready) noexcept {
  advance(tick_of(now));
  while (!heap_.empty() && heap_.front()->when_ <= now) {
    TimerNode& timer = *heap_.front();
    take_from_heap(timer);
    ready.push_back(timer);
  }
}

void TimerQueue::sift_up(std::size_t index, TimerNode* timer) noexcept {
  while (index > 0) {
    const std::size_t parent = (index - 1) / kArity;
    if (!before(timer, heap_[parent])) break;
    put(index, heap_[parent]);
    index = parent;
  }
  put(index, timer);
}

void TimerQueue::sift_down(std::size_t index, TimerNode* timer) noexcept {
  for (;;) {
    const std::size_t first = index * kArity + 1;
    if (first >= heap_.size()) break;
    const std::size_t end = std::min(first + kArity, heap_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (before(heap_[child], heap_[least])) least = child;
    }
    if (!before(heap_[least], timer)) break;
    put(index, heap_[least]);
    index = least;
  }
  put(index, timer);
}

}  // namespace capricorn
