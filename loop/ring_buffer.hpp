// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

namespace capricorn {

/// A FIFO of values that grows as needed, and then allocates no more. Neither copyable nor movable.
template <class T>
class RingBuffer {
 public:
  RingBuffer() noexcept = default;
  RingBuffer(const RingBuffer&) = delete;
  RingBuffer& operator=(const RingBuffer&) = delete;
  ~RingBuffer() {
    clear();
    release(slots_, capacity_);
  }

  std::size_t size() const noexcept { return size_; }

  void push_back(T value) {
    if (size_ == capacity_) grow();
    std::construct_at(&slot(size_), std::move(value));
    ++size_;
  }
  /// Only where it is not empty.
  T pop_front() {
    T value = std::move(slot(0));
    drop_front();
    return value;
  }
  void clear() noexcept {
    while (size_ > 0) drop_front();
  }

 private:
  static constexpr std::size_t kFirstCapacity = 8;  // a power of two, as all that follow

  T& slot(std::size_t index) noexcept { return slots_[(head_ + index) & (capacity_ - 1)]; }
  void drop_front() noexcept {
    std::destroy_at(&slot(0));
    ++head_;
    --size_;
  }
  void grow() {
    const std::size_t capacity = std::max(kFirstCapacity, 2 * capacity_);
    T* slots = std::allocator<T>().allocate(capacity);
    for (std::size_t i = 0; i < size_; ++i) {
      std::construct_at(slots + i, std::move(slot(i)));
      std::destroy_at(&slot(i));
    }
    release(std::exchange(slots_, slots), std::exchange(capacity_, capacity));
    head_ = 0;
  }
  static void release(T* slots, std::size_t capacity) noexcept {
    if (slots) std::allocator<T>().deallocate(slots, capacity);
  }

  T* slots_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace capricorn
