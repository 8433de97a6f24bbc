// SPDX-License-Identifier: MIT
#include "response_model.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "errors.hpp"

namespace capricorn {
namespace {

using Json = nlohmann::ordered_json;

void remove_nulls(Json& json) {
  if (json.is_array()) {
    for (Json& element : json) remove_nulls(element);
  }
  if (!json.is_object()) return;
  for (auto member = json.begin(); member != json.end();) {
    if (member->is_null()) {
      member = json.erase(member);
    } else {
      remove_nulls(*member);
      ++member;
    }
  }
}

/// What has the value that it has in a model that was just made.
void remove_defaults(Json& json, const Json& defaults) {
  if (json.is_array()) {
    for (Json& element : json) remove_defaults(element, defaults);
    return;
  }
  if (!json.is_object() || !defaults.is_object()) return;
  for (auto member = json.begin(); member != json.end();) {
    const auto same = defaults.find(member.key());
    if (same != defaults.end() && *same == *member) {
      member = json.erase(member);
    } else {
      if (same != defaults.end() && member->is_object()) remove_defaults(*member, *same);
      ++member;
    }
  }
}

Buffer converted(const ResponseModel& model, std::string_view json) {
  Buffer out;
  ValidationErrors errors;
  model.convert(json, out, errors);
  if (!errors.empty()) throw ResponseValidationError(std::move(errors));
  return out;
}

}  // namespace

bool shapes_response(const RouteOptions& options) noexcept {
  return options.status_code != 0 || options.response_model ||
         options.response_model_exclude_unset || options.response_model_exclude_defaults ||
         options.response_model_exclude_none;
}

bool is_body_allowed(int status) noexcept {
  return status >= 200 && status != 204 && status != 304;
}

void drop_body(Response& response) {
  response.set_body({});
  response.headers().remove("content-type");
}

void shape_response(const RouteOptions& options, Response& response) {
  if (options.status_code != 0) response.set_status(options.status_code);
  const ResponseModel& model = options.response_model;
  if (model) response.set_body(converted(model, response.body()));
  const bool no_defaults = model.write_default && (options.response_model_exclude_unset ||
                                                   options.response_model_exclude_defaults);
  if (!no_defaults && !options.response_model_exclude_none) return;
  Json json = Json::parse(response.body());
  if (no_defaults) {
    Buffer defaults;
    model.write_default(defaults);
    remove_defaults(json, Json::parse(defaults.view()));
  }
  if (options.response_model_exclude_none) remove_nulls(json);
  response.set_body(Buffer(json.dump()));
}

}  // namespace capricorn
