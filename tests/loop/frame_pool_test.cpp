// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <capricorn/loop/buffer.hpp>
#include <capricorn/loop/frame_pool.hpp>

#include <string>
#include <thread>

using namespace capricorn;

TEST_CASE("a pool outlives its blocks, and a block may be freed on another thread") {
  FramePool* pool = FramePool::create();
  FramePool* before = FramePool::set_current(pool);
  void* here = FramePool::allocate(100);
  void* there = FramePool::allocate(100);
  void* late = FramePool::allocate(100);
  std::thread([there] { FramePool::deallocate(there); }).join();
  FramePool::deallocate(here);
  void* again = FramePool::allocate(100);
  CHECK(again != late);
  FramePool::deallocate(again);
  FramePool::set_current(before);
  pool->release();
  std::thread([late] { FramePool::deallocate(late); }).join();  // the pool goes with it
}

TEST_CASE("a buffer keeps what is appended while it is consumed at the front") {
  Buffer buffer;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 37), static_cast<char>('a' + i % 26));
    buffer.append(piece);
    expected += piece;
    if (i % 3 == 0 && expected.size() > 20) {
      buffer.consume(20);
      expected.erase(0, 20);
    }
  }
  CHECK(buffer.view() == expected);
}
