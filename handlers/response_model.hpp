// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "response.hpp"
#include "route_options.hpp"

namespace capricorn {

/// Whether a route says more of its answers than what the handler returns.
bool shapes_response(const RouteOptions& options) noexcept;

/// Whether members leave the route's answers, by their names or values, or are called otherwise.
bool changes_members(const RouteOptions& options) noexcept;

/// Throws std::invalid_argument where `response_model_include` or `_exclude` has the name of no
/// member, which would let through what it should keep back. Of what is no model nothing is known.
void check_members(const RouteOptions& options, const TypeInfo* returned, std::string_view route);

/// Makes the answer to a value, whose JSON is the body, what the route says: of its status, its
/// model and its media type, without the members that are left out, and by their names. Of what is
/// streamed only the status. `returned` is the value's type, where that is known. Throws
/// ResponseValidationError where the value does not fit the model.
void shape_response(const RouteOptions& options, const TypeInfo* returned, Response& response);

/// Nothing stands in an answer of such a status: 1xx, 204, 304.
bool is_body_allowed(int status) noexcept;
void drop_body(Response& response);

}  // namespace capricorn
