// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

#include "field_value.hpp"
#include "headers.hpp"
#include "known_host.hpp"

namespace capricorn {

/// What one look at the fields tells about the message itself.
struct FieldSurvey {
  KnownHost& known_host;
  std::size_t hosts = 0;
  bool host_valid = true;
  std::size_t codings = 0;
  bool only_chunked = true;
  bool close = false;
  bool keep_alive = false;
  bool expect_continue = false;
  bool expect_other = false;
  bool forwarded = false;

  void look_at(Headers::Field field) noexcept {
    switch (field.id) {
      case HeaderId::kHost:
        ++hosts;
        host_valid = host_valid && known_host.is_valid(field.value);
        break;
      case HeaderId::kTransferEncoding:
        ++codings;
        only_chunked = only_chunked && equals_ignoring_case(field.value, "chunked");
        break;
      case HeaderId::kConnection: look_at_connection(field.value); break;
      case HeaderId::kExpect: look_at_expectations(field.value); break;
      case HeaderId::kOther: forwarded = forwarded || is_forwarded(field.name); break;
      default: break;
    }
  }

  static bool is_forwarded(std::string_view name) noexcept {
    return name.starts_with("x-forwarded-") || name == "forwarded";
  }

  // Both apart, as most requests have neither field.
  [[gnu::noinline]] void look_at_connection(std::string_view list) noexcept {
    while (!list.empty()) {
      const std::string_view option = take_member(list);
      close = close || equals_ignoring_case(option, "close");
      keep_alive = keep_alive || equals_ignoring_case(option, "keep-alive");
    }
  }

  [[gnu::noinline]] void look_at_expectations(std::string_view list) noexcept {
    while (!list.empty()) {
      const std::string_view item = take_member(list);
      if (equals_ignoring_case(item, "100-continue"))
        expect_continue = true;
      else if (!item.empty())
        expect_other = true;
    }
  }
};

}  // namespace capricorn
