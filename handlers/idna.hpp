// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace capricorn::detail {

/// A host's name as DNS has it, in lower case: "Bücher.de" is "xn--bcher-kva.de" (UTS 46, not
/// transitional). Nothing for what is no name. The text is UTF-8.
std::optional<std::string> idna_to_ascii(std::string_view name);
/// The opposite; a name that does not decode stays as it is.
std::string idna_to_unicode(const std::string& name);

}  // namespace capricorn::detail
