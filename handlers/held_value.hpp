// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <new>

#include "type_info.hpp"

namespace capricorn {

/// Room for one value of any type, which is moved where it belongs once it is known to be wanted.
/// A small one costs no malloc.
class HeldValue {
 public:
  explicit HeldValue(const TypeInfo& type)
      : type_(type),
        memory_(is_small() ? room_ : ::operator new(type.size, std::align_val_t(type.align))) {
    // Members without an initializer stay as they are: zero, as in a value made with {}.
    std::memset(memory_, 0, type.size);
    type.construct(memory_);
  }
  HeldValue(const HeldValue&) = delete;
  HeldValue& operator=(const HeldValue&) = delete;
  ~HeldValue() {
    type_.destroy(memory_);
    if (!is_small()) ::operator delete(memory_, std::align_val_t(type_.align));
  }
  void* get() const noexcept { return memory_; }

 private:
  bool is_small() const noexcept {
    return type_.size <= sizeof room_ && type_.align <= alignof(std::max_align_t);
  }

  const TypeInfo& type_;
  void* memory_;
  alignas(std::max_align_t) unsigned char room_[128];
};

}  // namespace capricorn
