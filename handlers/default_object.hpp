// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <new>

#include "type_info.hpp"

namespace capricorn::detail {

/// An object as it is made without arguments. What its constructor leaves alone has `fill` in each
/// byte. The constructor is called through a pointer, so that the compiler cannot take the filling
/// for a dead store.
class DefaultObject {
 public:
  explicit DefaultObject(const TypeInfo& type, unsigned char fill = 0)
      : type_(type), memory_(::operator new(type.size, std::align_val_t(type.align))) {
    std::memset(memory_, fill, type.size);
    asm volatile("" : : "r"(memory_) : "memory");
    try {
      type.construct(memory_);
    } catch (...) {
      ::operator delete(memory_, std::align_val_t(type.align));
      throw;
    }
    asm volatile("" : : "r"(memory_) : "memory");
  }
  DefaultObject(const DefaultObject&) = delete;
  DefaultObject& operator=(const DefaultObject&) = delete;
  ~DefaultObject() {
    type_.destroy(memory_);
    ::operator delete(memory_, std::align_val_t(type_.align));
  }
  const unsigned char* at(std::size_t offset) const noexcept {
    return static_cast<const unsigned char*>(memory_) + offset;
  }

 private:
  const TypeInfo& type_;
  void* memory_;
};

}  // namespace capricorn::detail
