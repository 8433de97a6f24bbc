// SPDX-License-Identifier: MIT
#include "timer_queue.hpp"

#include <algorithm>
#include <bit>

namespace capricorn {
namespace {

constexpr std::size_t kArity = 4;
// In TimerNode::index_, above every index of the heap: the wheel and the slot follow.
constexpr std::uint32_t kInWheel = std::uint32_t{1} << 31;
constexpr std::uint32_t kInSorted = std::uint32_t{1} << 30;

}  // namespace

void TimerQueue::add(TimerNode& timer, TimePoint when) {
  cancel(timer);
  timer.when_ = when;
  timer.sequence_ = next_sequence_++;
  // Room in the heap for all of them: moving one there later cannot fail.
  if (heap_.capacity() <= size_) heap_.reserve(2 * size_ + 16);
  ++size_;
  place(timer);
}

void TimerQueue::place(TimerNode& timer) noexcept {
  const Tick tick = tick_of(timer.when_);
  const Tick differs = tick ^ current_;
  if (tick <= current_) return sort_in(timer);
  if (differs >> (kWheels * kDigitBits)) return push_heap(timer);  // 52 days and more: few
  const int wheel = (std::bit_width(differs) - 1) / kDigitBits;
  const std::size_t slot = digit(tick, wheel);
  Wheel& on = wheels_[static_cast<std::size_t>(wheel)];
  on.slots[slot].push_back(timer);
  on.filled[slot / 64] |= std::uint64_t{1} << slot % 64;
  timer.index_ =
      kInWheel | static_cast<std::uint32_t>(wheel) << kDigitBits | static_cast<std::uint32_t>(slot);
  ++in_wheel_;
}

/// Timers of one delay come in the order of their deadlines.
void TimerQueue::sort_in(TimerNode& timer) noexcept {
  if (!sorted_.empty() && before(&timer, &static_cast<TimerNode&>(sorted_.back()))) {
    return push_heap(timer);
  }
  sorted_.push_back(timer);
  timer.index_ = kInSorted;
}

void TimerQueue::push_heap(TimerNode& timer) noexcept {
  heap_.push_back(&timer);
  sift_up(heap_.size() - 1, &timer);
}

void TimerQueue::cancel(TimerNode& timer) noexcept {
  if (!timer.scheduled()) return;
  --size_;
  if (timer.index_ & kInWheel) return take_from_slot(timer);
  if (!(timer.index_ & kInSorted)) return take_from_heap(timer);
  timer.index_ = TimerNode::kNone;
  timer.unlink();
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

TimerNode* TimerQueue::first() const noexcept {
  TimerNode* in_list = sorted_.empty() ? nullptr : &static_cast<TimerNode&>(sorted_.front());
  if (heap_.empty()) return in_list;
  return in_list && before(in_list, heap_.front()) ? in_list : heap_.front();
}

TimePoint TimerQueue::next_deadline() const noexcept {
  Tick tick = 0;
  int wheel = 0;
  const TimerNode* timer = first();
  if (!next_slot(tick, wheel)) return timer->when_;
  const TimePoint slot_begins{Duration(static_cast<Duration::rep>(tick << kTickBits))};
  return timer ? std::min(timer->when_, slot_begins) : slot_begins;
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
  for (TimerNode* timer = first(); timer && timer->when_ <= now; timer = first()) {
    cancel(*timer);
    ready.push_back(*timer);
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
