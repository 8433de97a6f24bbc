// SPDX-License-Identifier: MIT
#include "buffer.hpp"

#include <algorithm>

namespace capricorn {

void Buffer::give_back() noexcept {
  FramePool::deallocate(data_);
  data_ = nullptr;
  begin_ = end_ = capacity_ = 0;
}

void Buffer::grow(std::size_t more) {
  if (!data_) [[likely]] {  // most buffers grow once
    const std::size_t capacity = FramePool::usable_size(more);
    data_ = static_cast<char*>(FramePool::allocate(capacity));
    capacity_ = capacity;
    return;
  }
  const std::size_t used = size();
  // What was consumed at the front is room too; moving pays only while little is left.
  if (begin_ >= capacity_ / 2 && capacity_ - used >= more) {
    std::memmove(data_, data_ + begin_, used);
  } else {
    const std::size_t wanted = std::max(used + more, capacity_ * 2);
    const std::size_t capacity = FramePool::usable_size(wanted);
    char* larger = static_cast<char*>(FramePool::allocate(capacity));
    if (used) std::memcpy(larger, data_ + begin_, used);
    FramePool::deallocate(data_);
    data_ = larger;
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = used;
}

}  // namespace capricorn
