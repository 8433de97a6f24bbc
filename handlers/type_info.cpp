// SPDX-License-Identifier: MIT
#include "type_info.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "scalar_memory.hpp"

namespace capricorn {

namespace {

/// Of the alternatives of a variant, or the elements of a tuple.
std::string labels(std::span<const TypeInfo* const> types, std::string_view separator) {
  std::string all;
  for (const TypeInfo* type : types) {
    if (!all.empty()) all += separator;
    all += union_label(*type);
  }
  return all;
}

std::string literal_label(const TypeInfo& type) {
  std::string label;
  for (const EnumeratorInfo& text : type.enumerators) {
    label += (label.empty() ? "literal['" : ",'") + std::string(text.name) + "'";
  }
  return label + "]";
}

/// Each model as often as it has texts that tell it.
std::string tagged_label(const TypeInfo& type, std::string_view discriminator) {
  if (type.kind == TypeKind::kOptional) {
    return "nullable[" + tagged_label(*type.element, discriminator) + "]";
  }
  std::vector<const TypeInfo*> models;
  for (const TypeInfo* model : type.alternatives) {
    const auto tag = std::ranges::find(model->fields, discriminator, &FieldInfo::name);
    const bool found = tag != model->fields.end();
    models.insert(models.end(), found ? without_field(*tag->type).enumerators.size() : 1, model);
  }
  return "tagged-union[" + labels(models, ",") + "]";
}

/// A scalar with constraints, and a union with a Discriminator, have labels of their own.
std::string field_label(const TypeInfo& type) {
  const std::string_view discriminator = type.metadata->discriminator;
  if (!discriminator.empty()) return tagged_label(*type.element, discriminator);
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

bool have_default(std::span<const FieldConstraint> constraints) noexcept {
  return std::ranges::any_of(constraints, [](const FieldConstraint& constraint) {
    return constraint.kind == ConstraintKind::kDefault;
  });
}

std::string_view own_name(const TypeInfo& model, std::size_t field) {
  std::string_view name;
  detail::split_values(*model.printed, [&](std::size_t i, std::string_view text) {
    if (i == field) name = detail::last_identifier(text);
  });
  return name;
}

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
      return "dict[" + (type.key ? union_label(*type.key) : "str") + "," +
             union_label(*type.element) + "]";
    case TypeKind::kTuple: return "tuple[" + labels(type.alternatives, ", ") + "]";
    case TypeKind::kVariant: return "union[" + labels(type.alternatives, ",") + "]";
    case TypeKind::kEnum:
      return type.literal ? literal_label(type) : "str-enum[" + std::string(type.name) + "]";
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

}  // namespace capricorn
