// SPDX-License-Identifier: MIT
#include "timer_queue.hpp"

namespace capricorn {
namespace {

constexpr std::size_t kArity = 4;

}  // namespace

void TimerQueue::make_room() { heap_.reserve(2 * size_ + 16); }

void TimerQueue::push_heap(TimerNode& timer) noexcept {
  heap_.push_back(&timer);
  sift_up(heap_.size() - 1, &timer);
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

bool TimerQueue::find_next_slot() noexcept {
  for (int wheel = 0; wheel < kWheels; ++wheel) {
    // Every slot in use lies above the current digit.
    Wheel& on = wheels_[static_cast<std::size_t>(wheel)];
    for (std::size_t word = digit(current_, wheel) / 64; word < on.filled.size(); ++word) {
      for (std::uint64_t& filled = on.filled[word]; filled; filled &= filled - 1) {
        const auto slot = word * 64 + static_cast<std::size_t>(std::countr_zero(filled));
        if (on.slots[slot].empty()) continue;  // cancelled, all of them
        const int shift = wheel * kDigitBits;
        next_tick_ = (current_ >> shift >> kDigitBits << kDigitBits | slot) << shift;
        next_wheel_ = wheel;
        return next_known_ = true;
      }
    }
  }
  return false;
}

TimerNode* TimerQueue::first() const noexcept {
  TimerNode* in_list = sorted_.empty() ? nullptr : &static_cast<TimerNode&>(sorted_.front());
  if (heap_.empty()) return in_list;
  return in_list && before(in_list, heap_.front()) ? in_list : heap_.front();
}

TimePoint TimerQueue::next_deadline() noexcept {
  const TimerNode* timer = first();
  if (!next_slot()) return timer->when_;
  const Wheel& on = wheels_[static_cast<std::size_t>(next_wheel_)];
  const Tick due = tick_of(on.earliest[digit(next_tick_, next_wheel_)]);
  const TimePoint tick_begins{Duration(static_cast<Duration::rep>(due << kTickBits))};
  return timer ? std::min(timer->when_, tick_begins) : tick_begins;
}

void TimerQueue::advance(Tick now) noexcept {
  while (next_slot() && next_tick_ <= now) {
    next_known_ = false;
    current_ = next_tick_;
    auto& slot = wheels_[static_cast<std::size_t>(next_wheel_)].slots[digit(current_, next_wheel_)];
    if (next_wheel_ == 0) {
      sort_in_all(slot);
      continue;
    }
    while (!slot.empty()) {
      auto& timer = static_cast<TimerNode&>(slot.pop_front());
      --in_wheel_;
      place(timer);
    }
  }
  current_ = std::max(current_, now);
}

/// As `sort_in` does with each; those that are in order already stay linked as they are.
void TimerQueue::sort_in_all(IntrusiveList<Runnable>& slot) noexcept {
  const TimerNode* last = sorted_.empty() ? nullptr : &static_cast<TimerNode&>(sorted_.back());
  slot.for_each([&](Runnable& runnable) {
    auto& timer = static_cast<TimerNode&>(runnable);
    --in_wheel_;
    if (last && before(&timer, last)) {
      timer.unlink();
      return push_heap(timer);
    }
    timer.index_ = TimerNode::kInSorted;
    last = &timer;
  });
  sorted_.splice_back(slot);
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
