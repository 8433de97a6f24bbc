// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace capricorn {

/// The value of what is JSON, its members in their order. nlohmann's own reading looks through all
/// members for each key, and takes seconds for a megabyte of them. Of two equal keys the last one
/// wins, in the first one's place. False, and `value` is null, for a number beyond double.
bool read_ordered_dom(std::string_view json, nlohmann::ordered_json& value);

}  // namespace capricorn
