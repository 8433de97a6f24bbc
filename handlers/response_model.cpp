// SPDX-License-Identifier: MIT
#include "response_model.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "errors.hpp"
#include "held_value.hpp"

namespace capricorn {
namespace {

using Json = nlohmann::ordered_json;

/// Which members leave an answer, of all models in it. What is no model keeps what it has: a key of
/// a map with a null is data.
struct Excluded {
  bool nulls;
  bool defaults;
};

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
bool may_be_model(const TypeInfo& model, const Json& json) {
  if (!json.is_object()) return false;
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
    const TypeInfo& type = without_field(*field.type);
    const auto is_text = [&](const EnumeratorInfo& text) { return *member == text.name; };
    if (type.literal && std::ranges::none_of(type.enumerators, is_text)) return false;
  }
  return json.size() + absent == model.fields.size() + model.computed.size();
}

bool holds_models(const TypeInfo& type) {
  if (type.kind == TypeKind::kModel) return true;
  return (type.element != nullptr && holds_models(*type.element)) ||
         std::ranges::any_of(type.alternatives, [](const auto* one) { return holds_models(*one); });
}

bool may_be(const TypeInfo& type, const Json& json);

/// Of the elements those that hold models tell.
bool may_be_tuple(const TypeInfo& type, const Json& json) {
  if (!json.is_array() || json.size() != type.alternatives.size() || !holds_models(type)) {
    return false;
  }
  for (std::size_t i = 0; i < json.size(); ++i) {
    const TypeInfo& element = *type.alternatives[i];
    if (holds_models(element) && !may_be(element, json[i])) return false;
  }
  return true;
}

/// Whether this may be a value of the alternative, and has models in it.
bool may_be(const TypeInfo& type, const Json& json) {
  const auto element = [&](const Json& item) { return may_be(*type.element, item); };
  switch (type.kind) {
    case TypeKind::kField: return element(json);
    case TypeKind::kOptional: return json.is_null() || element(json);
    case TypeKind::kVector:
    case TypeKind::kArray:
    case TypeKind::kSet: return json.is_array() && std::all_of(json.begin(), json.end(), element);
    case TypeKind::kMap: return json.is_object() && std::all_of(json.begin(), json.end(), element);
    case TypeKind::kTuple: return may_be_tuple(type, json);
    case TypeKind::kVariant:
      return std::ranges::any_of(type.alternatives,
                                 [&](const TypeInfo* one) { return may_be(*one, json); });
    case TypeKind::kModel: return may_be_model(type, json);
    default: return false;
  }
}

void remove_members(Json& json, const TypeInfo& type, Excluded excluded);

/// Required members have no default, whatever their value.
class ModelDefaults {
 public:
  explicit ModelDefaults(const TypeInfo& model)
      : model_(model), layout_(model.layout()), object_(model) {}

  bool has(std::size_t i, const Json& member) const {
    const TypeInfo& type = *model_.fields[i].type;
    const void* const value = object_.at(layout_.offsets[i]);
    // Where the default is that it is absent, a null is none.
    const bool omitted = layout_.is_omittable(i) && !without_field(type).get(value);
    return !omitted && !layout_.is_required(i) && has_default(type, value, member);
  }

 private:
  const TypeInfo& model_;
  const ModelLayout& layout_;
  HeldValue object_;
};

void remove_model_members(Json& json, const TypeInfo& model, Excluded excluded) {
  std::optional<ModelDefaults> defaults;
  if (excluded.defaults) defaults.emplace(model);
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    const FieldInfo& field = model.fields[i];
    const auto member = json.find(field.name);
    if (member == json.end()) continue;
    if ((excluded.nulls && member->is_null()) || (defaults && defaults->has(i, *member))) {
      json.erase(member);
    } else {
      remove_members(*member, *field.type, excluded);
    }
  }
  for (const ComputedInfo& computed : model.computed) {
    const auto member = json.find(computed.name);
    if (member == json.end()) continue;
    if (excluded.nulls && member->is_null()) {
      json.erase(member);
    } else {
      remove_members(*member, *computed.type, excluded);
    }
  }
}

/// Of all models in a value of this type.
void remove_members(Json& json, const TypeInfo& type, Excluded excluded) {
  switch (type.kind) {
    case TypeKind::kOptional:
    case TypeKind::kField: return remove_members(json, *type.element, excluded);
    case TypeKind::kVector:
    case TypeKind::kArray:
    case TypeKind::kSet:
    case TypeKind::kMap:
      for (Json& element : json) remove_members(element, *type.element, excluded);
      return;
    case TypeKind::kTuple:
      for (std::size_t i = 0; i < json.size(); ++i) {
        remove_members(json[i], *type.alternatives[i], excluded);
      }
      return;
    case TypeKind::kVariant:
      for (const TypeInfo* alternative : type.alternatives) {
        if (may_be(*alternative, json)) return remove_members(json, *alternative, excluded);
      }
      return;
    case TypeKind::kModel:
      if (json.is_object()) remove_model_members(json, type, excluded);
      return;
    default: return;
  }
}

/// Of an object, and of all that are elements of a list.
void select_members(Json& json, const RouteOptions& options) {
  if (json.is_array()) {
    for (Json& element : json) select_members(element, options);
    return;
  }
  if (!json.is_object()) return;
  const auto is_in = [](const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  Json kept = Json::object();
  for (auto& [name, value] : json.items()) {
    if (is_in(options.response_model_exclude, name)) continue;
    if (!options.response_model_include.empty() && !is_in(options.response_model_include, name)) {
      continue;
    }
    kept[name] = std::move(value);
  }
  json = std::move(kept);
}

bool selects_members(const RouteOptions& options) noexcept {
  return !options.response_model_include.empty() || !options.response_model_exclude.empty();
}

/// True where nothing is known of the members.
bool has_member(const TypeInfo& type, std::string_view name) {
  switch (type.kind) {
    case TypeKind::kOptional:
    case TypeKind::kField:
    case TypeKind::kVector:
    case TypeKind::kArray:
    case TypeKind::kSet: return has_member(*type.element, name);
    case TypeKind::kTuple:
    case TypeKind::kVariant:
      return std::ranges::any_of(type.alternatives,
                                 [&](const TypeInfo* one) { return has_member(*one, name); });
    case TypeKind::kModel:
      return std::ranges::find(type.fields, name, &FieldInfo::name) != type.fields.end() ||
             std::ranges::find(type.computed, name, &ComputedInfo::name) != type.computed.end();
    case TypeKind::kMap:
    case TypeKind::kJson:
    case TypeKind::kOrderedJson:
    case TypeKind::kCustom: return true;
    default: return false;
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
  return options.status_code != 0 || options.response_model || leaves_members_out(options);
}

bool leaves_members_out(const RouteOptions& options) noexcept {
  return selects_members(options) || options.response_model_exclude_unset ||
         options.response_model_exclude_defaults || options.response_model_exclude_none;
}

void check_members(const RouteOptions& options, const TypeInfo* returned, std::string_view route) {
  const TypeInfo* const type = options.response_model ? options.response_model.type : returned;
  if (type == nullptr) return;
  const auto check = [&](const char* option, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (has_member(*type, name)) continue;
      throw std::invalid_argument("\"" + std::string(route) + "\": " + option + " has \"" + name +
                                  "\", and what the route answers has no such member");
    }
  };
  check("response_model_include", options.response_model_include);
  check("response_model_exclude", options.response_model_exclude);
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
  const Excluded excluded{
      options.response_model_exclude_none,
      options.response_model_exclude_unset || options.response_model_exclude_defaults};
  const bool removes = type && (excluded.nulls || excluded.defaults);
  if (!removes && !selects_members(options)) return;
  Json json = Json::parse(response.body());
  if (removes) remove_members(json, *type, excluded);
  if (selects_members(options)) select_members(json, options);
  response.set_body(Buffer(json.dump()));
}

}  // namespace capricorn
