// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "../loop/buffer.hpp"
#include "held_value.hpp"
#include "type_info.hpp"

/// Which members of a model have an initialiser. The compiler does not tell, hence the model is
/// made over memory filled with one byte, and again with another: what no initialiser touched is
/// then what an object of the member's own type is that is made over such memory.

namespace capricorn::detail {

namespace {

/// A value and the byte that its memory was filled with before it was made.
struct Seen {
  const unsigned char* at;
  unsigned char fill;

  Seen behind(std::size_t offset) const { return {at + offset, fill}; }
  bool is_untouched(std::size_t size) const {
    return std::all_of(at, at + size, [this](unsigned char byte) { return byte == fill; });
  }
  template <class T>
  const T& as() const {
    return *reinterpret_cast<const T*>(at);
  }
};

/// Members of models that are made anew for each object say nothing of two objects.
enum class Generated : bool { kCompared, kIgnored };

bool are_same(const TypeInfo& type, Seen a, Seen b, Generated generated);

bool are_same_texts(const TypeInfo& type, Seen a, Seen b) {
  const TextType& text = *type.text;
  const auto is_unset = [&](Seen value) {
    return text.is_unset ? text.is_unset(value.at, value.fill) : value.is_untouched(type.size);
  };
  const bool unset = is_unset(a);
  if (unset || is_unset(b)) return unset == is_unset(b);
  Buffer of_a;
  Buffer of_b;
  text.write(of_a, a.at);
  text.write(of_b, b.at);
  return of_a.view() == of_b.view();
}

bool are_same_elements(const TypeInfo& element, std::size_t count, Seen a, Seen b,
                       Generated generated) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t offset = i * element.size;
    if (!are_same(element, a.behind(offset), b.behind(offset), generated)) return false;
  }
  return true;
}

bool are_same_tuples(const TypeInfo& type, Seen a, Seen b, Generated generated) {
  for (std::size_t i = 0; i < type.alternatives.size(); ++i) {
    const auto in = [&](Seen tuple) {
      const void* const element = tuple_element(type, tuple.at, i);
      return Seen{static_cast<const unsigned char*>(element), tuple.fill};
    };
    if (!are_same(*type.alternatives[i], in(a), in(b), generated)) return false;
  }
  return true;
}

/// Of what may hold the model that it is a member of: that one's layout is only being found, so
/// that models are not looked into.
bool are_same_contents(const TypeInfo& type, Seen a, Seen b, Generated generated) {
  const bool list = type.kind == TypeKind::kVector;
  const void* const in_a = type.get(a.at);
  const void* const in_b = type.get(b.at);
  if (list ? type.count(a.at) != type.count(b.at) : !in_a != !in_b) return false;
  const std::size_t count = list ? type.count(a.at) : in_a != nullptr;
  if (count == 0 || type.element->kind == TypeKind::kModel) return true;
  return are_same_elements(*type.element, count, {static_cast<const unsigned char*>(in_a), a.fill},
                           {static_cast<const unsigned char*>(in_b), b.fill}, generated);
}

bool are_same_variants(const TypeInfo& type, Seen a, Seen b, Generated generated) {
  const std::size_t index = type.index(a.at);
  if (index != type.index(b.at)) return false;
  if (index >= type.alternatives.size()) return true;
  return are_same(*type.alternatives[index],
                  {static_cast<const unsigned char*>(type.get(a.at)), a.fill},
                  {static_cast<const unsigned char*>(type.get(b.at)), b.fill}, generated);
}

bool are_same_models(const TypeInfo& type, Seen a, Seen b, Generated generated) {
  const ModelLayout& layout = type.layout();
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    if (generated == Generated::kIgnored && layout.is_generated(i)) continue;
    const std::size_t offset = layout.offsets[i];
    if (!are_same(*type.fields[i].type, a.behind(offset), b.behind(offset), generated)) {
      return false;
    }
  }
  return true;
}

bool are_same(const TypeInfo& type, Seen a, Seen b, Generated generated) {
  switch (type.kind) {
    case TypeKind::kString: return a.as<std::string>() == b.as<std::string>();
    case TypeKind::kText: return are_same_texts(type, a, b);
    case TypeKind::kOptional:
    case TypeKind::kVector: return are_same_contents(type, a, b, generated);
    case TypeKind::kSet:
    case TypeKind::kMap: return type.count(a.at) == type.count(b.at);
    case TypeKind::kArray: return are_same_elements(*type.element, type.extent, a, b, generated);
    case TypeKind::kTuple: return are_same_tuples(type, a, b, generated);
    case TypeKind::kVariant: return are_same_variants(type, a, b, generated);
    case TypeKind::kModel: return are_same_models(type, a, b, generated);
    case TypeKind::kField: return are_same(*type.element, a, b, generated);
    case TypeKind::kJson: return a.as<nlohmann::json>() == b.as<nlohmann::json>();
    case TypeKind::kOrderedJson:
      return a.as<nlohmann::ordered_json>() == b.as<nlohmann::ordered_json>();
    // What the user's type is made of nobody knows, nor whether it may be written as it is.
    case TypeKind::kCustom: return true;
    default:
      return (a.is_untouched(type.size) && b.is_untouched(type.size)) ||
             std::memcmp(a.at, b.at, type.size) == 0;
  }
}

bool is_required(const TypeInfo& type, Seen a, Seen b);

bool is_required_field(const TypeInfo& field, Seen a, Seen b) {
  switch (field.metadata->presence) {
    case FieldMetadata::Presence::kRequired: return true;
    case FieldMetadata::Presence::kNotRequired: return false;
    default: return !have_default(field.constraints) && is_required(*field.element, a, b);
  }
}

bool is_required(const TypeInfo& type, Seen a, Seen b) {
  switch (type.kind) {
    case TypeKind::kOptional:
    case TypeKind::kVector:
    case TypeKind::kSet:
    case TypeKind::kMap: return false;
    case TypeKind::kField: return is_required_field(type, a, b);
    default: {
      const auto is_fresh = [&type](Seen value) {
        return are_same(type, value, {HeldValue(type, value.fill).at(0), value.fill},
                        Generated::kIgnored);
      };
      return is_fresh(a) && is_fresh(b);
    }
  }
}

bool is_omittable(const TypeInfo& type) {
  const TypeInfo& value = without_field(type);
  return value.kind == TypeKind::kOptional &&
         without_field(*value.element).kind == TypeKind::kOptional;
}

}  // namespace

void detect_required(const TypeInfo& type, ModelLayout& layout) {
  constexpr unsigned char kFills[] = {0x5a, 0xa5};
  const HeldValue a(type, kFills[0]);
  const HeldValue b(type, kFills[1]);
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const TypeInfo& field = *type.fields[i].type;
    const Seen in_a{a.at(layout.offsets[i]), kFills[0]};
    const Seen in_b{b.at(layout.offsets[i]), kFills[1]};
    const std::uint32_t bit = std::uint32_t{1} << i;
    if (is_omittable(field)) layout.omittable |= bit;
    if (is_required(field, in_a, in_b)) {
      layout.required |= bit;
    } else if (!are_same(field, in_a, in_b, Generated::kCompared)) {
      layout.generated |= bit;
    }
  }
}

}  // namespace capricorn::detail
