// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace capricorn {

/// Whether a security scheme answers 401 itself where a request has no credentials, as it does
/// without this, or gives an empty optional: `OAuth2PasswordBearer<AutoError{false}>`.
struct AutoError {
  bool value = true;
};

/// What a scheme is called in the OpenAPI document (its class's name where empty), and the text
/// that explains it there.
struct SchemeOptions {
  std::string_view scheme_name = {};
  std::string_view description = {};
};

namespace detail {

/// Not constexpr, so that calling it while compiling stops with its name.
void the_texts_of_a_security_scheme_have_4000_characters_at_most_and_no_NUL();

/// The texts of a scheme, in order. A scheme is a template argument, which a string literal may be
/// no part of; characters of its own may.
struct SchemeTexts {
  static constexpr std::size_t kCapacity = 4000;
  char bytes[kCapacity]{};  // each text ends with a NUL
  std::size_t size = 0;

  consteval SchemeTexts(std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) append(text);
  }
  consteval void append(std::string_view text) {
    if (text.size() >= kCapacity - size || text.contains('\0')) {
      the_texts_of_a_security_scheme_have_4000_characters_at_most_and_no_NUL();
    }
    for (const char c : text) bytes[size++] = c;
    ++size;
  }
  /// An empty text behind the last one.
  constexpr std::string_view operator[](std::size_t index) const noexcept {
    std::size_t begin = 0;
    for (; index > 0 && begin < size; --index) begin = end_of(begin) + 1;
    return {bytes + begin, end_of(begin) - begin};
  }

 private:
  /// By hand: g++ 14 does not take std::string_view's find for a constant.
  constexpr std::size_t end_of(std::size_t begin) const noexcept {
    while (begin < size && bytes[begin] != '\0') ++begin;
    return begin;
  }
};

template <class T, AutoError auto_error>
using SchemeResult = std::conditional_t<auto_error.value, T, std::optional<T>>;

/// 401 "Not authenticated", with the challenge as WWW-Authenticate (RFC 9110, 11.6.1).
[[noreturn]] void throw_not_authenticated(std::string_view challenge);

template <AutoError auto_error, class T>
SchemeResult<T, auto_error> scheme_result(std::optional<T> found, std::string_view challenge) {
  if constexpr (auto_error.value) {
    if (!found) throw_not_authenticated(challenge);
    return *std::move(found);
  } else {
    return found;
  }
}

}  // namespace detail

}  // namespace capricorn
