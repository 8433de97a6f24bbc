// SPDX-License-Identifier: MIT
#include "operation_body.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace capricorn {

using Json = nlohmann::ordered_json;

namespace {

using Parts = std::vector<const ParameterInfo*>;

bool is_in_body(ParameterPlace place) {
  return place == ParameterPlace::kBody || place == ParameterPlace::kForm ||
         place == ParameterPlace::kFile;
}

/// Of one name, which two functions may read, the first.
Parts parts_of(const EndpointDescription& endpoint) {
  Parts parts;
  for (const ParameterInfo& parameter : endpoint.parameters) {
    const auto same = [&](const ParameterInfo* other) {
      return other->name == parameter.name &&
             (!parameter.name.empty() || other->field == parameter.field);
    };
    if (!is_in_body(parameter.place) || std::ranges::any_of(parts, same)) continue;
    parts.push_back(&parameter);
  }
  return parts;
}

std::string media_type(const Parts& parts) {
  for (const ParameterInfo* part : parts) {
    const FieldMetadata* metadata = part->field ? part->field->metadata : part->metadata;
    if (metadata && !metadata->media_type.empty()) return std::string(metadata->media_type);
  }
  const auto any = [&](ParameterPlace place) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](const ParameterInfo* part) { return part->place == place; });
  };
  if (any(ParameterPlace::kFile)) return "multipart/form-data";
  if (any(ParameterPlace::kForm)) return "application/x-www-form-urlencoded";
  return "application/json";
}

Json file_schema(const ParameterInfo& file) {
  Json schema{{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
  if (file.many) {
    schema = {{"items", std::move(schema)}, {"type", "array"}};
  } else if (!file.required) {
    schema = {{"anyOf", Json::array({std::move(schema), {{"type", "null"}}})}};
  }
  schema["title"] = title_of(file.name);
  if (file.many && !file.required) schema["default"] = Json::array();
  annotate(schema, *file.metadata);
  return schema;
}

/// The parts as the properties of one object.
Json joined(const JsonSchemas& schemas, const Parts& parts, const std::string& name) {
  Json properties = Json::object();
  Json required = Json::array();
  const auto put = [&](std::string_view key, bool is_required, Json schema) {
    properties[std::string(key)] = std::move(schema);
    if (is_required) required.push_back(key);
  };
  for (const ParameterInfo* part : parts) {
    if (part->place == ParameterPlace::kFile) {
      put(part->name, part->required, file_schema(*part));
    } else if (!part->name.empty()) {
      put(part->name, part->required,
          schemas.field_schema(*part->field, part->name, part->required));
    } else {
      for (const Json& member : schemas.members(*part->field)) {
        put(member["name"].get_ref<const std::string&>(), member["required"].get<bool>(),
            member["schema"]);
      }
    }
  }
  Json schema{{"properties", std::move(properties)}, {"type", "object"}};
  if (!required.empty()) schema["required"] = std::move(required);
  schema["title"] = name;
  return schema;
}

}  // namespace

Json operation_body(const JsonSchemas& schemas, const EndpointDescription& endpoint,
                    const std::string& operation_id, std::map<std::string, Json>& components) {
  const Parts parts = parts_of(endpoint);
  if (parts.empty()) return nullptr;
  const ParameterInfo& first = *parts.front();
  Json body = Json::object();
  Json schema;
  const bool whole = parts.size() == 1 &&
                     (first.name.empty() || (first.place == ParameterPlace::kBody && !first.embed));
  if (whole) {
    schema = schemas.field_schema(*first.field, first.name.empty() ? "body" : first.name,
                                  first.required);
  } else {
    const std::string name = "Body_" + operation_id;
    components[name] = joined(schemas, parts, name);
    schema["$ref"] = "#/components/schemas/" + name;
  }
  body["content"][media_type(parts)]["schema"] = std::move(schema);
  if (std::any_of(parts.begin(), parts.end(),
                  [](const ParameterInfo* part) { return part->required; })) {
    body["required"] = true;
  }
  return body;
}

}  // namespace capricorn
