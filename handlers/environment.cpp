// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "json_read.hpp"
#include "text_read.hpp"
#include "validation.hpp"

namespace capricorn::detail {
namespace {

std::string variable_of(std::string_view prefix, const FieldInfo& field) {
  const FieldMetadata* metadata = field.type->metadata;
  if (metadata != nullptr && !metadata->alias.empty()) return std::string(metadata->alias);
  std::string name(prefix);
  for (const char c : field.name) {
    name += c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  }
  return name;
}

/// Whether it has parts, for which a text alone has no room.
bool is_json_in_text(const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::kField:
    case TypeKind::kOptional: return is_json_in_text(*type.element);
    case TypeKind::kVector:
    case TypeKind::kArray:
    case TypeKind::kSet:
    case TypeKind::kMap:
    case TypeKind::kModel:
    case TypeKind::kJson:
    case TypeKind::kOrderedJson: return true;
    case TypeKind::kVariant:
      return std::ranges::any_of(type.alternatives, [](const TypeInfo* alternative) {
        return is_json_in_text(*alternative);
      });
    default: return false;
  }
}

[[noreturn]] void refuse(const ValidationErrors& errors) {
  std::string what;
  for (const ErrorDetail& error : errors) {
    what.append(what.empty() ? "" : "; ")
        .append(join_loc(error.loc))
        .append(": ")
        .append(error.msg);
  }
  throw std::runtime_error(what);
}

}  // namespace

void read_environment(std::string_view prefix, const TypeInfo& type, void* model) {
  ValidationErrors errors;
  const ModelLayout& layout = type.layout();
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const FieldInfo& field = type.fields[i];
    const std::string name = variable_of(prefix, field);
    const LocPath loc{nullptr, name};
    const char* const text = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    void* const value = static_cast<char*>(model) + layout.offsets[i];
    if (text == nullptr || *text == '\0') {
      if (layout.is_required(i)) errors.push_back(missing_error(loc.items()));
    } else if (is_json_in_text(*field.type)) {
      read_json(text, *field.type, value, errors, loc);
    } else {
      read_text(text, *field.type, value, {}, loc, errors);
    }
  }
  if (errors.empty() && type.validate != nullptr) {
    const LocPath whole{nullptr, type.name};
    Validation validation(whole, "null", errors);
    check_model(type, model, validation);
  }
  if (!errors.empty()) refuse(errors);
}

}  // namespace capricorn::detail
