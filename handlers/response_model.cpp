// SPDX-License-Identifier: MIT
#include "response_model.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "../http/media_type.hpp"
#include "errors.hpp"
#include "held_value.hpp"
#include "ordered_dom.hpp"

namespace capricorn {
namespace {

using Json = nlohmann::ordered_json;

/// What changes in all models of an answer: which members leave it, and whether the others have
/// their own names. What is no model keeps what it has: a key of a map with a null is data.
struct Shape {
  bool without_nulls;
  bool without_defaults;
  bool own_names;

  bool changes() const { return without_nulls || without_defaults || own_names; }
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
  Json::object_t& members = *kept.get_ptr<Json::object_t*>();
  for (auto& [name, value] : json.items()) {
    if (is_in(options.response_model_exclude, name)) continue;
    if (!options.response_model_include.empty() && !is_in(options.response_model_include, name)) {
      continue;
    }
    // Not by its name, for which it would look through all that it has.
    members.emplace_back(name, std::move(value));
  }
  json = std::move(kept);
}

void name_members(Json& json, const TypeInfo& model) {
  Json named = Json::object();
  for (auto& [name, value] : json.items()) {
    const auto field = std::ranges::find(model.fields, name, &FieldInfo::name);
    const auto i = static_cast<std::size_t>(field - model.fields.begin());
    const bool computed = field == model.fields.end();
    const std::string_view own = computed ? std::string_view(name) : own_name(model, i);
    named[std::string(own)] = std::move(value);
  }
  json = std::move(named);
}

/// Walks along a value's type. What is `chosen` by name is so in the outermost models, and where
/// nothing is known of the members.
class Shaper {
 public:
  explicit Shaper(Shape shape) : shape_(shape) {}

  void shape(Json& json, const TypeInfo& type, const RouteOptions* chosen) const {
    switch (type.kind) {
      case TypeKind::kOptional:
      case TypeKind::kField: return shape(json, *type.element, chosen);
      case TypeKind::kVector:
      case TypeKind::kArray:
      case TypeKind::kSet:
        for (Json& element : json) shape(element, *type.element, chosen);
        return;
      case TypeKind::kTuple:
        for (std::size_t i = 0; i < json.size(); ++i) {
          shape(json[i], *type.alternatives[i], chosen);
        }
        return;
      case TypeKind::kVariant:
        for (const TypeInfo* alternative : type.alternatives) {
          if (may_be(*alternative, json)) return shape(json, *alternative, chosen);
        }
        break;
      case TypeKind::kMap:
        if (chosen) select_members(json, *chosen);
        for (Json& element : json) shape(element, *type.element, nullptr);
        return;
      case TypeKind::kModel:
        if (chosen) select_members(json, *chosen);
        if (json.is_object()) shape_model(json, type);
        return;
      default: break;
    }
    if (chosen) select_members(json, *chosen);
  }

 private:
  void shape_model(Json& json, const TypeInfo& model) const {
    std::optional<ModelDefaults> defaults;
    if (shape_.without_defaults) defaults.emplace(model);
    for (std::size_t i = 0; i < model.fields.size(); ++i) {
      const FieldInfo& field = model.fields[i];
      const auto member = json.find(field.name);
      if (member == json.end()) continue;
      if (leaves(*member) || (defaults && defaults->has(i, *member))) {
        json.erase(member);
      } else {
        shape(*member, *field.type, nullptr);
      }
    }
    for (const ComputedInfo& computed : model.computed) {
      const auto member = json.find(computed.name);
      if (member == json.end()) continue;
      if (leaves(*member)) {
        json.erase(member);
      } else {
        shape(*member, *computed.type, nullptr);
      }
    }
    if (shape_.own_names) name_members(json, model);
  }

  bool leaves(const Json& member) const { return shape_.without_nulls && member.is_null(); }

  Shape shape_;
};

Shape shape_of(const RouteOptions& options) noexcept {
  return {options.response_model_exclude_none,
          options.response_model_exclude_unset || options.response_model_exclude_defaults,
          !options.response_model_by_alias};
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

/// Of its own, in place of JSON's.
bool has_media_type(const RouteOptions& options) noexcept {
  const std::string& type = options.response_media_type;
  return !type.empty() && type != "application/json";
}

bool is_text(const TypeInfo* type) noexcept {
  while (type && (type->kind == TypeKind::kField || type->kind == TypeKind::kOptional)) {
    type = type->element;
  }
  return type && type->kind == TypeKind::kString;
}

/// Where that is not JSON's a text is sent as it is, and nothing for a null.
void set_media_type(const std::string& media_type, const TypeInfo* type, Response& response) {
  if (!is_json_media_type(media_type)) {
    if (response.body() == "null") {
      response.set_body({});
    } else if (is_text(type)) {
      response.set_body(Buffer(Json::parse(response.body()).get_ref<const std::string&>()));
    }
  }
  response.headers().set("content-type", detail::with_charset(media_type));
}

/// What is no JSON throws as nlohmann's parser does.
Json parse_answer(std::string_view body) {
  Json json;
  if (!read_ordered_dom(body, json)) json = Json::parse(body);
  return json;
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
  return options.status_code != 0 || has_media_type(options) || options.response_model ||
         changes_members(options);
}

bool changes_members(const RouteOptions& options) noexcept {
  return selects_members(options) || shape_of(options).changes();
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
  if (changes_members(options)) {
    Json json = parse_answer(response.body());
    const RouteOptions* const chosen = selects_members(options) ? &options : nullptr;
    if (type) {
      Shaper(shape_of(options)).shape(json, *type, chosen);
    } else if (chosen) {
      select_members(json, options);
    }
    response.set_body(Buffer(json.dump()));
  }
  if (has_media_type(options)) set_media_type(options.response_media_type, type, response);
}

}  // namespace capricorn
