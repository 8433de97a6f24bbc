// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

namespace capricorn {

class LoopLink;

/// Stops with a sentence where the pool's memory would not do for a `T`.
template <class T>
consteval bool check_alignment() {
  static_assert(alignof(T) <= 16,
                "captures, arguments and results are aligned to 16 bytes at most: keep what needs "
                "more behind a std::unique_ptr");
  return true;
}

/// Free lists of memory blocks in size classes, one pool a Loop: coroutine frames, handles and
/// small buffers come from here, so that the steady state calls no `malloc`.
///
/// Each block has a header that names its pool, or none where it came from malloc (no loop runs on
/// the thread, or it is larger than `kLargestBlock`). It is written once and stays while the block
/// is idle. A block may be freed on any thread: elsewhere than on the pool's own it returns through
/// an inbox. The pool lives until its loop has released it and its last block is back. Under
/// AddressSanitizer every block comes from malloc, so that a use after free is seen.
class FramePool {
 public:
  static constexpr std::size_t kGranularity = 64;
  static constexpr std::size_t kLargestBlock = 4096;

  /// A new pool, owned by the caller until `release`.
  static FramePool* create() { return new FramePool; }
  /// The owner is done: idle blocks are freed now, the pool itself with its last block.
  void release() noexcept;

  /// Memory for `size` bytes, aligned to 16, from the running loop's pool. Throws std::bad_alloc.
  static void* allocate(std::size_t size) {
    const std::size_t size_class = class_of(size);
    FramePool* pool = current_;
    if (!pool || size_class > kClasses || !pool->free_[size_class]) [[unlikely]] {
      return allocate_slowly(size);
    }
    return pool->take(size_class);
  }
  static void deallocate(void* memory) noexcept {
    if (!memory) return;
    Header* header = header_of(memory);
    if (!header->pool || header->pool != current_) [[unlikely]]
      return deallocate_slowly(header);
    header->pool->give_back(header);
  }
  /// The pool of a block, which lives as long as that; null for one from malloc.
  static FramePool* of(void* memory) noexcept { return header_of(memory)->pool; }
  /// The way to its loop, for those whose memory is a block and who may outlive the loop.
  const std::shared_ptr<LoopLink>& link() const noexcept { return link_; }
  void set_link(std::shared_ptr<LoopLink> link) noexcept { link_ = std::move(link); }
  /// For another thread: one of the blocks that `fill_spares` laid ready, else from malloc.
  void* allocate_elsewhere(std::size_t size);
  /// On the pool's own thread, after spares may have been taken: blocks for `size` bytes each.
  void fill_spares(std::size_t size);
  /// How many bytes `allocate(size)` really gives.
  static std::size_t usable_size(std::size_t size) noexcept {
    const std::size_t size_class = class_of(size);
    return size_class <= kClasses ? size_class * kGranularity - kHeaderSize : size;
  }

  /// The pool of the loop that runs on this thread; null where none runs.
  static FramePool* current() noexcept { return current_; }
  /// Makes `pool` this thread's; returns the one before.
  static FramePool* set_current(FramePool* pool) noexcept;

 private:
  struct Header {
    FramePool* pool;
    std::uint32_t size_class;
  };
  /// An idle block, behind its header.
  struct FreeBlock {
    FreeBlock* next;
  };
  static constexpr std::size_t kHeaderSize = 16;
  static constexpr std::size_t kClasses = kLargestBlock / kGranularity;
  static constexpr std::size_t kSpares = 8;
  static_assert(sizeof(Header) <= kHeaderSize);

  FramePool() = default;
  ~FramePool() = default;

  static Header* header_of(void* memory) noexcept {
    return reinterpret_cast<Header*>(static_cast<char*>(memory) - kHeaderSize);
  }
  static std::size_t class_of(std::size_t size) noexcept {
    return (size + kHeaderSize + kGranularity - 1) / kGranularity;
  }
  void* take(std::size_t size_class) noexcept {
    FreeBlock* block = free_[size_class];
    free_[size_class] = block->next;
    return block;
  }
  void give_back(Header* header) noexcept {
    FreeBlock*& first = free_[header->size_class];
    first = new (reinterpret_cast<char*>(header) + kHeaderSize) FreeBlock{first};
  }
  static void* allocate_slowly(std::size_t size);
  static void deallocate_slowly(Header* header) noexcept;
  void give_back_from_elsewhere(Header* header) noexcept;
  void drain_inbox() noexcept;
  void free_idle_blocks() noexcept;

  static constinit thread_local FramePool* current_;

  std::shared_ptr<LoopLink> link_;

  // Owner thread
  FreeBlock* free_[kClasses + 1] = {};
  std::size_t blocks_ = 0;  // all of its own, idle ones too

  // Any thread
  std::atomic<void*> spares_[kSpares] = {};
  std::mutex mutex_;
  FreeBlock* inbox_ = nullptr;
  std::atomic<bool> inbox_filled_{false};
  bool released_ = false;
};

}  // namespace capricorn
