// SPDX-License-Identifier: MIT
#include "type_info.hpp"

#include <cstring>

namespace capricorn::detail {

namespace {

/// Raw memory with an object that was default-initialised over a byte pattern. The constructor is
/// called through a pointer, so that the compiler cannot take the pattern for a dead store.
class Probe {
 public:
  Probe(const TypeInfo& type, unsigned char pattern)
      : type_(type), memory_(::operator new(type.size, std::align_val_t(type.align))) {
    std::memset(memory_, pattern, type.size);
    asm volatile("" : : "r"(memory_) : "memory");
    type.construct(memory_);
    asm volatile("" : : "r"(memory_) : "memory");
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe() {
    type_.destroy(memory_);
    ::operator delete(memory_, std::align_val_t(type_.align));
  }
  const unsigned char* at(std::size_t offset) const {
    return static_cast<const unsigned char*>(memory_) + offset;
  }

 private:
  const TypeInfo& type_;
  void* memory_;
};

bool has_default(const TypeInfo& type) {
  for (const Constraint& constraint : type.constraints) {
    if (constraint.kind == ConstraintKind::kDefault) return true;
  }
  return false;
}

bool is_required(const TypeInfo& type, const unsigned char* a, const unsigned char* b) {
  switch (type.kind) {
    case Kind::kOptional:
    case Kind::kVector:
    case Kind::kMap: return false;
    case Kind::kModel:
    case Kind::kJson:
    case Kind::kOrderedJson: return true;
    case Kind::kString: return reinterpret_cast<const std::string*>(a)->empty();
    case Kind::kField: return !has_default(type) && is_required(*type.element, a, b);
    default: return std::memcmp(a, b, type.size) != 0;
  }
}

}  // namespace

void detect_required(const TypeInfo& type, ModelLayout& layout) {
  const Probe a(type, 0x5a);
  const Probe b(type, 0xa5);
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const std::size_t offset = layout.offsets[i];
    if (is_required(*type.fields[i].type, a.at(offset), b.at(offset))) {
      layout.required |= std::uint32_t{1} << i;
    }
  }
}

}  // namespace capricorn::detail
