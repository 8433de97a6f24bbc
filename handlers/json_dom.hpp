// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace capricorn {

/// nlohmann's value of a text that anybody may have sent. Our scanner checks it first: nlohmann
/// bounds no depth, though what copies, writes and destroys its values recurses, and makes a double
/// of an integer that does not fit 64 bits. A byte order mark at the front is passed over.
///
/// Throws nlohmann::json::parse_error, and out_of_range for a number beyond double.
nlohmann::json parse_json(std::string_view text);

/// Whether each integer in what is JSON fits 64 bits, signed or not.
bool integers_fit(std::string_view json);

/// Nothing where `parse_json` throws.
std::optional<nlohmann::json> try_parse_json(std::string_view text);

}  // namespace capricorn
