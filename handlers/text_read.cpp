// SPDX-License-Identifier: MIT
#include "text_read.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "../loop/ascii.hpp"
#include "crowded_bucket.hpp"
#include "held_value.hpp"
#include "json_write.hpp"
#include "read_double.hpp"
#include "scalar_memory.hpp"

namespace capricorn {

namespace {

constexpr ScalarError kNotInteger{
    "int_parsing", "Input should be a valid integer, unable to parse string as an integer"};
constexpr ScalarError kNotNumber{
    "float_parsing", "Input should be a valid number, unable to parse string as a number"};
constexpr ScalarError kNotBoolean{"bool_parsing",
                                  "Input should be a valid boolean, unable to interpret input"};

constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view strip(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_ascii_digit);
}

ScalarError parse_integer(std::string_view text, const TypeInfo& type, void* value) {
  text = strip(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  // "3.0" is an integer for pydantic, "3." and "3.5" are none.
  if (const std::size_t dot = text.find('.'); dot != text.npos) {
    const std::string_view fraction = text.substr(dot + 1);
    if (fraction.empty() || fraction.find_first_not_of('0') != fraction.npos) return kNotInteger;
    text = text.substr(0, dot);
  }
  if (!is_digits(text)) return kNotInteger;
  std::uint64_t magnitude = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), magnitude);
  if (result.ec != std::errc()) return kIntegerTooLarge;
  return store_integer(negative, magnitude, type, value);
}

ScalarError parse_floating(std::string_view text, const TypeInfo& type, void* value) {
  text = strip(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (text.empty() || result.ptr != end || result.ec == std::errc::invalid_argument) {
    return kNotNumber;
  }
  if (result.ec == std::errc::result_out_of_range) {
    // Python reads what is too large as infinity and what is too small as zero.
    number = detail::out_of_range_double(text);
  }
  store_double(number, type, value);
  return {};
}

ScalarError parse_boolean(std::string_view text, void* value) {
  for (const std::string_view yes : {"1", "true", "on", "yes", "y", "t"}) {
    if (equals_ignoring_case(text, yes)) {
      *static_cast<bool*>(value) = true;
      return {};
    }
  }
  for (const std::string_view no : {"0", "false", "off", "no", "n", "f"}) {
    if (equals_ignoring_case(text, no)) {
      *static_cast<bool*>(value) = false;
      return {};
    }
  }
  return kNotBoolean;
}

}  // namespace

ScalarError store_integer(bool negative, std::uint64_t magnitude, const TypeInfo& type,
                          void* value) {
  const unsigned width = type.size * 8;
  const std::uint64_t highest =
      type.kind == TypeKind::kUnsigned
          ? std::numeric_limits<std::uint64_t>::max() >> (64 - width)
          : (std::numeric_limits<std::uint64_t>::max() >> (64 - width + 1)) + (negative ? 1 : 0);
  if (magnitude > highest) return kIntegerTooLarge;
  if (negative && type.kind == TypeKind::kUnsigned && magnitude != 0) {
    return {"greater_than_equal", "Input should be greater than or equal to 0"};
  }
  detail::store_bits(negative ? 0 - magnitude : magnitude, type.size, value);
  return {};
}

bool store_double(double number, const TypeInfo& type, void* value) {
  if (type.kind != TypeKind::kFloat) {
    std::memcpy(value, &number, sizeof number);
    return std::isfinite(number);
  }
  // Up to half a step beyond the largest it is rounded to that; the cast alone is undefined there.
  constexpr double kLargest = std::numeric_limits<float>::max();
  constexpr double kHalfStepBeyond = 0x1.ffffffp127;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double size = std::abs(number);
  if (size > kLargest)
    number = std::copysign(size < kHalfStepBeyond ? kLargest : kInfinity, number);
  const auto narrow = static_cast<float>(number);
  std::memcpy(value, &narrow, sizeof narrow);
  return std::isfinite(narrow);
}

ScalarError parse_scalar(std::string_view text, const TypeInfo& type, void* value) {
  switch (type.kind) {
    case TypeKind::kBoolean: return parse_boolean(text, value);
    case TypeKind::kSigned:
    case TypeKind::kUnsigned: return parse_integer(text, type, value);
    default: return parse_floating(text, type, value);
  }
}

bool store_enumerator(std::string_view text, const TypeInfo& type, void* value) {
  for (const EnumeratorInfo& enumerator : type.enumerators) {
    if (enumerator.name != text) continue;
    detail::store_bits(static_cast<std::uint64_t>(enumerator.value), type.size, value);
    return true;
  }
  return false;
}

bool detail::read_key(std::string_view text, const TypeInfo& type, void* key) {
  ValidationErrors errors;
  return read_text(text, type, key, {}, LocPath{}, errors);
}

ErrorDetail enumerator_error(const TypeInfo& type) {
  std::string expected;
  for (std::size_t i = 0; i < type.enumerators.size(); ++i) {
    if (i != 0) expected += i + 1 == type.enumerators.size() ? " or " : ", ";
    expected += "'" + std::string(type.enumerators[i].name) + "'";
  }
  return {type.literal ? "literal_error" : "enum",
          {},
          "Input should be " + expected,
          {},
          "{\"expected\":" + json_quote(expected) + "}"};
}

std::optional<std::string> from_custom_json(const TypeInfo& type, const nlohmann::json& json,
                                            void* value) {
  if (type.from_json == nullptr) {
    throw std::logic_error(std::string(type.name) +
                           " has a to_json and no from_json: it is only "
                           "for answers");
  }
  try {
    type.from_json(json, value);
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  }
}

namespace {

struct TextReader {
  std::string_view text;
  const LocPath& loc;
  ValidationErrors& errors;

  bool fail(ErrorDetail error) {
    error.loc = loc.items();
    error.input_json = json_quote(text);
    errors.push_back(std::move(error));
    return false;
  }
  bool fail(std::string_view type, std::string_view msg) {
    return fail({std::string(type), {}, std::string(msg), {}, {}});
  }

  bool read(const TypeInfo& type, void* value) {
    switch (type.kind) {
      case TypeKind::kBoolean:
      case TypeKind::kSigned:
      case TypeKind::kUnsigned:
      case TypeKind::kFloat:
      case TypeKind::kDouble: return read_scalar(type, value);
      case TypeKind::kString: static_cast<std::string*>(value)->assign(text); return true;
      case TypeKind::kText: return read_text_type(*type.text, value);
      case TypeKind::kEnum:
        return store_enumerator(text, type, value) || fail(enumerator_error(type));
      case TypeKind::kJson: *static_cast<nlohmann::json*>(value) = text; return true;
      case TypeKind::kOrderedJson: *static_cast<nlohmann::ordered_json*>(value) = text; return true;
      case TypeKind::kCustom: return read_custom(type, value);
      case TypeKind::kOptional: return read(*type.element, type.emplace(value));
      case TypeKind::kVariant: return read_variant(type, value);
      case TypeKind::kField: return read_field(type, value);
      case TypeKind::kVector:
      case TypeKind::kArray: return fail("list_type", "Input should be a valid list");
      case TypeKind::kTuple: return fail("tuple_type", "Input should be a valid tuple");
      case TypeKind::kSet: return fail("set_type", "Input should be a valid set");
      case TypeKind::kMap: return fail("dict_type", "Input should be a valid dictionary");
      case TypeKind::kModel:
        return fail("model_attributes_type",
                    "Input should be a valid dictionary or object to extract fields from");
    }
    return false;
  }

  bool read_scalar(const TypeInfo& type, void* value) {
    const ScalarError error = parse_scalar(text, type, value);
    if (!error) return true;
    return fail({std::string(error.type),
                 {},
                 std::string(error.msg),
                 {},
                 error.type == "greater_than_equal" ? "{\"ge\":0}" : ""});
  }

  bool read_text_type(const TextType& type, void* value) {
    ErrorDetail error;
    return type.parse(text, value, error) || fail(std::move(error));
  }

  bool read_custom(const TypeInfo& type, void* value) {
    const std::optional<std::string> message = from_custom_json(type, text, value);
    return !message || fail({"value_error", {}, "Value error, " + *message, {}, "{\"error\":{}}"});
  }

  /// A text fits a text better than what can be made of one; else the first that takes it.
  bool read_variant(const TypeInfo& type, void* value) {
    const std::size_t errors_before = errors.size();
    std::size_t found = type.alternatives.size();
    for (std::size_t i = 0; i < type.alternatives.size(); ++i) {
      const TypeInfo& alternative = *type.alternatives[i];
      const bool exact = alternative.kind == TypeKind::kString || alternative.literal;
      if (found != type.alternatives.size() && !exact) continue;
      const std::string label = union_label(alternative);
      TextReader reader{text, LocPath{&loc, label}, errors};
      if (!reader.read(alternative, type.select(value, i))) continue;
      found = i;
      if (exact) break;
    }
    if (found == type.alternatives.size()) return false;
    errors.resize(errors_before);
    return type.index(value) == found || read(*type.alternatives[found], type.select(value, found));
  }

  bool read_field(const TypeInfo& type, void* value) {
    return read(*type.element, value) &&
           (type.constraints.empty() || check(*type.element, value, type.constraints));
  }

  bool check(const TypeInfo& type, const void* value,
             std::span<const FieldConstraint> constraints) {
    return check_constraints(type, value, constraints, loc, json_quote(text), errors);
  }
};

/// The list in an optional or Field.
const TypeInfo& list_in(const TypeInfo& type) noexcept {
  const bool wraps = type.kind == TypeKind::kOptional || type.kind == TypeKind::kField;
  return wraps ? list_in(*type.element) : type;
}

bool read_element(std::string_view text, const TypeInfo& list, void* value, const LocPath& loc,
                  ValidationErrors& errors) {
  TextReader reader{text, loc, errors};
  if (list.kind == TypeKind::kVector) return reader.read(*list.element, list.emplace(value));
  const HeldValue element(*list.element);
  if (!reader.read(*list.element, element.get())) return false;
  return list.take(value, element.get()) ||
         reader.fail(detail::kCrowdedType, detail::kCrowdedMessage);
}

}  // namespace

bool read_text(std::string_view text, const TypeInfo& type, void* value,
               std::span<const FieldConstraint> constraints, std::string_view where,
               std::string_view name, ValidationErrors& errors) {
  const LocPath root{nullptr, where};
  return read_text(text, type, value, constraints, LocPath{&root, name}, errors);
}

bool read_text(std::string_view text, const TypeInfo& type, void* value,
               std::span<const FieldConstraint> constraints, const LocPath& loc,
               ValidationErrors& errors) {
  TextReader reader{text, loc, errors};
  if (!reader.read(type, value)) return false;
  return constraints.empty() || reader.check(type, value, constraints);
}

bool reads_texts(const TypeInfo& type) noexcept {
  const TypeInfo& list = list_in(type);
  return list.kind == TypeKind::kVector || list.kind == TypeKind::kSet || has_places(list);
}

std::size_t place_count(const TypeInfo& type) noexcept {
  return type.kind == TypeKind::kTuple ? type.alternatives.size() : type.extent;
}

Place place_of(const TypeInfo& type, void* value, std::size_t index) noexcept {
  if (type.kind == TypeKind::kTuple) return {*type.alternatives[index], type.select(value, index)};
  return {*type.element, static_cast<char*>(value) + index * type.element->size};
}

void check_place_count(const TypeInfo& type, std::size_t count, const LocPath& loc,
                       const std::string& input_json, ValidationErrors& errors, std::size_t from) {
  const std::size_t places = place_count(type);
  const bool tuple = type.kind == TypeKind::kTuple;
  const bool too_few = count < places;
  if (count == places || (too_few && !tuple && errors.size() != from)) return;
  if (too_few && tuple) {
    for (std::size_t i = count; i < places; ++i) {
      const LocPath item{&loc, {}, static_cast<std::int64_t>(i)};
      errors.push_back(missing_error(item.items(), input_json));
    }
    return;
  }
  errors.resize(from);
  ErrorDetail error =
      item_count_error(tuple ? "Tuple" : "List", too_few, static_cast<std::int64_t>(places),
                       static_cast<std::int64_t>(count));
  error.loc = loc.items();
  error.input_json = input_json;
  errors.push_back(std::move(error));
}

namespace {

/// One text for each place.
bool read_places(std::span<const std::string_view> texts, const TypeInfo& type, void* value,
                 const LocPath& loc, ValidationErrors& errors) {
  const std::size_t errors_before = errors.size();
  const std::size_t count = std::min(texts.size(), place_count(type));
  for (std::size_t i = 0; i < count; ++i) {
    const LocPath item{&loc, {}, static_cast<std::int64_t>(i)};
    const Place place = place_of(type, value, i);
    TextReader{texts[i], item, errors}.read(place.type, place.value);
  }
  check_place_count(type, texts.size(), loc, json_of_texts(texts, true), errors, errors_before);
  return errors.size() == errors_before;
}

}  // namespace

bool read_texts(std::span<const std::string_view> texts, const TypeInfo& type, void* value,
                std::span<const FieldConstraint> constraints, const LocPath& loc,
                ValidationErrors& errors) {
  if (type.kind == TypeKind::kField) {
    const bool own = constraints.empty();
    return read_texts(texts, *type.element, value, own ? type.constraints : constraints, loc,
                      errors);
  }
  if (type.kind == TypeKind::kOptional) {
    return read_texts(texts, *type.element, type.emplace(value), constraints, loc, errors);
  }
  if (has_places(type)) return read_places(texts, type, value, loc, errors);
  const std::size_t errors_before = errors.size();
  type.clear(value);
  LocPath item{&loc, {}, 0};
  for (const std::string_view text : texts) {
    read_element(text, type, value, item, errors);
    ++item.index;
  }
  if (errors.size() != errors_before) {
    if (!exceeds_max_length(type, value, constraints)) return false;
    errors.resize(errors_before);
  }
  return constraints.empty() ||
         check_constraints(type, value, constraints, loc, json_of_texts(texts, true), errors);
}

std::string json_of_texts(std::span<const std::string_view> texts, bool list) {
  Buffer out;
  if (list) out.push_back('[');
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i != 0) out.push_back(',');
    write_json_string(out, texts[i]);
  }
  if (list) out.push_back(']');
  return std::string(out.view());
}

}  // namespace capricorn
