// SPDX-License-Identifier: MIT
#include "frame_pool.hpp"

#include <cstdlib>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define CAPRICORN_POOL_BYPASSED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CAPRICORN_POOL_BYPASSED 1
#endif
#endif

namespace capricorn {
constinit thread_local FramePool* FramePool::current_ = nullptr;

FramePool* FramePool::set_current(FramePool* pool) noexcept {
#ifdef CAPRICORN_POOL_BYPASSED
  static_cast<void>(pool);
  return nullptr;
#else
  return std::exchange(current_, pool);
#endif
}

void* FramePool::allocate_slowly(std::size_t size) {
  const std::size_t size_class = class_of(size);
  if (FramePool* pool = current_; pool && size_class <= kClasses) {
    if (pool->inbox_filled_.load(std::memory_order_relaxed)) {
      pool->drain_inbox();
      if (pool->free_[size_class]) return pool->take(size_class);
    }
    void* block = std::malloc(size_class * kGranularity);
    if (!block) throw std::bad_alloc();
    ++pool->blocks_;
    new (block) Header{pool, static_cast<std::uint32_t>(size_class)};
    return static_cast<char*>(block) + kHeaderSize;
  }
  void* block = std::malloc(size + kHeaderSize);
  if (!block) throw std::bad_alloc();
  new (block) Header{nullptr, 0};
  return static_cast<char*>(block) + kHeaderSize;
}

void* FramePool::allocate_elsewhere(std::size_t size) {
  for (std::atomic<void*>& place : spares_) {
    if (!place.load(std::memory_order_relaxed)) continue;
    void* spare = place.exchange(nullptr, std::memory_order_acquire);
    if (!spare) continue;
    if (class_of(size) == header_of(spare)->size_class) return spare;
    deallocate(spare);
  }
  return allocate(size);
}

void FramePool::fill_spares(std::size_t size) {
  if (current_ != this) return;
  for (std::atomic<void*>& place : spares_) {
    if (place.load(std::memory_order_relaxed)) continue;
    try {
      place.store(allocate(size), std::memory_order_release);
    } catch (const std::bad_alloc&) {  // who finds none there asks malloc
      return;
    }
  }
}

void FramePool::deallocate_slowly(Header* header) noexcept {
  if (header->pool)
    header->pool->give_back_from_elsewhere(header);
  else
    std::free(header);
}

void FramePool::give_back_from_elsewhere(Header* header) noexcept {
  bool last = false;
  {
    std::lock_guard lock(mutex_);
    if (released_) {
      std::free(header);
      last = --blocks_ == 0;
    } else {
      inbox_ = new (reinterpret_cast<char*>(header) + kHeaderSize) FreeBlock{inbox_};
      inbox_filled_.store(true, std::memory_order_relaxed);
    }
  }
  if (last) delete this;
}

void FramePool::drain_inbox() noexcept {
  FreeBlock* block = nullptr;
  {
    std::lock_guard lock(mutex_);
    block = inbox_;
    inbox_ = nullptr;
    inbox_filled_.store(false, std::memory_order_relaxed);
  }
  while (block) {
    FreeBlock* next = block->next;
    give_back(header_of(block));
    block = next;
  }
}

void FramePool::release() noexcept {
  for (std::atomic<void*>& place : spares_) {
    if (void* spare = place.exchange(nullptr, std::memory_order_acquire)) {
      give_back(header_of(spare));
    }
  }
  drain_inbox();
  free_idle_blocks();
  bool last = false;
  {
    // From here on every block is freed by whoever gives it back, on whichever thread.
    std::lock_guard lock(mutex_);
    while (inbox_) {
      FreeBlock* next = inbox_->next;
      std::free(header_of(inbox_));
      inbox_ = next;
      --blocks_;
    }
    released_ = true;
    last = blocks_ == 0;
  }
  if (last) delete this;
}

void FramePool::free_idle_blocks() noexcept {
  for (FreeBlock*& head : free_) {
    while (head) {
      FreeBlock* next = head->next;
      std::free(header_of(head));
      head = next;
      --blocks_;
    }
  }
}

}  // namespace capricorn
