// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "description.hpp"
#include "json_schemas.hpp"

namespace capricorn {

/// OpenAPI's Request Body Object; null where the operation reads no body. Several parts are the
/// properties of a component of their own, `Body_<operation id>`, which is added to `components`.
nlohmann::ordered_json operation_body(const JsonSchemas& schemas,
                                      const EndpointDescription& endpoint,
                                      const std::string& operation_id,
                                      std::map<std::string, nlohmann::ordered_json>& components);

}  // namespace capricorn
