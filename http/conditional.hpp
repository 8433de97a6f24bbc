// SPDX-License-Identifier: MIT
#pragma once

#include <ctime>
#include <optional>
#include <string_view>

#include "headers.hpp"
#include "method.hpp"

namespace capricorn {

/// What identifies the state of a resource (RFC 9110, 8.8).
struct Validators {
  std::string_view etag;  // with its quotes, and with W/ where it is weak; "" where there is none
  std::optional<std::time_t> last_modified{};
  bool exists = true;  // whether there is a representation at all: "*" asks
};

enum class Precondition {
  kProceed,
  kNotModified,  // 304: the client has this state already
  kFailed,       // 412
};

/// Conditional requests (RFC 9110, 13), in the order of 13.2.2. To be asked only where the answer
/// would otherwise be a 2xx. A value that cannot be read matches nothing, and a date that cannot be
/// read is as if it were missing.
Precondition check_preconditions(const Headers& request, Method method, const Validators& current);

/// Whether a Range may be honoured: there is no If-Range, or it names exactly this state by a
/// strong entity tag or a date (RFC 9110, 13.1.5).
bool if_range_holds(const Headers& request, const Validators& current);

/// The weak form of an entity tag, for a body that has the same meaning and other bytes.
bool is_weak_etag(std::string_view etag) noexcept;
/// Whether a list of entity tags has exactly this one, W/ included; "*" is none.
bool lists_etag(const Headers& request, std::string_view lower_case_name, std::string_view etag);

}  // namespace capricorn
