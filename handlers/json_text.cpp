// SPDX-License-Identifier: MIT
#include "json_text.hpp"

#include <cmath>
#include <utility>

#include "json_scanner.hpp"
#include "json_write.hpp"
#include "read_double.hpp"

namespace capricorn {

JsonMember find_json_member(std::string_view object, std::string_view key) {
  JsonMember result;
  JsonScanner scanner(object);
  bool going = false;
  if (scanner.peek() == '{') {
    going = scanner.object([&](std::string_view name) {
      const bool same = name == key;
      scanner.peek();
      const char* const start = scanner.position();
      if (!scanner.skip()) return false;
      if (same) {
        result.state = JsonMember::State::kFound;
        result.text = {start, static_cast<std::size_t>(scanner.position() - start)};
      }
      return true;
    });
  } else {
    result.state = JsonMember::State::kNoObject;
    going = scanner.skip();
  }
  if (going && scanner.finish()) return result;
  return {JsonMember::State::kMalformed, {}, scanner.message(), scanner.failed_at()};
}

namespace {

/// Writes again what it reads, without a tree between: that would cost more than the reading did.
class Rewriter {
 public:
  explicit Rewriter(std::string_view json) : scanner_(json) {}

  bool run() { return write_value() && scanner_.finish(); }
  std::string_view text() const { return out_.view(); }

 private:
  bool write_value() {
    const char first = scanner_.peek();
    switch (first) {
      case '{': return write_object();
      case '[': return write_array();
      case '"': return write_string();
      case 't':
      case 'f':
      case 'n': return write_word(first == 't' ? "true" : first == 'f' ? "false" : "null");
      default: return write_number();
    }
  }

  bool write_object() {
    char separator = '{';
    const bool going = scanner_.object([&](std::string_view key) {
      out_.push_back(std::exchange(separator, ','));
      write_json_string(out_, key);
      out_.push_back(':');
      return write_value();
    });
    out_.append(separator == '{' ? "{}" : "}");
    return going;
  }

  bool write_array() {
    char separator = '[';
    const bool going = scanner_.array([&] {
      out_.push_back(std::exchange(separator, ','));
      return write_value();
    });
    out_.append(separator == '[' ? "[]" : "]");
    return going;
  }

  bool write_string() {
    std::string_view text;
    if (!scanner_.string(text)) return false;
    write_json_string(out_, text);
    return true;
  }

  bool write_word(std::string_view word) {
    out_.append(word);
    return scanner_.word(word);
  }

  bool write_number() {
    std::string_view text;
    bool integer = false;
    if (!scanner_.number(text, integer)) return false;
    if (integer) return out_.append(text == "-0" ? "0" : text), true;
    const double number = detail::read_double(text);
    // JSON has no infinity.
    if (!std::isfinite(number)) return out_.append(text), true;
    write_json_number(out_, number);
    return true;
  }

  JsonScanner scanner_;
  Buffer out_;
};

}  // namespace

std::string compact_json(std::string_view json) {
  Rewriter rewriter(json);
  return std::string(rewriter.run() ? rewriter.text() : json);
}

}  // namespace capricorn
