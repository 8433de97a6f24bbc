// SPDX-License-Identifier: MIT
#include "json_union.hpp"

namespace capricorn {

bool may_begin(const TypeInfo& type, char first) noexcept {
  const bool number = first == '-' || (first >= '0' && first <= '9');
  switch (type.kind) {
    case TypeKind::kBoolean:
    case TypeKind::kSigned:
    case TypeKind::kUnsigned:
    case TypeKind::kFloat:
    case TypeKind::kDouble: return first != '{' && first != '[' && first != 'n';
    case TypeKind::kString:
    case TypeKind::kEnum: return first == '"';
    case TypeKind::kText: return first == '"' || (number && type.text->parse_number != nullptr);
    case TypeKind::kOptional: return first == 'n' || may_begin(*type.element, first);
    case TypeKind::kField: return may_begin(*type.element, first);
    case TypeKind::kVector:
    case TypeKind::kArray:
    case TypeKind::kTuple:
    case TypeKind::kSet: return first == '[';
    case TypeKind::kMap:
    case TypeKind::kModel: return first == '{';
    default: return true;
  }
}

}  // namespace capricorn
