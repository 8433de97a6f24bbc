// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "method.hpp"

namespace capricorn {

/// What a request line asks for (RFC 9112, 3.2), taken apart: views into it, nothing decoded.
struct RequestTarget {
  std::string_view authority;  // of the absolute form; else empty
  std::string_view path;       // begins with a slash, or is "*"
  std::string_view query;      // without "?"
  bool escaped = false;        // the path has a percent escape
};

/// No percent escape that is none, nor one of a NUL, which would end the name of a file.
bool has_good_escapes(std::string_view path) noexcept;

/// Nothing where it is no target that an origin server answers: a fragment, another scheme, user
/// information, "*" with another method than OPTIONS, a path without `has_good_escapes`.
std::optional<RequestTarget> parse_request_target(std::string_view target, Method method) noexcept;

/// RFC 9112, 3.2: uri-host [ ":" port ]. It may be empty.
bool is_valid_host(std::string_view host) noexcept;

}  // namespace capricorn
