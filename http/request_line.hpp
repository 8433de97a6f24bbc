// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "method.hpp"

namespace capricorn {

/// A request line as nearly all are sent (RFC 9112, 3): a method that we know, a path and its
/// query in visible ASCII, HTTP/1.1, with one space between and CRLF behind.
struct PlainRequestLine {
  Method method;
  std::size_t target_at;
  std::size_t target_size;
  std::size_t size;  // with its CRLF
};

/// Nothing where `bytes` begin with another line, or with a part of one: whether that is good is
/// for llhttp to say. Of the target no more is known than which bytes it is made of.
std::optional<PlainRequestLine> read_plain_request_line(std::string_view bytes) noexcept;

}  // namespace capricorn
