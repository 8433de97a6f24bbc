// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace capricorn {

/// One piece of an access log's format: an atom of gunicorn's, or text as it is.
struct AccessAtom {
  char name = '\0';  // 'h' of %(h)s; 'i', 'o' or 'e' of %({name}i)s; '\0': text
  std::string text;  // the text, or the lower-case name of a header, or a variable's
};

/// The pieces of `%(h)s "%(r)s" %({user-agent}i)s`, where %% is a percent sign; nothing where an
/// atom is unknown or does not end.
std::optional<std::vector<AccessAtom>> parse_access_format(std::string_view format);

inline constexpr std::string_view kExpectedAccessFormat =
    "json, or a text with gunicorn's atoms: %(h)s and so on for h l u t r m U q H s b B f a T D M "
    "L "
    "p, and %({name}i)s, o or e";

}  // namespace capricorn
