// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <new>

#include "type_info.hpp"

namespace capricorn {

/// One value of any type, made without arguments; it may be moved from. A small one costs no
/// malloc.
class HeldValue {
 public:
  /// What its constructor leaves alone has `fill` in each byte: zero, as in a value made with {}.
  explicit HeldValue(const TypeInfo& type, unsigned char fill = 0)
      : type_(type),
        memory_(is_small() ? room_ : ::operator new(type.size, std::align_val_t(type.align))) {
    std::memset(memory_, fill, type.size);
    // The compiler is not to take the filling for a dead store.
    asm volatile("" : : "r"(memory_) : "memory");
    try {
      type.construct(memory_);
    } catch (...) {  // passes through
      release();
      throw;
    }
    asm volatile("" : : "r"(memory_) : "memory");
  }
  HeldValue(const HeldValue&) = delete;
  HeldValue& operator=(const HeldValue&) = delete;
  ~HeldValue() {
    type_.destroy(memory_);
    release();
  }
  void* get() const noexcept { return memory_; }
  const unsigned char* at(std::size_t offset) const noexcept {
    return static_cast<const unsigned char*>(memory_) + offset;
  }

 private:
  bool is_small() const noexcept {
    return type_.size <= sizeof room_ && type_.align <= alignof(std::max_align_t);
  }
  void release() noexcept {
    if (!is_small()) ::operator delete(memory_, std::align_val_t(type_.align));
  }

  const TypeInfo& type_;
  void* memory_;
  alignas(std::max_align_t) unsigned char room_[128];
};

}  // namespace capricorn
