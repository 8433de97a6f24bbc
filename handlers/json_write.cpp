// SPDX-License-Identifier: MIT
#include "json_write.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "scalar_memory.hpp"
#include "short_decimal.hpp"

namespace capricorn {

namespace {

template <class T>
void write_integer(Buffer& out, T value) {
  constexpr std::size_t kMost = 24;
  char* begin = out.prepare(kMost);
  out.commit(static_cast<std::size_t>(std::to_chars(begin, begin + kMost, value).ptr - begin));
}

using detail::load;
using detail::load_signed;
using detail::load_unsigned;

template <class T>
void write_floating(Buffer& out, T value) {
  if (!std::isfinite(value))
    throw std::range_error(
        "Out of range float values are not JSON compliant: NaN or infinity, which a query, a form "
        "or a text in JSON can bring; Field<double, AllowInfNan{false}> refuses it there");
  constexpr std::size_t kMost = 48;
  char* begin = out.prepare(kMost);
  // Python's rule for repr: positional between 1e-4 and 1e16.
  const T size = std::abs(value);
  const bool positional = size == 0 || (size >= T(1e-4) && size < T(1e16));
  char* end = nullptr;
  if constexpr (std::is_same_v<T, double>) {
    if (positional) end = detail::write_short_decimal(begin, value);
    if (end != nullptr) return out.commit(static_cast<std::size_t>(end - begin));
  }
  end = std::to_chars(begin, begin + kMost - 2, value,
                      positional ? std::chars_format::fixed : std::chars_format::scientific)
            .ptr;
  if (positional && std::memchr(begin, '.', static_cast<std::size_t>(end - begin)) == nullptr) {
    *end++ = '.';
    *end++ = '0';
  }
  out.commit(static_cast<std::size_t>(end - begin));
}

/// Behind the members; `separator` is what comes before the first.
char write_computed(Buffer& out, const TypeInfo& type, const void* object, char separator) {
  for (const ComputedInfo& computed : type.computed) {
    out.push_back(separator);
    separator = ',';
    out.push_back('"');
    out.append(computed.name);
    out.append("\":");
    computed.write(out, object);
  }
  return separator;
}

void write_model(Buffer& out, const TypeInfo& type, const char* object) {
  const ModelLayout& layout = type.layout();
  char separator = '{';
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const FieldInfo& field = type.fields[i];
    const char* const member = object + layout.offsets[i];
    if (layout.is_omittable(i) && !without_field(*field.type).get(member)) continue;
    const std::size_t size = field.name.size();
    // An identifier needs no escapes.
    char* at = out.prepare(size + 4);
    at[0] = separator;
    at[1] = '"';
    std::memcpy(at + 2, field.name.data(), size);
    at[size + 2] = '"';
    at[size + 3] = ':';
    out.commit(size + 4);
    separator = ',';
    write_json(out, *field.type, member);
  }
  if (!type.computed.empty()) separator = write_computed(out, type, object, separator);
  if (separator == '{') out.push_back('{');
  out.push_back('}');
}

void write_tuple(Buffer& out, const TypeInfo& type, const void* value) {
  char separator = '[';
  for (std::size_t i = 0; i < type.alternatives.size(); ++i) {
    out.push_back(std::exchange(separator, ','));
    write_json(out, *type.alternatives[i], tuple_element(type, value, i));
  }
  out.push_back(']');
}

void write_vector(Buffer& out, const TypeInfo& type, const void* value) {
  const TypeInfo& element = *type.element;
  const std::size_t count = type.count(value);
  const char* at = static_cast<const char*>(type.get(value));
  out.push_back('[');
  for (std::size_t i = 0; i < count; ++i, at += element.size) {
    if (i != 0) out.push_back(',');
    write_json(out, element, at);
  }
  out.push_back(']');
}

}  // namespace

/// A text type's JSON is that text, unless it has characters that JSON escapes.
std::string detail::key_text(const TypeInfo& type, const void* key) {
  if (type.kind == TypeKind::kEnum) return std::string(enumerator_name(type, key));
  Buffer json;
  write_json(json, type, key);
  std::string_view text = json.view();
  if (text.find('\\') != std::string_view::npos) return nlohmann::json::parse(text);
  if (text.starts_with('"')) text = text.substr(1, text.size() - 2);
  return std::string(text);
}

namespace {

struct MapWriter {
  Buffer& out;
  const TypeInfo& element;
  char separator = '{';
};

void write_map(Buffer& out, const TypeInfo& type, const void* value) {
  MapWriter writer{out, *type.element};
  type.visit(value, &writer, [](void* context, std::string_view key, const void* item) {
    auto& [to, element, separator] = *static_cast<MapWriter*>(context);
    to.push_back(separator);
    separator = ',';
    write_json_string(to, key);
    to.push_back(':');
    write_json(to, element, item);
  });
  if (writer.separator == '{') out.push_back('{');
  out.push_back('}');
}

void write_set(Buffer& out, const TypeInfo& type, const void* value) {
  MapWriter writer{out, *type.element, '['};
  type.visit(value, &writer, [](void* context, std::string_view, const void* item) {
    auto& [to, element, separator] = *static_cast<MapWriter*>(context);
    to.push_back(separator);
    separator = ',';
    write_json(to, element, item);
  });
  if (writer.separator == '[') out.push_back('[');
  out.push_back(']');
}

void write_variant(Buffer& out, const TypeInfo& type, const void* value) {
  const std::size_t index = type.index(value);
  // Without a value: an assignment threw.
  if (index >= type.alternatives.size()) return out.append("null");
  write_json(out, *type.alternatives[index], type.get(value));
}

template <class Json>
void write_dom(Buffer& out, const Json& value) {
  switch (value.type()) {
    case Json::value_t::string:
      return write_json_string(out, value.template get_ref<const std::string&>());
    case Json::value_t::number_float: return write_floating(out, value.template get<double>());
    case Json::value_t::array: {
      char separator = '[';
      if (value.empty()) out.push_back('[');
      for (const auto& item : value) {
        out.push_back(separator);
        separator = ',';
        write_dom(out, item);
      }
      return out.push_back(']');
    }
    case Json::value_t::object: {
      char separator = '{';
      if (value.empty()) out.push_back('{');
      for (auto item = value.begin(); item != value.end(); ++item) {
        out.push_back(separator);
        separator = ',';
        write_json_string(out, item.key());
        out.push_back(':');
        write_dom(out, item.value());
      }
      return out.push_back('}');
    }
    default: return out.append(value.dump());
  }
}

void write_custom(Buffer& out, const TypeInfo& type, const void* value) {
  nlohmann::json json;
  type.to_json(json, value);
  write_dom(out, json);
}

}  // namespace

void write_json_number(Buffer& out, double value) { write_floating(out, value); }
void write_json_number(Buffer& out, std::int64_t value) { write_integer(out, value); }

void write_json(Buffer& out, const TypeInfo& type, const void* value) {
  switch (type.kind) {
    case TypeKind::kBoolean: return out.append(load<bool>(value) ? "true" : "false");
    case TypeKind::kSigned: return write_integer(out, load_signed(value, type.size));
    case TypeKind::kUnsigned: return write_integer(out, load_unsigned(value, type.size));
    case TypeKind::kFloat: return write_floating(out, load<float>(value));
    case TypeKind::kDouble: return write_floating(out, load<double>(value));
    case TypeKind::kString: return write_json_string(out, *static_cast<const std::string*>(value));
    case TypeKind::kOptional:
      if (const void* inner = type.get(value)) return write_json(out, *type.element, inner);
      return out.append("null");
    case TypeKind::kText: return type.text->write(out, value);
    case TypeKind::kVector:
    case TypeKind::kArray: return write_vector(out, type, value);
    case TypeKind::kTuple: return write_tuple(out, type, value);
    case TypeKind::kSet: return write_set(out, type, value);
    case TypeKind::kVariant: return write_variant(out, type, value);
    case TypeKind::kCustom: return write_custom(out, type, value);
    case TypeKind::kMap: return write_map(out, type, value);
    case TypeKind::kEnum: return write_json_string(out, enumerator_name(type, value));
    case TypeKind::kModel: return write_model(out, type, static_cast<const char*>(value));
    case TypeKind::kJson: return write_dom(out, *static_cast<const nlohmann::json*>(value));
    case TypeKind::kOrderedJson:
      return write_dom(out, *static_cast<const nlohmann::ordered_json*>(value));
    case TypeKind::kField: return write_json(out, *type.element, value);
  }
}

}  // namespace capricorn
