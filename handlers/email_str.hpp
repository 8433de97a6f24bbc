// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "text_type.hpp"

namespace capricorn {

/// An e-mail address, pydantic's EmailStr. What comes with a request is checked by its syntax, as
/// email-validator does, and never by asking whether it exists: "Me@Example.COM" and
/// "Me <me@example.com>" are read, the domain in lower case. Inside the program it is a text.
class EmailStr {
 public:
  EmailStr() = default;
  EmailStr(std::string text) : text_(std::move(text)) {}  // NOLINT: implicit like the text
  EmailStr(const char* text) : text_(text) {}             // NOLINT

  /// Nothing where it is none; `reason` then says why.
  static std::optional<EmailStr> parse(std::string_view text, std::string* reason = nullptr);

  const std::string& str() const noexcept { return text_; }
  operator const std::string&() const noexcept { return text_; }  // NOLINT
  const std::string& operator*() const noexcept { return text_; }
  const std::string* operator->() const noexcept { return &text_; }

  friend bool operator==(const EmailStr&, const EmailStr&) = default;
  friend auto operator<=>(const EmailStr&, const EmailStr&) = default;

 private:
  std::string text_;
};

template <>
struct TextTraits<EmailStr> {
  static bool parse(std::string_view text, void* value, ErrorDetail& error);
  static void write(Buffer& out, const void* value);
  static bool is_unset(const void* value, unsigned char fill);
  static constexpr TextType kType{.name = "str",
                                  .format = "email",
                                  .type_error = "string_type",
                                  .type_message = "Input should be a valid string",
                                  .parse = &parse,
                                  .write = &write,
                                  .is_unset = &is_unset};
};

}  // namespace capricorn
