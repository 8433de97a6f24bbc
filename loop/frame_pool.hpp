// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace capricorn {

/// Free lists of memory blocks in size classes, one pool a Loop: coroutine frames, handles and
/// small buffers come from here, so that the steady state calls no `malloc`.
///
/// Each block has a header that names its pool, or none where it came from malloc (no loop runs on
/// the thread, or it is larger than `kLargestBlock`). A block may be freed on any thread: elsewhere
/// than on the pool's own it returns through an inbox. The pool lives until its loop has released
/// it and its last block is back. Under AddressSanitizer every block comes from malloc, so that a
/// use after free is seen.
class FramePool {
 public:
  static constexpr std::size_t kGranularity = 64;
  static constexpr std::size_t kLargestBlock = 4096;

  /// A new pool, owned by the caller until `release`.
  static FramePool* create() { return new FramePool; }
  /// The owner is done: idle blocks are freed now, the pool itself with its last block.
  void release() noexcept;

  /// Memory for `size` bytes, aligned to 16, from the running loop's pool. Throws std::bad_alloc.
  static void* allocate(std::size_t size);
  static void deallocate(void* memory) noexcept;
  /// How many bytes `allocate(size)` really gives.
  static std::size_t usable_size(std::size_t size) noexcept;

  /// The pool of the loop that runs on this thread; null where none runs.
  static FramePool* current() noexcept;
  /// Makes `pool` this thread's; returns the one before.
  static FramePool* set_current(FramePool* pool) noexcept;

 private:
  struct Header {
    FramePool* pool;
    std::uint32_t size_class;
  };
  struct FreeBlock {
    FreeBlock* next;
  };
  static constexpr std::size_t kHeaderSize = 16;
  static constexpr std::size_t kClasses = kLargestBlock / kGranularity;
  static_assert(sizeof(Header) <= kHeaderSize);

  FramePool() = default;
  ~FramePool() = default;

  void* take(std::size_t size_class);
  void give_back(Header* header) noexcept;
  void give_back_from_elsewhere(Header* header) noexcept;
  void drain_inbox() noexcept;
  void free_idle_blocks() noexcept;

  // Owner thread
  FreeBlock* free_[kClasses + 1] = {};
  std::size_t live_ = 0;

  // Any thread
  std::mutex mutex_;
  FreeBlock* inbox_ = nullptr;
  std::atomic<bool> inbox_filled_{false};
  bool released_ = false;
};

}  // namespace capricorn
