// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "method.hpp"

namespace capricorn {

/// A request line as nearly all are sent (RFC 9112, 3): a method that we know, a path and a query
/// in visible ASCII, HTTP/1.1, with one space between and CRLF behind. Sizes are in bytes.
struct PlainRequestLine {
  Method method;
  std::size_t size;  // with its CRLF
  std::size_t target_at;
  std::size_t target_size;
  std::size_t path_size;  // at the target's front
  bool escaped;           // the path has a percent escape
};

/// Nothing where `bytes` begin with another line or a part of one, or with a target that an origin
/// server does not answer: what to say then is for llhttp and `parse_request_target` to tell.
std::optional<PlainRequestLine> read_plain_request_line(std::string_view bytes) noexcept;

}  // namespace capricorn
