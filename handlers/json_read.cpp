// SPDX-License-Identifier: MIT
#include "json_read.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "../http/utf8.hpp"
#include "text_read.hpp"

namespace capricorn {

namespace {

constexpr int kMaxDepth = 128;

/// A strict RFC 8259 scanner that hands out one token after another. The first syntax error stops
/// it for good; its messages are those of Python's json module.
class Scanner {
 public:
  explicit Scanner(std::string_view text)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

  bool failed() const noexcept { return message_ != nullptr; }
  const char* message() const noexcept { return message_; }
  std::int64_t failed_at() const noexcept { return failed_at_ - begin_; }
  const char* position() const noexcept { return at_; }

  /// The first character of what comes next, 0 at the end.
  char peek() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }

  bool fail(const char* message) noexcept { return fail(message, at_); }

  /// Calls `item()` for each element of the array that begins here.
  template <class F>
  bool array(F item) {
    if (!enter()) return false;
    if (peek() == ']') return leave();
    for (;;) {
      if (!item()) return false;
      if (peek() == ']') return leave();
      if (!take(',', "Expecting ',' delimiter")) return false;
    }
  }

  /// Calls `member(key)` for each member of the object that begins here; the key is valid until
  /// the next string is read.
  template <class F>
  bool object(F member) {
    if (!enter()) return false;
    if (peek() == '}') return leave();
    for (;;) {
      if (peek() != '"') return fail("Expecting property name enclosed in double quotes");
      std::string_view key;
      if (!string(key)) return false;
      if (!take(':', "Expecting ':' delimiter")) return false;
      if (!member(key)) return false;
      if (peek() == '}') return leave();
      if (!take(',', "Expecting ',' delimiter")) return false;
    }
  }

  /// A view into the text or, if there were escapes, into a scratch string.
  bool string(std::string_view& value) {
    const char* const quote = at_++;
    const char* run = at_;
    if (!plain_run(quote)) return false;
    if (*at_ == '"') {
      value = {run, static_cast<std::size_t>(at_++ - run)};
      return true;
    }
    scratch_.assign(run, at_);
    while (*at_ == '\\') {
      if (!escape(quote)) return false;
      run = at_;
      if (!plain_run(quote)) return false;
      scratch_.append(run, at_);
    }
    ++at_;
    value = scratch_;
    return true;
  }

  /// The text of a number; `integer` if it has neither fraction nor exponent.
  bool number(std::string_view& text, bool& integer) {
    const char* const start = at_;
    const char* at = at_;
    if (at != end_ && *at == '-') ++at;
    if (!is_digit(at)) return fail("Expecting value", start);
    if (*at == '0') {
      ++at;
    } else {
      at = skip_digits(at);
    }
    integer = true;
    if (at != end_ && *at == '.' && is_digit(at + 1)) {
      integer = false;
      at = skip_digits(at + 1);
    }
    if (at != end_ && (*at == 'e' || *at == 'E')) {
      const char* exponent = at + 1;
      if (exponent != end_ && (*exponent == '+' || *exponent == '-')) ++exponent;
      if (is_digit(exponent)) {
        integer = false;
        at = skip_digits(exponent);
      }
    }
    at_ = at;
    text = {start, static_cast<std::size_t>(at - start)};
    return true;
  }

  bool word(std::string_view expected) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(expected)) {
      return fail("Expecting value");
    }
    at_ += expected.size();
    return true;
  }

  /// Checks any value and passes over it.
  bool skip() {
    std::string_view text;
    bool integer = false;
    switch (peek()) {
      case '{': return object([this](std::string_view) { return skip(); });
      case '[': return array([this] { return skip(); });
      case '"': return string(text);
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number(text, integer);
    }
  }

  bool finish() {
    peek();
    return at_ == end_ || fail("Extra data");
  }

 private:
  bool fail(const char* message, const char* at) noexcept {
    message_ = message;
    failed_at_ = at;
    return false;
  }

  bool is_digit(const char* at) const noexcept { return at < end_ && *at >= '0' && *at <= '9'; }
  const char* skip_digits(const char* at) const noexcept {
    while (is_digit(at)) ++at;
    return at;
  }

  bool enter() {
    if (depth_ == kMaxDepth) return fail("Nesting too deep");
    ++depth_;
    ++at_;
    return true;
  }
  bool leave() noexcept {
    --depth_;
    ++at_;
    return true;
  }
  bool take(char c, const char* message) {
    if (peek() != c || at_ == end_) return fail(message);
    ++at_;
    return true;
  }

  /// Stops at the quote or backslash that ends a run of ordinary characters.
  bool plain_run(const char* quote) {
    for (; at_ != end_; ++at_) {
      const auto c = static_cast<unsigned char>(*at_);
      if (c == '"' || c == '\\') return true;
      if (c < 0x20) return fail("Invalid control character at");
      if (c < 0x80) continue;
      const std::size_t size = detail::utf8_sequence(at_, end_);
      if (size == 0) return fail("Invalid UTF-8");
      at_ += size - 1;
    }
    return fail("Unterminated string starting at", quote);
  }

  bool escape(const char* quote) {
    const char* const backslash = at_++;
    if (at_ == end_) return fail("Unterminated string starting at", quote);
    switch (*at_++) {
      case '"': scratch_ += '"'; return true;
      case '\\': scratch_ += '\\'; return true;
      case '/': scratch_ += '/'; return true;
      case 'b': scratch_ += '\b'; return true;
      case 'f': scratch_ += '\f'; return true;
      case 'n': scratch_ += '\n'; return true;
      case 'r': scratch_ += '\r'; return true;
      case 't': scratch_ += '\t'; return true;
      case 'u': return unicode_escape(backslash);
      default: return fail("Invalid \\escape", backslash);
    }
  }

  bool hex4(std::uint32_t& unit) {
    if (end_ - at_ < 4) return false;
    const auto result = std::from_chars(at_, at_ + 4, unit, 16);
    // from_chars takes no sign for an unsigned type.
    if (result.ec != std::errc() || result.ptr != at_ + 4) return false;
    at_ += 4;
    return true;
  }

  bool unicode_escape(const char* backslash) {
    constexpr const char* kInvalid = "Invalid \\uXXXX escape";
    std::uint32_t code = 0;
    if (!hex4(code)) return fail(kInvalid, backslash);
    if (code >= 0xd800 && code < 0xe000) {
      // A lone surrogate has no UTF-8.
      std::uint32_t low = 0;
      if (code >= 0xdc00 || end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') {
        return fail(kInvalid, backslash);
      }
      at_ += 2;
      if (!hex4(low) || low < 0xdc00 || low >= 0xe000) return fail(kInvalid, backslash);
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(code);
    return true;
  }

  void append_utf8(std::uint32_t code) {
    const auto put = [this](std::uint32_t byte) { scratch_ += static_cast<char>(byte); };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
      put(0xc0 | code >> 6);
    } else {
      if (code < 0x10000) {
        put(0xe0 | code >> 12);
      } else {
        put(0xf0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3f));
      }
      put(0x80 | (code >> 6 & 0x3f));
    }
    put(0x80 | (code & 0x3f));
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  int depth_ = 0;
  std::string scratch_;

  // Failure
  const char* message_ = nullptr;
  const char* failed_at_ = nullptr;
};

/// JSON text without the white space between tokens.
std::string compact(std::string_view json) {
  std::string result;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (!quoted && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) continue;
    result += c;
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') result += json[++i];
  }
  return result;
}

/// Reads by table. Its functions return false only when the text is malformed; a value of the wrong
/// kind is noted, passed over, and reading goes on.
class Reader {
 public:
  Reader(std::string_view text, ValidationErrors& errors) : scanner_(text), errors_(errors) {}

  Scanner& scanner() noexcept { return scanner_; }

  bool read(const TypeInfo& type, void* value, const LocPath& loc) {
    const char first = scanner_.peek();
    switch (type.kind) {
      case Kind::kBoolean:
      case Kind::kSigned:
      case Kind::kUnsigned:
      case Kind::kFloat:
      case Kind::kDouble: return read_scalar(type, value, loc, first);
      case Kind::kString: return read_string(value, loc, first);
      case Kind::kEnum: return read_enum(type, value, loc, first);
      case Kind::kOptional:
        if (first != 'n') return read_optional(type, value, loc);
        type.clear(value);
        return scanner_.word("null");
      case Kind::kVector: return read_vector(type, value, loc, first);
      case Kind::kMap: return read_map(type, value, loc, first);
      case Kind::kModel: return read_model(type, value, loc, first);
      case Kind::kJson: return read_dom(*static_cast<nlohmann::json*>(value));
      case Kind::kOrderedJson: return read_dom(*static_cast<nlohmann::ordered_json*>(value));
      case Kind::kField: return read_field(type, value, loc);
    }
    return false;
  }

 private:
  std::string_view since(const char* start) const {
    return {start, static_cast<std::size_t>(scanner_.position() - start)};
  }

  bool note(std::string_view type, std::string_view msg, const LocPath& loc, std::string_view input,
            std::string_view ctx = {}) {
    errors_.push_back(
        {std::string(type), loc.items(), std::string(msg), compact(input), std::string(ctx)});
    return true;
  }

  /// Notes the error for the value that comes next, and passes over it.
  bool refuse(std::string_view type, std::string_view msg, const LocPath& loc) {
    const char* const start = scanner_.position();
    return scanner_.skip() && note(type, msg, loc, since(start));
  }

  bool note_scalar(const ScalarError& error, const LocPath& loc, const char* start) {
    if (!error) return true;
    return note(error.type, error.msg, loc, since(start),
                error.type == "greater_than_equal" ? "{\"ge\":0}" : "");
  }

  bool read_scalar(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    const char* const start = scanner_.position();
    if (first == '"') {
      std::string_view text;
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
      case Kind::kBoolean: return refuse("bool_type", "Input should be a valid boolean", loc);
      case Kind::kFloat:
      case Kind::kDouble: return refuse("float_type", "Input should be a valid number", loc);
      default: return refuse("int_type", "Input should be a valid integer", loc);
    }
  }

  static void store_boolean(bool flag, const TypeInfo& type, void* value) {
    if (type.kind == Kind::kBoolean) {
      *static_cast<bool*>(value) = flag;
    } else if (type.kind == Kind::kFloat || type.kind == Kind::kDouble) {
      store_double(flag ? 1 : 0, type, value);
    } else {
      store_integer(false, flag ? 1 : 0, type, value);
    }
  }

  static double to_double(std::string_view text) {
    double number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (result.ec != std::errc()) number = std::strtod(std::string(text).c_str(), nullptr);
    return number;
  }

  static ScalarError store_number(std::string_view text, bool integer, const TypeInfo& type,
                                  void* value) {
    if (type.kind == Kind::kFloat || type.kind == Kind::kDouble) {
      store_double(to_double(text), type, value);
      return {};
    }
    if (type.kind == Kind::kBoolean) return store_zero_or_one(text, value);
    if (integer) return parse_scalar(text, type, value);
    const double number = to_double(text);
    if (number != std::trunc(number)) {
      return {"int_from_float",
              "Input should be a valid integer, got a number with a fractional part"};
    }
    if (std::abs(number) >= 18446744073709551616.0) {
      return {"int_parsing_size",
              "Unable to parse input string as an integer, exceeded maximum size"};
    }
    return store_integer(number < 0, static_cast<std::uint64_t>(std::abs(number)), type, value);
  }

  static ScalarError store_zero_or_one(std::string_view text, void* value) {
    const double number = to_double(text);
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
    static_cast<std::string*>(value)->assign(text);
    return true;
  }

  bool read_enum(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    const char* const start = scanner_.position();
    if (first == '"') {
      std::string_view text;
      if (!scanner_.string(text)) return false;
      if (store_enumerator(text, type, value)) return true;
    } else if (!scanner_.skip()) {
      return false;
    }
    const ErrorDetail error = enumerator_error(type);
    return note(error.type, error.msg, loc, since(start), error.ctx_json);
  }

  bool read_optional(const TypeInfo& type, void* value, const LocPath& loc) {
    return read(*type.element, type.emplace(value), loc);
  }

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

  bool read_map(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    if (first != '{') return refuse("dict_type", "Input should be a valid dictionary", loc);
    type.clear(value);
    return scanner_.object([&](std::string_view key) {
      const std::string name(key);
      return read(*type.element, type.insert(value, name), LocPath{&loc, name});
    });
  }

  bool read_model(const TypeInfo& type, void* value, const LocPath& loc, char first) {
    if (first != '{') {
      return refuse("model_attributes_type",
                    "Input should be a valid dictionary or object to extract fields from", loc);
    }
    const char* const start = scanner_.position();
    const std::size_t errors_before = errors_.size();
    const ModelLayout& layout = type.layout();
    std::uint32_t missing = layout.required;
    std::size_t expected = 0;
    const bool going = scanner_.object([&](std::string_view key) {
      const std::size_t i = find_field(type, key, expected);
      if (i == type.fields.size()) return scanner_.skip();
      expected = i + 1;
      missing &= ~(std::uint32_t{1} << i);
      const FieldInfo& field = type.fields[i];
      return read(*field.type, static_cast<char*>(value) + layout.offsets[i],
                  LocPath{&loc, field.name});
    });
    if (!going) return false;
    if (missing != 0) note_missing(type, missing, loc, since(start));
    if (errors_.size() - errors_before > 1) sort_errors(type, errors_before, loc);
    return true;
  }

  /// Members mostly come in order: `expected` is tried first.
  static std::size_t find_field(const TypeInfo& type, std::string_view key, std::size_t expected) {
    const std::size_t count = type.fields.size();
    if (expected < count && type.fields[expected].name == key) return expected;
    for (std::size_t i = 0; i < count; ++i) {
      if (type.fields[i].name == key) return i;
    }
    return count;
  }

  void note_missing(const TypeInfo& type, std::uint32_t missing, const LocPath& loc,
                    std::string_view input) {
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      if ((missing >> i & 1) == 0) continue;
      errors_.push_back(missing_error(LocPath{&loc, type.fields[i].name}.items(), compact(input)));
    }
  }

  /// pydantic lists errors in the order of the fields, not of the text.
  void sort_errors(const TypeInfo& type, std::size_t from, const LocPath& loc) {
    const std::size_t depth = loc.items().size();
    const auto rank = [&](const ErrorDetail& error) {
      return find_field(type, std::get<std::string>(error.loc[depth]), 0);
    };
    // By insertion: there are few, and it is stable.
    const auto first = errors_.begin() + static_cast<std::ptrdiff_t>(from);
    for (auto at = first; at != errors_.end(); ++at) {
      const auto place = std::upper_bound(
          first, at, *at, [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
      std::rotate(place, at, at + 1);
    }
  }

  bool read_field(const TypeInfo& type, void* value, const LocPath& loc) {
    const char* const start = scanner_.position();
    const std::size_t errors_before = errors_.size();
    if (!read(*type.element, value, loc)) return false;
    if (type.constraints.empty() || errors_.size() != errors_before) return true;
    if (!check_constraints(*type.element, value, type.constraints, loc, since(start), errors_)) {
      errors_.back().input_json = compact(since(start));
    }
    return true;
  }

  /// Checked by our scanner first, so that there is one idea of what is JSON.
  template <class Json>
  bool read_dom(Json& value) {
    const char* const start = scanner_.position();
    if (!scanner_.skip()) return false;
    const std::string_view text = since(start);
    value = Json::parse(text.begin(), text.end(), nullptr, false);
    return true;
  }

  Scanner scanner_;
  ValidationErrors& errors_;
};

}  // namespace

bool read_json(std::string_view text, const TypeInfo& type, void* value, ValidationErrors& errors,
               std::string_view where) {
  const std::size_t errors_before = errors.size();
  Reader reader(text, errors);
  const LocPath root{nullptr, where};
  Scanner& scanner = reader.scanner();
  if (reader.read(type, value, root) && scanner.finish()) return errors.size() == errors_before;
  // What was wrong with the values does not count when the text is no JSON.
  errors.resize(errors_before);
  const LocPath at{&root, {}, scanner.failed_at()};
  errors.push_back({"json_invalid", at.items(), "JSON decode error", "{}",
                    "{\"error\":" + json_quote(scanner.message()) + "}"});
  return false;
}

}  // namespace capricorn
