// SPDX-License-Identifier: MIT
#include "timer_queue.hpp"

#include <algorithm>

namespace capricorn {
namespace {
constexpr std::size_t kArity = 4;
}

void TimerQueue::add(TimerNode& timer, TimePoint when) {
  cancel(timer);
  timer.when_ = when;
  timer.sequence_ = next_sequence_++;
  heap_.push_back(&timer);
  sift_up(heap_.size() - 1, &timer);
}

void TimerQueue::cancel(TimerNode& timer) noexcept {
  if (!timer.scheduled()) return;
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

void TimerQueue::pop_due(TimePoint now, IntrusiveList<Runnable>& ready) noexcept {
  while (!heap_.empty() && heap_.front()->when_ <= now) {
    TimerNode& timer = *heap_.front();
    cancel(timer);
    ready.push_back(timer);
  }
}

void TimerQueue::sift_up(std::size_t index, TimerNode* timer) noexcept {
  while (index > 0) {
    const std::size_t parent = (index - 1) / kArity;
    if (!before(timer, heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, timer);
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
    place(index, heap_[least]);
    index = least;
  }
  place(index, timer);
}

}  // namespace capricorn
