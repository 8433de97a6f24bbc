// SPDX-License-Identifier: MIT
#include "text_read.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

namespace capricorn {

namespace {

constexpr ScalarError kNotInteger{
    "int_parsing", "Input should be a valid integer, unable to parse string as an integer"};
constexpr ScalarError kTooLarge{
    "int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size"};
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
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
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
  if (result.ec != std::errc()) return kTooLarge;
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
    number = std::strtod(std::string(text).c_str(), nullptr);
  }
  store_double(number, type, value);
  return {};
}

ScalarError parse_boolean(std::string_view text, void* value) {
  char lower[6];
  if (text.size() > 5) return kNotBoolean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
  }
  const std::string_view word{lower, text.size()};
  for (const std::string_view yes : {"1", "true", "on", "yes", "y", "t"}) {
    if (word == yes) {
      *static_cast<bool*>(value) = true;
      return {};
    }
  }
  for (const std::string_view no : {"0", "false", "off", "no", "n", "f"}) {
    if (word == no) {
      *static_cast<bool*>(value) = false;
      return {};
    }
  }
  return kNotBoolean;
}

void store_bits(std::uint64_t bits, std::size_t size, void* value) {
  switch (size) {
    case 1: {
      const auto narrow = static_cast<std::uint8_t>(bits);
      std::memcpy(value, &narrow, size);
      return;
    }
    case 2: {
      const auto narrow = static_cast<std::uint16_t>(bits);
      std::memcpy(value, &narrow, size);
      return;
    }
    case 4: {
      const auto narrow = static_cast<std::uint32_t>(bits);
      std::memcpy(value, &narrow, size);
      return;
    }
    default: std::memcpy(value, &bits, sizeof bits);
  }
}

}  // namespace

ScalarError store_integer(bool negative, std::uint64_t magnitude, const TypeInfo& type,
                          void* value) {
  const unsigned width = type.size * 8;
  const std::uint64_t highest =
      type.kind == Kind::kUnsigned
          ? std::numeric_limits<std::uint64_t>::max() >> (64 - width)
          : (std::numeric_limits<std::uint64_t>::max() >> (64 - width + 1)) + (negative ? 1 : 0);
  if (magnitude > highest) return kTooLarge;
  if (negative && type.kind == Kind::kUnsigned && magnitude != 0) {
    return {"greater_than_equal", "Input should be greater than or equal to 0"};
  }
  store_bits(negative ? 0 - magnitude : magnitude, type.size, value);
  return {};
}

void store_double(double number, const TypeInfo& type, void* value) {
  if (type.kind == Kind::kFloat) {
    const double limit = static_cast<double>(std::numeric_limits<float>::max());
    // Out of range is undefined for the cast, infinity is not.
    const double fits = std::abs(number) > limit
                            ? std::copysign(std::numeric_limits<double>::infinity(), number)
                            : number;
    const auto narrow = static_cast<float>(fits);
    std::memcpy(value, &narrow, sizeof narrow);
  } else {
    std::memcpy(value, &number, sizeof number);
  }
}

ScalarError parse_scalar(std::string_view text, const TypeInfo& type, void* value) {
  switch (type.kind) {
    case Kind::kBoolean: return parse_boolean(text, value);
    case Kind::kSigned:
    case Kind::kUnsigned: return parse_integer(text, type, value);
    default: return parse_floating(text, type, value);
  }
}

bool store_enumerator(std::string_view text, const TypeInfo& type, void* value) {
  for (const Enumerator& enumerator : type.enumerators) {
    if (enumerator.name != text) continue;
    store_bits(static_cast<std::uint64_t>(enumerator.value), type.size, value);
    return true;
  }
  return false;
}

ErrorDetail enumerator_error(const TypeInfo& type) {
  std::string expected;
  for (std::size_t i = 0; i < type.enumerators.size(); ++i) {
    if (i != 0) expected += i + 1 == type.enumerators.size() ? " or " : ", ";
    expected += "'" + std::string(type.enumerators[i].name) + "'";
  }
  return {
      "enum", {}, "Input should be " + expected, {}, "{\"expected\":" + json_quote(expected) + "}"};
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

  bool read(const TypeInfo& type, void* value) {
    switch (type.kind) {
      case Kind::kBoolean:
      case Kind::kSigned:
      case Kind::kUnsigned:
      case Kind::kFloat:
      case Kind::kDouble: return read_scalar(type, value);
      case Kind::kString: static_cast<std::string*>(value)->assign(text); return true;
      case Kind::kEnum: return store_enumerator(text, type, value) || fail(enumerator_error(type));
      case Kind::kJson: *static_cast<nlohmann::json*>(value) = text; return true;
      case Kind::kOrderedJson: *static_cast<nlohmann::ordered_json*>(value) = text; return true;
      case Kind::kOptional:
      case Kind::kVector: return read(*type.element, type.emplace(value));
      case Kind::kField: return read_field(type, value);
      case Kind::kMap: return fail({"dict_type", {}, "Input should be a valid dictionary", {}, {}});
      case Kind::kModel:
        return fail({"model_attributes_type",
                     {},
                     "Input should be a valid dictionary or object to extract fields from",
                     {},
                     {}});
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

  bool read_field(const TypeInfo& type, void* value) {
    return read(*type.element, value) &&
           (type.constraints.empty() || check(*type.element, value, type.constraints));
  }

  bool check(const TypeInfo& type, const void* value, std::span<const Constraint> constraints) {
    return check_constraints(type, value, constraints, loc, json_quote(text), errors);
  }
};

}  // namespace

bool read_text(std::string_view text, const TypeInfo& type, void* value,
               std::span<const Constraint> constraints, std::string_view where,
               std::string_view name, ValidationErrors& errors) {
  const LocPath root{nullptr, where};
  return read_text(text, type, value, constraints, LocPath{&root, name}, errors);
}

bool read_text(std::string_view text, const TypeInfo& type, void* value,
               std::span<const Constraint> constraints, const LocPath& loc,
               ValidationErrors& errors) {
  TextReader reader{text, loc, errors};
  if (!reader.read(type, value)) return false;
  // The length of a list is only known when all of its texts are read.
  if (constraints.empty() || type.kind == Kind::kVector) return true;
  return reader.check(type, value, constraints);
}

}  // namespace capricorn
