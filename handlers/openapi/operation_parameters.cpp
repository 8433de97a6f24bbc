// SPDX-License-Identifier: MIT
#include "operation_parameters.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace capricorn {

using Json = nlohmann::ordered_json;

namespace {

bool is_in_body(ParameterPlace place) {
  return place == ParameterPlace::kBody || place == ParameterPlace::kForm ||
         place == ParameterPlace::kFile;
}

const char* place_name(ParameterPlace place) {
  switch (place) {
    case ParameterPlace::kPath: return "path";
    case ParameterPlace::kQuery: return "query";
    case ParameterPlace::kHeader: return "header";
    default: return "cookie";
  }
}

bool is_hidden(const ParameterInfo& parameter) {
  return parameter.field && parameter.field->metadata &&
         !parameter.field->metadata->include_in_schema;
}

/// In FastAPI's order of keys. What the schema says to people, the parameter says too.
Json parameter_object(ParameterPlace place, std::string_view name, bool required, Json schema) {
  Json json{{"name", name}, {"in", place_name(place)}, {"required", required}};
  for (const char* said : {"description", "deprecated"}) {
    if (const auto found = schema.find(said); found != schema.end()) json[said] = *found;
  }
  json["schema"] = std::move(schema);
  return json;
}

/// Of the same name at the same place the first stays where it is; one that is required wins.
void add(Json& all, Json parameter) {
  const auto same = std::find_if(all.begin(), all.end(), [&](const Json& other) {
    return other["in"] == parameter["in"] && other["name"] == parameter["name"];
  });
  if (same == all.end()) {
    all.push_back(std::move(parameter));
  } else if (parameter["required"] == true || (*same)["required"] == false) {
    *same = std::move(parameter);
  }
}

/// What a segment of the path may be: by its convertor.
Json convertor_schema(std::string_view convertor) {
  if (convertor == "int") return {{"type", "integer"}};
  if (convertor == "float") return {{"type", "number"}};
  if (convertor == "uuid") return {{"type", "string"}, {"format", "uuid"}};
  return {{"type", "string"}};
}

/// Whether a member of a group has another name on the wire: of headers, unless it has an Alias.
bool is_hyphenated(const ParameterInfo& group, std::string_view member) {
  if (group.place != ParameterPlace::kHeader || !group.convert_underscores) return false;
  const auto& fields = group.field->fields;
  const auto field = std::ranges::find(fields, member, &FieldInfo::name);
  const FieldMetadata* metadata = field == fields.end() ? nullptr : field->type->metadata;
  return !metadata || metadata->alias.empty();
}

bool is_read(std::string_view name, const EndpointDescription& endpoint) {
  return std::any_of(endpoint.parameters.begin(), endpoint.parameters.end(),
                     [&](const ParameterInfo& parameter) {
                       return parameter.place == ParameterPlace::kPath && parameter.name == name;
                     });
}

void add_unread(Json& all, std::string_view pattern, const EndpointDescription& endpoint) {
  for (std::size_t open = pattern.find('{'); open != std::string_view::npos;
       open = pattern.find('{')) {
    pattern.remove_prefix(open + 1);
    const std::string_view inside = pattern.substr(0, pattern.find('}'));
    const std::size_t colon = inside.find(':');
    const std::string_view name = inside.substr(0, colon);
    if (is_read(name, endpoint) || name.starts_with('$')) continue;  // or a callback's expression
    Json schema = convertor_schema(colon == std::string_view::npos ? std::string_view()
                                                                   : inside.substr(colon + 1));
    schema["title"] = title_of(name);
    add(all, parameter_object(ParameterPlace::kPath, name, true, std::move(schema)));
  }
}

}  // namespace

void add_parameter_types(const ParameterInfo& parameter, std::vector<const TypeInfo*>& types) {
  if (!parameter.field) return;
  const bool group = parameter.name.empty() && !is_in_body(parameter.place);
  if (!group) {
    types.push_back(parameter.field);
    return;
  }
  for (const FieldInfo& member : parameter.field->fields) types.push_back(member.type);
}

Json operation_parameters(const JsonSchemas& schemas, std::string_view pattern,
                          const EndpointDescription& endpoint) {
  Json all = Json::array();
  for (const ParameterPlace place : {ParameterPlace::kPath, ParameterPlace::kQuery,
                                     ParameterPlace::kHeader, ParameterPlace::kCookie}) {
    if (place == ParameterPlace::kPath) add_unread(all, pattern, endpoint);
    for (const ParameterInfo& parameter : endpoint.parameters) {
      if (parameter.place != place || is_hidden(parameter)) continue;
      if (!parameter.name.empty()) {
        add(all, parameter_object(
                     place, parameter.name, parameter.required,
                     schemas.field_schema(*parameter.field, parameter.name, parameter.required)));
        continue;
      }
      for (const Json& member : schemas.members(*parameter.field)) {
        std::string name = member["name"];
        if (is_hyphenated(parameter, name)) std::replace(name.begin(), name.end(), '_', '-');
        add(all, parameter_object(place, name, member["required"].get<bool>(), member["schema"]));
      }
    }
  }
  return all;
}

}  // namespace capricorn
