// SPDX-License-Identifier: MIT
#include "response_model.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "default_object.hpp"
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

bool has_default(const TypeInfo& type, const void* value, const Json& json) {
  Buffer text;
  try {
    write_json(text, type, value);
  } catch (const std::range_error&) {  // a default that has no JSON
    return false;
  }
  return Json::parse(text.view(), nullptr, false) == json;
}

/// Whether this is what a value of the model looks like; of several such alternatives of a variant
/// their Literal<> members tell which it is.
bool may_be(const TypeInfo& model, const Json& json) {
  if (model.kind != TypeKind::kModel || !json.is_object()) return false;
  const ModelLayout& layout = model.layout();
  std::size_t absent = 0;
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    const FieldInfo& field = model.fields[i];
    const auto member = json.find(field.name);
    if (member == json.end()) {
      if (!layout.is_omittable(i)) return false;
      ++absent;
      continue;
    }
    const auto is_text = [&](const EnumeratorInfo& text) { return *member == text.name; };
    if (field.type->literal && std::ranges::none_of(field.type->enumerators, is_text)) return false;
  }
  return json.size() + absent == model.fields.size() + model.computed.size();
}

void remove_defaults(Json& json, const TypeInfo& type);

/// Required members have no default, whatever their value.
void remove_default_members(Json& json, const TypeInfo& model) {
  const ModelLayout& layout = model.layout();
  const detail::DefaultObject object(model);
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    const FieldInfo& field = model.fields[i];
    const auto member = json.find(field.name);
    if (member == json.end()) continue;
    const void* const value = object.at(layout.offsets[i]);
    // Where the default is that it is absent, a null is none.
    const bool omitted = layout.is_omittable(i) && !without_field(*field.type).get(value);
    if (!omitted && !layout.is_required(i) && has_default(*field.type, value, *member)) {
      json.erase(member);
    } else {
      remove_defaults(*member, *field.type);
    }
  }
}

/// Of all models in a value of this type.
void remove_defaults(Json& json, const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::kOptional:
    case TypeKind::kField: return remove_defaults(json, *type.element);
    case TypeKind::kVector:
    case TypeKind::kArray:
    case TypeKind::kSet:
    case TypeKind::kMap:
      for (Json& element : json) remove_defaults(element, *type.element);
      return;
    case TypeKind::kVariant:
      for (const TypeInfo* alternative : type.alternatives) {
        if (may_be(*alternative, json)) return remove_default_members(json, *alternative);
      }
      return;
    case TypeKind::kModel:
      if (json.is_object()) remove_default_members(json, type);
      return;
    default: return;
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

void shape_response(const RouteOptions& options, const TypeInfo* returned, Response& response) {
  if (options.status_code != 0) response.set_status(options.status_code);
  if (!response.is_whole()) return;
  const ResponseModel& model = options.response_model;
  if (model) response.set_body(converted(model, response.body()));
  const TypeInfo* const type = model ? model.type : returned;
  const bool no_defaults =
      type && (options.response_model_exclude_unset || options.response_model_exclude_defaults);
  if (!no_defaults && !options.response_model_exclude_none) return;
  Json json = Json::parse(response.body());
  if (no_defaults) remove_defaults(json, *type);
  if (options.response_model_exclude_none) remove_nulls(json);
  response.set_body(Buffer(json.dump()));
}

}  // namespace capricorn
