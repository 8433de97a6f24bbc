// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "description.hpp"
#include "json_schemas.hpp"

namespace capricorn {

/// Adds the types that the parameter's schemas are made of: a group has those of its members.
void add_parameter_types(const ParameterInfo& parameter, std::vector<const TypeInfo*>& types);

/// OpenAPI's Parameter Objects: those in the path, the query, the headers and the cookies, in this
/// order. What the pattern names and no parameter reads is there too, since a client fills it in.
nlohmann::ordered_json operation_parameters(const JsonSchemas& schemas, std::string_view pattern,
                                            const EndpointDescription& endpoint);

}  // namespace capricorn
