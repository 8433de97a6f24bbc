// SPDX-License-Identifier: MIT
#include "type_info.hpp"

#include <algorithm>
#include <cstring>

namespace capricorn {

namespace {

std::string literal_label(const TypeInfo& type) {
  std::string label;
  for (const Enumerator& text : type.enumerators) {
    label += (label.empty() ? "literal['" : ",'") + std::string(text.name) + "'";
  }
  return label + "]";
}

/// A scalar with constraints has a label of its own.
std::string field_label(const TypeInfo& type) {
  const auto is_condition = [](const Constraint& c) { return c.kind < ConstraintKind::kDefault; };
  const Kind kind = type.element->kind;
  const bool scalar = kind == Kind::kString || (kind >= Kind::kSigned && kind <= Kind::kDouble);
  const bool constrained = scalar && std::ranges::any_of(type.constraints, is_condition);
  return (constrained ? "constrained-" : "") + union_label(*type.element);
}

}  // namespace

std::string union_label(const TypeInfo& type) {
  switch (type.kind) {
    case Kind::kBoolean: return "bool";
    case Kind::kSigned:
    case Kind::kUnsigned: return "int";
    case Kind::kFloat:
    case Kind::kDouble: return "float";
    case Kind::kString: return "str";
    case Kind::kText: return std::string(type.text->name);
    case Kind::kOptional: return "nullable[" + union_label(*type.element) + "]";
    case Kind::kVector: return "list[" + union_label(*type.element) + "]";
    case Kind::kSet: return "set[" + union_label(*type.element) + "]";
    case Kind::kMap: return "dict[str," + union_label(*type.element) + "]";
    case Kind::kVariant: {
      std::string label;
      for (const TypeInfo* alternative : type.alternatives) {
        label += (label.empty() ? "union[" : ",") + union_label(*alternative);
      }
      return label + "]";
    }
    case Kind::kEnum: return type.literal ? literal_label(type) : "enum";
    case Kind::kModel:
    case Kind::kCustom: return std::string(type.name);
    case Kind::kJson:
    case Kind::kOrderedJson: return "any";
    case Kind::kField: return field_label(type);
  }
  return {};
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
  for (const Constraint& constraint : field.constraints) {
    if (constraint.kind == ConstraintKind::kDefault) return true;
  }
  return false;
}

bool is_required(const TypeInfo& type, const unsigned char* a, const unsigned char* b);

bool is_required_field(const TypeInfo& field, const unsigned char* a, const unsigned char* b) {
  switch (field.metadata->presence) {
    case Metadata::Presence::kRequired: return true;
    case Metadata::Presence::kNotRequired: return false;
    default: return !has_default(field) && is_required(*field.element, a, b);
  }
}

bool is_required(const TypeInfo& type, const unsigned char* a, const unsigned char* b) {
  switch (type.kind) {
    case Kind::kOptional:
    case Kind::kVector:
    case Kind::kSet:
    case Kind::kMap: return false;
    case Kind::kModel:
    case Kind::kCustom:
    case Kind::kJson:
    case Kind::kOrderedJson: return true;
    case Kind::kString: return reinterpret_cast<const std::string*>(a)->empty();
    case Kind::kText:
      if (type.text->is_unset != nullptr) return type.text->is_unset(a);
      return std::memcmp(a, b, type.size) != 0;
    // A variant begins as a first alternative that is made without arguments.
    case Kind::kVariant: return type.index(a) == 0;
    case Kind::kField: return is_required_field(type, a, b);
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
