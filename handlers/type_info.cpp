// SPDX-License-Identifier: MIT
#include "type_info.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "scalar_memory.hpp"

namespace capricorn {

namespace {

std::string literal_label(const TypeInfo& type) {
  std::string label;
  for (const EnumeratorInfo& text : type.enumerators) {
    label += (label.empty() ? "literal['" : ",'") + std::string(text.name) + "'";
  }
  return label + "]";
}

/// A scalar with constraints has a label of its own.
std::string field_label(const TypeInfo& type) {
  const auto is_condition = [](const FieldConstraint& c) {
    return c.kind < ConstraintKind::kDefault;
  };
  const TypeKind kind = type.element->kind;
  const bool scalar =
      kind == TypeKind::kString || (kind >= TypeKind::kSigned && kind <= TypeKind::kDouble);
  const bool constrained = scalar && std::ranges::any_of(type.constraints, is_condition);
  return (constrained ? "constrained-" : "") + union_label(*type.element);
}

}  // namespace

std::string union_label(const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::kBoolean: return "bool";
    case TypeKind::kSigned:
    case TypeKind::kUnsigned: return "int";
    case TypeKind::kFloat:
    case TypeKind::kDouble: return "float";
    case TypeKind::kString: return "str";
    case TypeKind::kText: return std::string(type.text->name);
    case TypeKind::kOptional: return "nullable[" + union_label(*type.element) + "]";
    case TypeKind::kVector:
    case TypeKind::kArray: return "list[" + union_label(*type.element) + "]";
    case TypeKind::kSet: return "set[" + union_label(*type.element) + "]";
    case TypeKind::kMap:
      return std::string("dict[") + (type.key ? "enum" : "str") + "," + union_label(*type.element) +
             "]";
    case TypeKind::kVariant: {
      std::string label;
      for (const TypeInfo* alternative : type.alternatives) {
        label += (label.empty() ? "union[" : ",") + union_label(*alternative);
      }
      return label + "]";
    }
    case TypeKind::kEnum: return type.literal ? literal_label(type) : "enum";
    case TypeKind::kModel:
    case TypeKind::kCustom: return std::string(type.name);
    case TypeKind::kJson:
    case TypeKind::kOrderedJson: return "any";
    case TypeKind::kField: return field_label(type);
  }
  return {};
}

std::string_view enumerator_name(const TypeInfo& type, const void* value) {
  const std::int64_t number = detail::load_signed(value, type.size);
  for (const EnumeratorInfo& enumerator : type.enumerators) {
    if (enumerator.value == number) return enumerator.name;
  }
  throw std::range_error("the value " + std::to_string(number) + " of " + std::string(type.name) +
                         " has no name: no enumerator within its EnumRange has it");
}

namespace detail {

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

bool has_default(const TypeInfo& field) {
  for (const FieldConstraint& constraint : field.constraints) {
    if (constraint.kind == ConstraintKind::kDefault) return true;
  }
  return false;
}

bool is_required(const TypeInfo& type, const unsigned char* a, const unsigned char* b);

bool is_required_field(const TypeInfo& field, const unsigned char* a, const unsigned char* b) {
  switch (field.metadata->presence) {
    case FieldMetadata::Presence::kRequired: return true;
    case FieldMetadata::Presence::kNotRequired: return false;
    default: return !has_default(field) && is_required(*field.element, a, b);
  }
}

bool is_required(const TypeInfo& type, const unsigned char* a, const unsigned char* b) {
  switch (type.kind) {
    case TypeKind::kOptional:
    case TypeKind::kVector:
    case TypeKind::kSet:
    case TypeKind::kMap: return false;
    case TypeKind::kModel:
    case TypeKind::kCustom:
    case TypeKind::kJson:
    case TypeKind::kOrderedJson: return true;
    case TypeKind::kString: return reinterpret_cast<const std::string*>(a)->empty();
    case TypeKind::kText:
      if (type.text->is_unset != nullptr) return type.text->is_unset(a);
      return std::memcmp(a, b, type.size) != 0;
    // A variant begins as a first alternative that is made without arguments.
    case TypeKind::kVariant: return type.index(a) == 0;
    case TypeKind::kField: return is_required_field(type, a, b);
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

}  // namespace detail

}  // namespace capricorn
