// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "../http/plain_text.hpp"
#include "../http/utf8.hpp"

namespace capricorn {

/// A strict RFC 8259 scanner that hands out one token after another. The first syntax error stops
/// it for good; its messages are those of Python's json module.
class JsonScanner {
 public:
  static constexpr int kMaxDepth = 128;

  explicit JsonScanner(std::string_view text)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

  bool failed() const noexcept { return message_ != nullptr; }
  const char* message() const noexcept { return message_; }
  /// In characters, as Python counts; what stands before it is valid UTF-8.
  std::int64_t failed_at() const noexcept {
    return std::count_if(begin_, failed_at_,
                         [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
  }
  const char* position() const noexcept { return at_; }

  /// The first character of what comes next, 0 at the end.
  char peek() noexcept {
    if (at_ != end_ && static_cast<unsigned char>(*at_) > ' ') return *at_;
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }

  /// A place to which reading goes back.
  struct Mark {
    const char* at;
    int depth;
  };
  Mark mark() const noexcept { return {at_, depth_}; }
  void restore(Mark mark) noexcept {
    at_ = mark.at;
    depth_ = mark.depth;
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
    return object([] { return std::string_view(); }, member);
  }
  /// The same, where `expected()` says which key is likely to come next: the reader's own, which is
  /// then given. Empty: none is.
  template <class E, class F>
  bool object(E expected, F member) {
    if (!enter()) return false;
    if (peek() == '}') return leave();
    for (;;) {
      if (peek() != '"') return fail("Expecting property name enclosed in double quotes");
      std::string_view key = expected();
      if ((key.empty() || !take_key(key)) && !string(key)) return false;
      if (!take(':', "Expecting ':' delimiter")) return false;
      if (!member(key)) return false;
      if (peek() == '}') return leave();
      if (!take(',', "Expecting ',' delimiter")) return false;
    }
  }

  /// Passes over `name` as the key of a member, where it comes next as it is. It has neither
  /// escapes nor what would need them.
  bool take_key(std::string_view name) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < name.size() + 2) return false;
    if (*at_ != '"' || at_[name.size() + 1] != '"') return false;
    if (std::memcmp(at_ + 1, name.data(), name.size()) != 0) return false;
    at_ += name.size() + 2;
    return true;
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
    while ((at_ = detail::skip_plain_text(at_, end_)) != end_) {
      if (*at_ == '"' || *at_ == '\\') return true;
      if (static_cast<unsigned char>(*at_) < 0x20) return fail("Invalid control character at");
      const std::size_t size = detail::utf8_sequence(at_, end_);
      if (size == 0) return fail("Invalid UTF-8");
      at_ += size;
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
    if (!hex4(code)) return fail(kInvalid, backslash + 1);
    if (code >= 0xd800 && code < 0xe000) {
      // A lone surrogate has no UTF-8.
      std::uint32_t low = 0;
      if (code >= 0xdc00 || end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') {
        return fail(kInvalid, backslash + 1);
      }
      at_ += 2;
      if (!hex4(low) || low < 0xdc00 || low >= 0xe000) return fail(kInvalid, backslash + 1);
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

}  // namespace capricorn
