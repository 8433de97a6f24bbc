// SPDX-License-Identifier: MIT
#include "json_read.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include "crowded_bucket.hpp"
#include "error_log.hpp"
#include "held_value.hpp"
#include "json_dom.hpp"
#include "json_scanner.hpp"
#include "json_union.hpp"
#include "json_write.hpp"
#include "ordered_dom.hpp"
#include "read_double.hpp"
#include "text_read.hpp"
#include "union_tag.hpp"

namespace capricorn {

namespace {

/// What a number of JSON comes to that is beyond the type's range, and would be infinite.
constexpr ScalarError kNotFinite{"finite_number", "Input should be a finite number"};

/// Of what is JSON they refuse only a number beyond double; then `value` is null.
bool read_any(std::string_view json, nlohmann::json& value) {
  value = nlohmann::json::parse(json, nullptr, false);
  if (!value.is_discarded()) return true;
  value = nullptr;
  return false;
}
bool read_any(std::string_view json, nlohmann::ordered_json& value) {
  return read_ordered_dom(json, value);
}

/// Reads by table. Its functions return false only when the text is malformed; a value of the wrong
/// kind is noted, passed over, and reading goes on.
class Reader {
 public:
  Reader(std::string_view text, ValidationErrors& errors)
      : scanner_(text), log_(errors), budget_(text.size()) {}

  JsonScanner& scanner() noexcept { return scanner_; }
  ErrorLog& log() noexcept { return log_; }
  UnionMarks& marks() noexcept { return marks_; }
  UnionBudget& budget() noexcept { return budget_; }

  bool read(const TypeInfo& type, void* value, const LocPath& loc) {
    const char first = scanner_.peek();
    switch (type.kind) {
      case TypeKind::kBoolean:
      case TypeKind::kSigned:
      case TypeKind::kUnsigned:
      case TypeKind::kFloat:
      case TypeKind::kDouble: return read_scalar(type, value, loc, first);
      case TypeKind::kString: return read_string(value, loc, first);
      case TypeKind::kText: return read_text_type(*type.text, value, loc, first);
      case TypeKind::kEnum: return read_enum(type, value, loc, first);
      case TypeKind::kOptional:
        // The outer one of two is empty only where there is no member.
        if (first != 'n' || type.element->kind == TypeKind::kOptional) {
          return read(*type.element, type.emplace(value), loc);
        }
        type.clear(value);
        return scanner_.word("null");
      case TypeKind::kVector: return read_vector(type, value, loc, first);
      case TypeKind::kArray: return read_array(type, value, loc, first);
      case TypeKind::kTuple: return read_tuple(type, value, loc, first);
      case TypeKind::kSet: return read_set(type, value, loc, first);
      case TypeKind::kMap: return read_map(type, value, loc, first);
      case TypeKind::kVariant: return JsonUnion(*this, type, value, loc, first).read();
      case TypeKind::kModel: return read_model(type, value, loc, first);
      case TypeKind::kJson: return read_dom(*static_cast<nlohmann::json*>(value), loc);
      case TypeKind::kOrderedJson:
        return read_dom(*static_cast<nlohmann::ordered_json*>(value), loc);
      case TypeKind::kCustom: return read_custom(type, value, loc);
      case TypeKind::kField: return read_field(type, value, loc);
    }
    return false;
  }

 private:
  std::string_view since(const char* start) const {
    return {start, static_cast<std::size_t>(scanner_.position() - start)};
  }

  bool note(std::string_view type, std::string_view msg, const LocPath& loc, std::string_view input,
            std::string_view ctx = {}) {
    log_.note([&] {
      return ErrorDetail{std::string(type), loc.items(), std::string(msg), compact_json(input),
                         std::string(ctx)};
    });
    return true;
  }

  /// Notes the error that `make` gives but for its place and its input.
  template <class F>
  bool note(F make, const LocPath& loc, const char* start) {
    log_.note([&] {
      ErrorDetail error = make();
      error.loc = loc.items();
      error.input_json = compact_json(since(start));
      return error;
    });
    return true;
  }

  /// Notes the error for the value that comes next, and passes over it.
  bool refuse(std::string_view type, std::string_view msg, const LocPath& loc) {
    const char* const start = scanner_.position();
    return scanner_.skip() && note(type, msg, loc, since(start));
  }

  // --- scalars

  bool note_scalar(const ScalarError& error, const LocPath& loc, const char* start) {
    if (!error) return true;
    return note(error.type, error.msg, loc, since(start),
                error.type == "greater_than_equal" ? "{\"ge\":0}" : "");
  }

  bool read_scalar(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    const char* const start = scanner_.position();
    if (first == '"') {
      std::string_view text;
      marks_.fit = Fit::kLax;
      return scanner_.string(text) && note_scalar(parse_scalar(text, type, value), loc, start);
    }
    if (first == 't' || first == 'f') {
      const bool flag = first == 't';
      return scanner_.word(flag ? "true" : "false") && (store_boolean(flag, type, value), true);
    }
    if (first == '{' || first == '[' || first == 'n') return refuse_scalar(type, loc);
    std::string_view text;
    bool integer = false;
    if (!scanner_.number(text, integer)) return false;
    return note_scalar(store_number(text, integer, type, value), loc, start);
  }

  bool refuse_scalar(const TypeInfo& type, const LocPath& loc) {
    switch (type.kind) {
      case TypeKind::kBoolean: return refuse("bool_type", "Input should be a valid boolean", loc);
      case TypeKind::kFloat:
      case TypeKind::kDouble: return refuse("float_type", "Input should be a valid number", loc);
      default: return refuse("int_type", "Input should be a valid integer", loc);
    }
  }

  void store_boolean(bool flag, const TypeInfo& type, void* value) {
    if (type.kind == TypeKind::kBoolean) {
      *static_cast<bool*>(value) = flag;
      return;
    }
    marks_.fit = Fit::kLax;
    if (type.kind == TypeKind::kFloat || type.kind == TypeKind::kDouble) {
      store_double(flag ? 1 : 0, type, value);
    } else {
      store_integer(false, flag ? 1 : 0, type, value);
    }
  }

  ScalarError store_number(std::string_view text, bool integer, const TypeInfo& type, void* value) {
    if (type.kind == TypeKind::kFloat || type.kind == TypeKind::kDouble) {
      if (integer) marks_.fit = std::max(marks_.fit, Fit::kStrict);
      return store_double(detail::read_double(text), type, value) ? ScalarError{} : kNotFinite;
    }
    if (type.kind != TypeKind::kBoolean && integer) return store_digits(text, type, value);
    marks_.fit = Fit::kLax;
    if (type.kind == TypeKind::kBoolean) return store_zero_or_one(text, value);
    const double number = detail::read_double(text);
    if (!std::isfinite(number)) return kNotFinite;
    if (number != std::trunc(number)) {
      return {"int_from_float",
              "Input should be a valid integer, got a number with a fractional part"};
    }
    if (std::abs(number) >= 18446744073709551616.0) return kIntegerTooLarge;
    return store_integer(number < 0, static_cast<std::uint64_t>(std::abs(number)), type, value);
  }

  /// Of digits that the scanner has seen.
  static ScalarError store_digits(std::string_view text, const TypeInfo& type, void* value) {
    const bool negative = text.front() == '-';
    if (negative) text.remove_prefix(1);
    // Nineteen digits fit into 64 bits.
    if (text.size() > 19) return parse_scalar(text, type, value);
    std::uint64_t magnitude = 0;
    for (const char c : text) magnitude = magnitude * 10 + static_cast<std::uint64_t>(c - '0');
    return store_integer(negative, magnitude, type, value);
  }

  static ScalarError store_zero_or_one(std::string_view text, void* value) {
    const double number = detail::read_double(text);
    if (!(std::abs(number) < 0x1p63) || number != std::trunc(number)) {
      return {"bool_type", "Input should be a valid boolean"};
    }
    if (number != 0 && number != 1) {
      return {"bool_parsing", "Input should be a valid boolean, unable to interpret input"};
    }
    *static_cast<bool*>(value) = number == 1;
    return {};
  }

  bool read_string(void* value, const LocPath& loc, char first) {
    if (first != '"') return refuse("string_type", "Input should be a valid string", loc);
    std::string_view text;
    if (!scanner_.string(text)) return false;
    *static_cast<std::string*>(value) = std::string(text);
    return true;
  }

  bool read_text_type(const TextType& type, void* value, const LocPath& loc, char first) {
    marks_.fit = Fit::kLax;
    const char* const start = scanner_.position();
    std::string_view text;
    ErrorDetail error;
    bool good = false;
    if (first == '"') {
      if (!scanner_.string(text)) return false;
      good = type.parse(text, value, error);
    } else if (type.parse_number != nullptr && (first == '-' || (first >= '0' && first <= '9'))) {
      bool integer = false;
      if (!scanner_.number(text, integer)) return false;
      good = type.parse_number(text, value, error);
    } else {
      return refuse(type.type_error, type.type_message, loc);
    }
    return good || note(error.type, error.msg, loc, since(start), error.ctx_json);
  }

  bool read_enum(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    const char* const start = scanner_.position();
    if (!type.literal) marks_.fit = Fit::kLax;
    if (first == '"') {
      std::string_view text;
      if (!scanner_.string(text)) return false;
      if (store_enumerator(text, type, value)) return true;
    } else if (!scanner_.skip()) {
      return false;
    }
    return note([&] { return enumerator_error(type); }, loc, start);
  }

  // --- containers

  bool read_vector(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    if (first != '[') return refuse("list_type", "Input should be a valid list", loc);
    type.clear(value);
    LocPath item{&loc, {}, 0};
    return scanner_.array([&] {
      const bool going = read(*type.element, type.emplace(value), item);
      ++item.index;
      return going;
    });
  }

  /// What is behind the last element is passed over, and told. As in pydantic wrong elements are
  /// not told beside too many, nor too few beside wrong elements.
  bool read_array(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    if (first != '[') return refuse("list_type", "Input should be a valid list", loc);
    const char* const start = scanner_.position();
    const std::size_t mark = log_.count();
    LocPath item{&loc, {}, 0};
    const bool going = scanner_.array([&] {
      const auto i = static_cast<std::size_t>(item.index++);
      if (i >= type.extent) return scanner_.skip();
      return read(*type.element, static_cast<char*>(value) + i * type.element->size,
                  LocPath{&loc, {}, item.index - 1});
    });
    if (!going || item.index == type.extent) return going;
    if (item.index < type.extent && log_.count() != mark) return true;
    log_.take_back(mark);
    const ErrorDetail error =
        item_count_error("List", item.index < type.extent, type.extent, item.index);
    return note(error.type, error.msg, loc, since(start), error.ctx_json);
  }

  /// What is wrong with the elements and those that are missing are told together, and too many
  /// alone, as in pydantic.
  bool read_tuple(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    if (first != '[') return refuse("tuple_type", "Input should be a valid tuple", loc);
    marks_.fit = Fit::kLax;
    const char* const start = scanner_.position();
    const std::size_t mark = log_.count();
    LocPath item{&loc, {}, 0};
    const bool going = scanner_.array([&] {
      const auto i = static_cast<std::size_t>(item.index);
      const bool read_one = i < type.alternatives.size()
                                ? read(*type.alternatives[i], type.select(value, i), item)
                                : scanner_.skip();
      ++item.index;
      return read_one;
    });
    if (!going) return false;
    const auto extent = static_cast<std::int64_t>(type.alternatives.size());
    for (; item.index < extent; ++item.index) {
      log_.note([&] { return missing_error(item.items(), compact_json(since(start))); });
    }
    if (item.index == extent) return true;
    log_.take_back(mark);
    const ErrorDetail error = item_count_error("Tuple", false, extent, item.index);
    return note(error.type, error.msg, loc, since(start), error.ctx_json);
  }

  bool read_set(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    if (first != '[') return refuse("set_type", "Input should be a valid set", loc);
    marks_.fit = Fit::kLax;
    type.clear(value);
    LocPath item{&loc, {}, 0};
    return scanner_.array([&] {
      scanner_.peek();
      const char* const start = scanner_.position();
      const std::size_t mark = log_.count();
      const HeldValue element(*type.element);
      if (!read(*type.element, element.get(), item)) return false;
      if (log_.count() == mark && !type.take(value, element.get())) {
        note(detail::kCrowdedType, detail::kCrowdedMessage, item, since(start));
      }
      ++item.index;
      return true;
    });
  }

  bool read_map(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    if (first != '{') return refuse("dict_type", "Input should be a valid dictionary", loc);
    type.clear(value);
    const std::size_t mark = log_.count();
    return scanner_.object([&](std::string_view key) {
      const std::string name(key);
      const LocPath member{&loc, name};
      const std::size_t count = type.count(value);
      void* const item = type.insert(value, name);
      if (item == nullptr) return refuse_key(type, name, member);
      if (type.count(value) == count) start_again(*type.element, item, member, mark);
      return read(*type.element, item, member);
    });
  }

  /// A member that was given before: as in Python the last one counts, and nothing of the others.
  /// `mark` is from before all of them.
  void start_again(const TypeInfo& type, void* value, const LocPath& loc, std::size_t mark) {
    // What is not moved is replaced by reading.
    if (type.move != nullptr) type.move(value, HeldValue(type).get());
    if (log_.count() == mark) return;
    const std::size_t depth = loc.parent->items().size();
    log_.take_back_if(mark, [&](const ErrorDetail& error) {
      return std::get<std::string>(error.loc[depth]) == loc.name;
    });
  }

  /// Of a map whose keys are no plain texts, or one of too many. What is wrong with the value is
  /// told as well.
  bool refuse_key(const TypeInfo& type, std::string_view name, const LocPath& member) {
    const LocPath loc{&member, "[key]"};
    ValidationErrors errors;
    const TypeInfo& key_type = type.key == nullptr ? type_info<std::string>() : *type.key;
    if (read_text(name, key_type, HeldValue(key_type).get(), {}, loc, errors)) {
      note(detail::kCrowdedType, detail::kCrowdedMessage, loc, json_quote(name));
    }
    for (ErrorDetail& error : errors) log_.note([&] { return std::move(error); });
    return read(*type.element, HeldValue(*type.element).get(), member);
  }

  // --- unions

  /// A union whose models say by a Literal<> which of them it is.
  bool read_tagged(const TypeInfo& type, std::string_view discriminator, void* value,
                   const LocPath& loc) {
    if (scanner_.peek() != '{') {
      return refuse("model_attributes_type",
                    "Input should be a valid dictionary or object to extract fields from", loc);
    }
    const JsonScanner::Mark start = scanner_.mark();
    const char* const begin = scanner_.position();
    std::string tag;
    bool found = false;
    const bool going = scanner_.object([&](std::string_view key) {
      if (key != discriminator) return scanner_.skip();
      found = true;
      const char first = scanner_.peek();
      const char* const at = scanner_.position();
      std::string_view text;
      if (first == '"') return scanner_.string(text) && (tag = text, true);
      return scanner_.skip() && (tag = text_of_tag(compact_json(since(at))), true);
    });
    if (!going) return false;
    if (!found) {
      const std::string quoted = "'" + std::string(discriminator) + "'";
      return note("union_tag_not_found", "Unable to extract tag using discriminator " + quoted, loc,
                  since(begin), "{\"discriminator\":" + json_quote(quoted) + "}");
    }
    for (std::size_t i = 0; i < type.alternatives.size(); ++i) {
      for (const EnumeratorInfo& text : tags_of(*type.alternatives[i], discriminator)) {
        if (text.name != tag) continue;
        scanner_.restore(start);
        return read(*type.alternatives[i], type.select(value, i), LocPath{&loc, text.name});
      }
    }
    return note([&] { return tag_error(type, discriminator, tag); }, loc, begin);
  }

  // --- models

  bool read_model(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    if (first != '{') {
      return refuse("model_attributes_type",
                    "Input should be a valid dictionary or object to extract fields from", loc);
    }
    const char* const start = scanner_.position();
    const std::size_t mark = log_.count();
    const ModelLayout& layout = type.layout();
    const bool forbids = type.config != nullptr && type.config->extra == Extra::kForbid;
    std::uint32_t given = 0;
    std::size_t expected = 0;
    const auto next = [&] {
      return expected < type.fields.size() ? type.fields[expected].name : std::string_view();
    };
    const bool going = scanner_.object(next, [&](std::string_view key) {
      const std::size_t i = find_field(type, key, expected);
      if (i == type.fields.size()) return forbids ? refuse_extra(key, loc) : scanner_.skip();
      expected = i + 1;
      const FieldInfo& field = type.fields[i];
      const LocPath member{&loc, field.name};
      char* const at = static_cast<char*>(value) + layout.offsets[i];
      const std::uint32_t bit = std::uint32_t{1} << i;
      if ((given & bit) != 0) start_again(*field.type, at, member, mark);
      given |= bit;
      return read(*field.type, at, member);
    });
    if (!going) return false;
    marks_.fields = std::max(marks_.fields, 0) + std::popcount(given);
    marks_.fit = std::max(marks_.fit, Fit::kStrict);
    const std::uint32_t missing = layout.required & ~given;
    if (missing != 0) note_missing(type, missing, loc, since(start));
    const std::size_t added = log_.count() - mark;
    if (added > 1) sort_errors(type, mark, loc);
    if (added == 0 && type.validate != nullptr) validate(type, value, loc, since(start));
    return true;
  }

  void validate(const TypeInfo& type, const void* value, const LocPath& loc,
                std::string_view input) {
    ValidationErrors found;
    Validation validation(loc, input, found);
    check_model(type, value, validation);
    for (ErrorDetail& error : found) log_.note([&] { return std::move(error); });
  }

  bool refuse_extra(std::string_view key, const LocPath& loc) {
    const std::string name(key);
    scanner_.peek();
    return refuse("extra_forbidden", "Extra inputs are not permitted", LocPath{&loc, name});
  }

  /// Members mostly come in order: `expected` is tried first.
  static std::size_t find_field(const TypeInfo& type, std::string_view key, std::size_t expected) {
    const std::size_t count = type.fields.size();
    if (expected < count) {
      // The scanner gives the very name that it was told to expect.
      const std::string_view name = type.fields[expected].name;
      if (name.data() == key.data() || name == key) return expected;
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (type.fields[i].name == key) return i;
    }
    return count;
  }

  void note_missing(const TypeInfo& type, std::uint32_t missing, const LocPath& loc,
                    std::string_view input) {
    std::string compact;
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      if ((missing >> i & 1) == 0) continue;
      log_.note([&] {
        if (compact.empty()) compact = compact_json(input);
        return missing_error(LocPath{&loc, type.fields[i].name}.items(), compact);
      });
    }
  }

  /// pydantic lists errors in the order of the fields, not of the text; what is no field is last.
  void sort_errors(const TypeInfo& type, std::size_t mark, const LocPath& loc) {
    const std::size_t depth = loc.items().size();
    const auto rank = [&](const ErrorDetail& error) {
      return find_field(type, std::get<std::string>(error.loc[depth]), 0);
    };
    log_.sort(mark, rank);
  }

  bool read_field(const TypeInfo& type, void* value, const LocPath& loc) {
    scanner_.peek();
    const char* const start = scanner_.position();
    const std::size_t mark = log_.count();
    if (!read_field_value(type, value, loc)) return false;
    if (type.constraints.empty()) return true;
    if (log_.count() != mark) {
      if (!exceeds_max_length(*type.element, value, type.constraints)) return true;
      log_.take_back(mark);
    }
    if (log_.is_full() && keeps_constraints(*type.element, value, type.constraints)) return true;
    if (log_.is_full()) return note([] { return ErrorDetail(); }, loc, start);
    ValidationErrors broken;
    if (check_constraints(*type.element, value, type.constraints, loc, since(start), broken)) {
      return true;
    }
    log_.note([&] {
      broken[0].input_json = compact_json(since(start));
      return std::move(broken[0]);
    });
    return true;
  }

  bool read_field_value(const TypeInfo& type, void* value, const LocPath& loc) {
    const std::string_view discriminator = type.metadata->discriminator;
    const TypeInfo* at = type.element;
    if (discriminator.empty() || (at->kind == TypeKind::kOptional && scanner_.peek() == 'n')) {
      return read(*at, value, loc);
    }
    for (; at->kind == TypeKind::kOptional; at = at->element) value = at->emplace(value);
    return read_tagged(*at, discriminator, value, loc);
  }

  // --- values of nlohmann's

  /// Checked by our scanner first, so that there is one idea of what is JSON.
  template <class Json>
  bool read_dom(Json& value, const LocPath& loc) {
    const char* const start = scanner_.position();
    if (!scanner_.skip()) return false;
    const std::string_view text = since(start);
    if (!integers_fit(text)) return note(kIntegerTooLarge.type, kIntegerTooLarge.msg, loc, text);
    if (read_any(text, value)) return true;
    return note(kNotFinite.type, kNotFinite.msg, loc, text);
  }

  bool read_custom(const TypeInfo& type, void* value, const LocPath& loc) {
    const char* const start = scanner_.position();
    const std::size_t mark = log_.count();
    nlohmann::json json;
    if (!read_dom(json, loc)) return false;
    if (log_.count() != mark) return true;
    const std::optional<std::string> message = from_custom_json(type, json, value);
    return !message ||
           note("value_error", "Value error, " + *message, loc, since(start), "{\"error\":{}}");
  }

  JsonScanner scanner_;
  ErrorLog log_;

  // Of the union under way
  UnionMarks marks_;
  UnionBudget budget_;
};

}  // namespace

bool read_json(std::string_view text, const TypeInfo& type, void* value, ValidationErrors& errors,
               std::string_view where) {
  return read_json(text, type, value, errors, LocPath{nullptr, where});
}

bool read_json(std::string_view text, const TypeInfo& type, void* value, ValidationErrors& errors,
               const LocPath& loc) {
  const std::size_t errors_before = errors.size();
  Reader reader(text, errors);
  JsonScanner& scanner = reader.scanner();
  if (reader.read(type, value, loc) && scanner.finish()) return errors.size() == errors_before;
  // What was wrong with the values does not count when the text is no JSON.
  errors.resize(errors_before);
  if (reader.budget().spent()) {
    errors.push_back({"union_too_nested", loc.items(),
                      "Input has unions within unions that take too long to tell apart", "", ""});
    return false;
  }
  const LocPath* root = &loc;
  while (root->parent != nullptr) root = root->parent;
  errors.push_back(json_invalid_error(root->name, scanner.failed_at(), scanner.message()));
  return false;
}

ErrorDetail json_invalid_error(std::string_view where, std::int64_t position, const char* message) {
  return {"json_invalid",
          {std::string(where), position},
          "JSON decode error",
          "{}",
          "{\"error\":" + json_quote(message) + "}"};
}

}  // namespace capricorn
