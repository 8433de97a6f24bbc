// SPDX-License-Identifier: MIT
#pragma once

#include <new>

#include "type_info.hpp"

namespace capricorn {

/// Room for one element of a set.
class SetElement {
 public:
  explicit SetElement(const TypeInfo& type)
      : type_(type), memory_(::operator new(type.size, std::align_val_t(type.align))) {
    type.construct(memory_);
  }
  SetElement(const SetElement&) = delete;
  SetElement& operator=(const SetElement&) = delete;
  ~SetElement() {
    type_.destroy(memory_);
    ::operator delete(memory_, std::align_val_t(type_.align));
  }
  void* get() const noexcept { return memory_; }

 private:
  const TypeInfo& type_;
  void* memory_;
};

}  // namespace capricorn
