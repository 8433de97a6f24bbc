// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "type_info.hpp"
#include "validation.hpp"

namespace capricorn {

/// The texts of the member by which a model of a union is told apart.
std::span<const EnumeratorInfo> tags_of(const TypeInfo& model, std::string_view member);

/// As pydantic tells a tag that is no text: by Python's str().
std::string text_of_tag(std::string json);

/// Of a tag that none of the union's models has; without its place and its input.
ErrorDetail tag_error(const TypeInfo& type, std::string_view discriminator, std::string_view tag);

}  // namespace capricorn
