// SPDX-License-Identifier: MIT
#include "frame_pool.hpp"

#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define CAPRICORN_POOL_BYPASSED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CAPRICORN_POOL_BYPASSED 1
#endif
#endif

namespace capricorn {
namespace {

constinit thread_local FramePool* current_pool = nullptr;

std::size_t class_of(std::size_t size_with_header) noexcept {
  return (size_with_header + FramePool::kGranularity - 1) / FramePool::kGranularity;
}

}  // namespace

FramePool* FramePool::current() noexcept { return current_pool; }

FramePool* FramePool::set_current(FramePool* pool) noexcept {
  FramePool* before = current_pool;
  current_pool = pool;
  return before;
}

void* FramePool::allocate(std::size_t size) {
#ifndef CAPRICORN_POOL_BYPASSED
  const std::size_t size_class = class_of(size + kHeaderSize);
  if (current_pool && size_class <= kClasses) return current_pool->take(size_class);
#endif
  void* raw = std::malloc(size + kHeaderSize);
  if (!raw) throw std::bad_alloc();
  new (raw) Header{nullptr, 0};
  return static_cast<char*>(raw) + kHeaderSize;
}

void FramePool::deallocate(void* memory) noexcept {
  if (!memory) return;
  auto* header = reinterpret_cast<Header*>(static_cast<char*>(memory) - kHeaderSize);
  FramePool* pool = header->pool;
  if (!pool) {
    std::free(header);
  } else if (pool == current_pool) {
    pool->give_back(header);
  } else {
    pool->give_back_from_elsewhere(header);
  }
}

std::size_t FramePool::usable_size(std::size_t size) noexcept {
  const std::size_t size_class = class_of(size + kHeaderSize);
  return size_class <= kClasses ? size_class * kGranularity - kHeaderSize : size;
}

void* FramePool::take(std::size_t size_class) {
  if (!free_[size_class] && inbox_filled_.load(std::memory_order_relaxed)) drain_inbox();
  void* raw = free_[size_class];
  if (raw) {
    free_[size_class] = free_[size_class]->next;
  } else {
    raw = std::malloc(size_class * kGranularity);
    if (!raw) throw std::bad_alloc();
  }
  ++live_;
  new (raw) Header{this, static_cast<std::uint32_t>(size_class)};
  return static_cast<char*>(raw) + kHeaderSize;
}

void FramePool::give_back(Header* header) noexcept {
  const std::size_t size_class = header->size_class;
  free_[size_class] = new (header) FreeBlock{free_[size_class]};
  --live_;
}

void FramePool::give_back_from_elsewhere(Header* header) noexcept {
  bool last = false;
  {
    std::lock_guard lock(mutex_);
    if (released_) {
      std::free(header);
      last = --live_ == 0;
    } else {
      // The size class must survive in the inbox, so the link lies behind the header.
      auto* block = new (reinterpret_cast<char*>(header) + kHeaderSize) FreeBlock{inbox_};
      inbox_ = block;
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
    give_back(reinterpret_cast<Header*>(reinterpret_cast<char*>(block) - kHeaderSize));
    block = next;
  }
}

void FramePool::release() noexcept {
  drain_inbox();
  free_idle_blocks();
  bool last = false;
  {
    // From here on every block is freed by whoever gives it back, on whichever thread.
    std::lock_guard lock(mutex_);
    while (inbox_) {
      FreeBlock* next = inbox_->next;
      std::free(reinterpret_cast<char*>(inbox_) - kHeaderSize);
      inbox_ = next;
      --live_;
    }
    released_ = true;
    last = live_ == 0;
  }
  if (last) delete this;
}

void FramePool::free_idle_blocks() noexcept {
  for (FreeBlock*& head : free_) {
    while (head) {
      FreeBlock* next = head->next;
      std::free(head);
      head = next;
    }
  }
}

}  // namespace capricorn
