// SPDX-License-Identifier: MIT
#include "validation.hpp"

#include <charconv>
#include <cmath>
#include <cstring>

#include "json_write.hpp"
#include "type_info.hpp"

namespace capricorn {

namespace {

void write_integer(Buffer& out, std::int64_t value) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append({text, static_cast<std::size_t>(end - text)});
}

void write_loc(Buffer& out, const std::vector<LocItem>& loc) {
  char separator = '[';
  for (const LocItem& item : loc) {
    out.push_back(separator);
    separator = ',';
    if (const auto* name = std::get_if<std::string>(&item)) {
      write_json_string(out, *name);
    } else {
      write_integer(out, std::get<std::int64_t>(item));
    }
  }
  if (loc.empty()) out.push_back('[');
  out.push_back(']');
}

void write_error(Buffer& out, const ErrorDetail& error) {
  out.append("{\"type\":");
  write_json_string(out, error.type);
  out.append(",\"loc\":");
  write_loc(out, error.loc);
  out.append(",\"msg\":");
  write_json_string(out, error.msg);
  out.append(",\"input\":");
  out.append(error.input_json.empty() ? "null" : std::string_view(error.input_json));
  if (!error.ctx_json.empty()) {
    out.append(",\"ctx\":");
    out.append(error.ctx_json);
  }
  out.push_back('}');
}

}  // namespace

void write_errors_json(Buffer& out, const ValidationErrors& errors) {
  out.append("{\"detail\":[");
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (i != 0) out.push_back(',');
    write_error(out, errors[i]);
  }
  out.append("]}");
}

ErrorDetail missing_error(std::vector<LocItem> loc, std::string input_json) {
  return {"missing", std::move(loc), "Field required", std::move(input_json), {}};
}

std::string json_quote(std::string_view text) {
  Buffer out;
  write_json_string(out, text);
  return std::string(out.view());
}

std::vector<LocItem> LocPath::items() const {
  std::vector<LocItem> items;
  if (parent != nullptr) items = parent->items();
  if (index >= 0) {
    items.emplace_back(index);
  } else {
    items.emplace_back(std::string(name));
  }
  return items;
}

namespace {

/// What a constraint looks at: a number, or a length.
struct Measure {
  enum Kind { kNone, kSigned, kUnsigned, kFloating, kCharacters, kItems } kind = kNone;
  std::int64_t integer = 0;
  double number = 0;
};

std::int64_t count_characters(std::string_view text) {
  std::int64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

template <class T>
T load(const void* value) {
  T result;
  std::memcpy(&result, value, sizeof(T));
  return result;
}

std::uint64_t load_unsigned(const void* value, std::size_t size) {
  switch (size) {
    case 1: return load<std::uint8_t>(value);
    case 2: return load<std::uint16_t>(value);
    case 4: return load<std::uint32_t>(value);
    default: return load<std::uint64_t>(value);
  }
}

std::int64_t load_signed(const void* value, std::size_t size) {
  switch (size) {
    case 1: return load<std::int8_t>(value);
    case 2: return load<std::int16_t>(value);
    case 4: return load<std::int32_t>(value);
    default: return load<std::int64_t>(value);
  }
}

Measure measure(const TypeInfo& type, const void* value) {
  switch (type.kind) {
    case Kind::kSigned: {
      const std::int64_t number = load_signed(value, type.size);
      return {Measure::kSigned, number, static_cast<double>(number)};
    }
    case Kind::kUnsigned: {
      const std::uint64_t number = load_unsigned(value, type.size);
      const bool fits = number <= static_cast<std::uint64_t>(INT64_MAX);
      return {fits ? Measure::kSigned : Measure::kUnsigned, static_cast<std::int64_t>(number),
              static_cast<double>(number)};
    }
    case Kind::kFloat: return {Measure::kFloating, 0, load<float>(value)};
    case Kind::kDouble: return {Measure::kFloating, 0, load<double>(value)};
    case Kind::kString:
      return {Measure::kCharacters, count_characters(*static_cast<const std::string*>(value)), 0};
    case Kind::kVector:
    case Kind::kMap: return {Measure::kItems, static_cast<std::int64_t>(type.count(value)), 0};
    default: return {};
  }
}

int compare(const Measure& measure, const Constraint& constraint) {
  if (measure.kind == Measure::kSigned && constraint.value == ConstraintValue::kInteger) {
    return (measure.integer > constraint.integer) - (measure.integer < constraint.integer);
  }
  return (measure.number > constraint.number) - (measure.number < constraint.number);
}

bool is_multiple(const Measure& measure, const Constraint& constraint) {
  if (constraint.number == 0) return true;
  if (measure.kind == Measure::kSigned && constraint.value == ConstraintValue::kInteger) {
    return constraint.integer == -1 || measure.integer % constraint.integer == 0;
  }
  const double rest = std::abs(std::remainder(measure.number, constraint.number));
  return rest <= std::abs(measure.number) * 1e-9;
}

bool holds(const Measure& measure, const Constraint& constraint) {
  const bool number = measure.kind != Measure::kNone && measure.kind < Measure::kCharacters;
  const bool length = measure.kind >= Measure::kCharacters;
  // A NaN satisfies no bound.
  if (number && std::isnan(measure.number)) return constraint.kind >= ConstraintKind::kMultipleOf;
  switch (constraint.kind) {
    case ConstraintKind::kGt: return !number || compare(measure, constraint) > 0;
    case ConstraintKind::kGe: return !number || compare(measure, constraint) >= 0;
    case ConstraintKind::kLt: return !number || compare(measure, constraint) < 0;
    case ConstraintKind::kLe: return !number || compare(measure, constraint) <= 0;
    case ConstraintKind::kMultipleOf: return !number || is_multiple(measure, constraint);
    case ConstraintKind::kMinLength: return !length || measure.integer >= constraint.integer;
    case ConstraintKind::kMaxLength: return !length || measure.integer <= constraint.integer;
    case ConstraintKind::kDefault: return true;
  }
  return true;
}

std::string number_text(const Constraint& constraint, bool as_float) {
  Buffer out;
  if (as_float || constraint.value == ConstraintValue::kFloating) {
    write_json_number(out, constraint.number);
  } else {
    write_integer(out, constraint.integer);
  }
  return std::string(out.view());
}

struct Wording {
  const char* type;
  const char* msg;
  const char* key;
};

Wording number_wording(ConstraintKind kind) {
  switch (kind) {
    case ConstraintKind::kGt: return {"greater_than", "greater than ", "gt"};
    case ConstraintKind::kGe: return {"greater_than_equal", "greater than or equal to ", "ge"};
    case ConstraintKind::kLt: return {"less_than", "less than ", "lt"};
    case ConstraintKind::kLe: return {"less_than_equal", "less than or equal to ", "le"};
    default: return {"multiple_of", "a multiple of ", "multiple_of"};
  }
}

ErrorDetail number_error(const Measure& measure, const Constraint& constraint) {
  const Wording wording = number_wording(constraint.kind);
  const std::string ctx = number_text(constraint, measure.kind == Measure::kFloating);
  // pydantic says "greater than 0" but has 0.0 in the context of a float.
  std::string limit = ctx;
  if (limit.ends_with(".0")) limit.resize(limit.size() - 2);
  return {wording.type,
          {},
          std::string("Input should be ") + wording.msg + limit,
          {},
          std::string("{\"") + wording.key + "\":" + ctx + "}"};
}

std::string counted(std::int64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

ErrorDetail string_length_error(const Constraint& constraint) {
  const bool low = constraint.kind == ConstraintKind::kMinLength;
  return {low ? "string_too_short" : "string_too_long",
          {},
          std::string("String should have at ") + (low ? "least " : "most ") +
              counted(constraint.integer, "character"),
          {},
          std::string(low ? "{\"min_length\":" : "{\"max_length\":") +
              std::to_string(constraint.integer) + "}"};
}

ErrorDetail items_error(const TypeInfo& type, const Measure& measure,
                        const Constraint& constraint) {
  const bool low = constraint.kind == ConstraintKind::kMinLength;
  const char* noun = type.kind == Kind::kVector ? "List" : "Dictionary";
  const std::string actual = std::to_string(measure.integer);
  return {low ? "too_short" : "too_long",
          {},
          std::string(noun) + " should have at " + (low ? "least " : "most ") +
              counted(constraint.integer, "item") + " after validation, not " + actual,
          {},
          std::string("{\"field_type\":\"") + noun + "\",\"" + (low ? "min" : "max") +
              "_length\":" + std::to_string(constraint.integer) + ",\"actual_length\":" + actual +
              "}"};
}

}  // namespace

bool check_constraints(const TypeInfo& type, const void* value,
                       std::span<const Constraint> constraints, const LocPath& loc,
                       std::string_view input_json, ValidationErrors& errors) {
  if (constraints.empty()) return true;
  if (type.kind == Kind::kField) {
    return check_constraints(*type.element, value, constraints, loc, input_json, errors);
  }
  if (type.kind == Kind::kOptional) {
    const void* inner = type.get(value);
    return inner == nullptr ||
           check_constraints(*type.element, inner, constraints, loc, input_json, errors);
  }
  const Measure measured = measure(type, value);
  for (const Constraint& constraint : constraints) {
    if (holds(measured, constraint)) continue;
    ErrorDetail error = measured.kind == Measure::kCharacters ? string_length_error(constraint)
                        : measured.kind == Measure::kItems ? items_error(type, measured, constraint)
                                                           : number_error(measured, constraint);
    error.loc = loc.items();
    error.input_json = input_json;
    errors.push_back(std::move(error));
    return false;
  }
  return true;
}

}  // namespace capricorn
