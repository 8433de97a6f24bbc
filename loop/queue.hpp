// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "errors.hpp"
#include "event.hpp"
#include "ring_buffer.hpp"
#include "task.hpp"

namespace capricorn {

template <class T>
class FifoItems;
template <class T>
class LifoItems;
template <class T, class Compare>
class PriorityItems;

/// What queues of all types and orders share.
class QueueBase {
 public:
  QueueBase(const QueueBase&) = delete;
  QueueBase& operator=(const QueueBase&) = delete;

  /// Zero or less: it is never full.
  std::ptrdiff_t maxsize() const noexcept { return maxsize_; }
  std::size_t qsize() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  bool full() const noexcept { return maxsize_ > 0 && size_ >= static_cast<std::size_t>(maxsize_); }

  /// One item that was taken is dealt with. Throws std::invalid_argument where it is called more
  /// often than items were put.
  void task_done();
  /// `co_await queue.join()`: until every item put was taken and dealt with.
  Event::WaitAwaiter join() noexcept { return finished_.wait(); }

 protected:
  explicit QueueBase(std::ptrdiff_t maxsize) noexcept;
  ~QueueBase() = default;

  class Turn;
  /// It may end although there is none: look again. Cancelled once it was woken, it wakes the next
  /// in its place.
  Turn wait_for_item() noexcept;
  Turn wait_for_room() noexcept;
  void check_put() const;
  void check_get() const;
  void added() noexcept;
  void removed() noexcept;
  void shut_down() noexcept;
  /// Of what remains, nothing will be taken.
  void dropped_all() noexcept;

  bool is_shut_down_ = false;

 private:
  bool available(const WaitList& waiters) const noexcept {
    return &waiters == &getters_ ? !empty() : !full();
  }

  WaitList getters_;
  WaitList putters_;
  Event finished_;
  std::ptrdiff_t maxsize_;
  std::size_t size_ = 0;
  std::size_t unfinished_ = 0;
};

/// A queue between tasks. `Items` says in which order items are taken. What it is asked for is
/// served first come, first served, and an item or a place is never lost to a cancelled task.
/// https://docs.python.org/3/library/asyncio-queue.html
template <class T, class Items>
class BasicQueue : public QueueBase {
 public:
  explicit BasicQueue(std::ptrdiff_t maxsize = 0) : QueueBase(maxsize) {}

  /// Waits while it is full. Throws QueueShutDown.
  Task<> put(T item);
  /// Waits while it is empty. Throws QueueShutDown where it is empty and was shut down.
  Task<T> get();
  /// Throws QueueFull, QueueShutDown.
  void put_nowait(T item);
  /// Throws QueueEmpty; QueueShutDown where it is empty and was shut down.
  T get_nowait();

  /// From now on nothing is put, and what remains can be taken; `immediate` drops what remains, as
  /// if each item had been taken and dealt with. All who wait to put or to get are woken.
  void shutdown(bool immediate = false);

 private:
  Items items_;
};

template <class T>
using Queue = BasicQueue<T, FifoItems<T>>;
/// The item that was put last is taken first.
template <class T>
using LifoQueue = BasicQueue<T, LifoItems<T>>;
/// The item that compares lowest is taken first; the order of equal items is not specified.
template <class T, class Compare = std::less<T>>
using PriorityQueue = BasicQueue<T, PriorityItems<T, Compare>>;

template <class T>
class FifoItems {
 public:
  void put(T item) { items_.push_back(std::move(item)); }
  T take() { return items_.pop_front(); }
  void clear() noexcept { items_.clear(); }

 private:
  RingBuffer<T> items_;
};

template <class T>
class LifoItems {
 public:
  void put(T item) { items_.push_back(std::move(item)); }
  T take() {
    T item = std::move(items_.back());
    items_.pop_back();
    return item;
  }
  void clear() noexcept { items_.clear(); }

 private:
  std::vector<T> items_;
};

template <class T, class Compare>
class PriorityItems {
 public:
  void put(T item) {
    items_.push_back(std::move(item));
    std::push_heap(items_.begin(), items_.end(), after);
  }
  T take() {
    std::pop_heap(items_.begin(), items_.end(), after);
    T item = std::move(items_.back());
    items_.pop_back();
    return item;
  }
  void clear() noexcept { items_.clear(); }

 private:
  // The standard's heaps have the last on top.
  static bool after(const T& a, const T& b) { return Compare()(b, a); }
  std::vector<T> items_;
};

class QueueBase::Turn final : public ListWaiter {
 public:
  Turn(QueueBase& queue, WaitList& waiters) noexcept : queue_(&queue), waiters_(&waiters) {}
  ~Turn();

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) noexcept {
    stand_in(*waiters_, self);
  }
  void await_resume();

 private:
  QueueBase* queue_;
  WaitList* waiters_;
};

inline QueueBase::Turn QueueBase::wait_for_item() noexcept { return Turn(*this, getters_); }
inline QueueBase::Turn QueueBase::wait_for_room() noexcept { return Turn(*this, putters_); }

template <class T, class Items>
Task<> BasicQueue<T, Items>::put(T item) {
  while (full() && !is_shut_down_) co_await wait_for_room();
  put_nowait(std::move(item));
}

template <class T, class Items>
Task<T> BasicQueue<T, Items>::get() {
  while (empty() && !is_shut_down_) co_await wait_for_item();
  co_return get_nowait();
}

template <class T, class Items>
void BasicQueue<T, Items>::put_nowait(T item) {
  check_put();
  items_.put(std::move(item));
  added();
}

template <class T, class Items>
T BasicQueue<T, Items>::get_nowait() {
  check_get();
  T item = items_.take();
  removed();
  return item;
}

template <class T, class Items>
void BasicQueue<T, Items>::shutdown(bool immediate) {
  if (immediate) {
    items_.clear();
    dropped_all();
  }
  shut_down();
}

}  // namespace capricorn
