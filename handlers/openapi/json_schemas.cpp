// SPDX-License-Identifier: MIT
#include "json_schemas.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <utility>

#include "../../loop/ascii.hpp"
#include "../../loop/buffer.hpp"
#include "../held_value.hpp"
#include "../json_write.hpp"
#include "../validation.hpp"

namespace capricorn {

using Json = nlohmann::ordered_json;

namespace {

bool is_component(const TypeInfo& type) {
  return type.kind == TypeKind::kModel || (type.kind == TypeKind::kEnum && !type.literal);
}

/// The value below a Field and an optional, which is what lengths are counted of.
const TypeInfo& plain_value(const TypeInfo& type) {
  const TypeInfo* at = &type;
  while (at->kind == TypeKind::kField || at->kind == TypeKind::kOptional) at = at->element;
  return *at;
}

Json number(const FieldConstraint& constraint) {
  switch (constraint.value) {
    case ConstraintValue::kFloating: return constraint.number;
    case ConstraintValue::kBoolean: return constraint.integer != 0;
    default: return constraint.integer;
  }
}

const char* length_keyword(const TypeInfo& value, bool least) {
  switch (plain_value(value).kind) {
    case TypeKind::kVector:
    case TypeKind::kSet: return least ? "minItems" : "maxItems";
    case TypeKind::kMap: return least ? "minProperties" : "maxProperties";
    default: return least ? "minLength" : "maxLength";
  }
}

/// A constraint of the value itself; nothing for what is said beside it.
void constrain(Json& schema, const TypeInfo& value, const FieldConstraint& constraint) {
  switch (constraint.kind) {
    case ConstraintKind::kGt: schema["exclusiveMinimum"] = number(constraint); break;
    case ConstraintKind::kGe: schema["minimum"] = number(constraint); break;
    case ConstraintKind::kLt: schema["exclusiveMaximum"] = number(constraint); break;
    case ConstraintKind::kLe: schema["maximum"] = number(constraint); break;
    case ConstraintKind::kMultipleOf: schema["multipleOf"] = number(constraint); break;
    case ConstraintKind::kMinLength:
      schema[length_keyword(value, true)] = constraint.integer;
      break;
    case ConstraintKind::kMaxLength:
      schema[length_keyword(value, false)] = constraint.integer;
      break;
    case ConstraintKind::kPattern: schema["pattern"] = constraint.text; break;
    case ConstraintKind::kUniqueItems: schema["uniqueItems"] = true; break;
    default: break;
  }
}

/// Where a constraint belongs: of an optional, and of a Decimal, the first thing that it may be.
Json& constrained(Json& schema) {
  const auto choices = schema.find("anyOf");
  return choices == schema.end() ? schema : constrained((*choices)[0]);
}

/// As it stands where the value is a text; else it is JSON text.
Json example(const FieldConstraint& constraint, const TypeInfo& value) {
  if (constraint.value != ConstraintValue::kText) return number(constraint);
  const TypeKind kind = plain_value(value).kind;
  if (kind == TypeKind::kString || kind == TypeKind::kText || kind == TypeKind::kEnum)
    return constraint.text;
  Json json = Json::parse(constraint.text, nullptr, false);
  return json.is_discarded() ? Json(constraint.text) : json;
}

bool is_decimal(const TypeInfo& type) {
  return type.kind == TypeKind::kText && type.text->name == "decimal";
}

/// The texts of a Decimal with so many digits, in pydantic's words.
std::string decimal_pattern(std::span<const FieldConstraint> constraints = {}) {
  const auto limit = [&](ConstraintKind kind) {
    const auto found = std::ranges::find(constraints, kind, &FieldConstraint::kind);
    return found == constraints.end() ? std::int64_t{-1} : found->integer;
  };
  const std::int64_t digits = limit(ConstraintKind::kMaxDigits);
  const std::int64_t places = limit(ConstraintKind::kDecimalPlaces);
  const auto up_to = [](std::int64_t most) { return "\\d{0," + std::to_string(most) + "}"; };
  const std::string begin = "^(?!^[-+.]*$)[+-]?0*";
  if (digits < 0) return begin + "\\d*\\.?" + (places < 0 ? "\\d*$" : up_to(places) + "0*$");
  const std::int64_t whole = places < 0 ? digits : std::max<std::int64_t>(digits - places, 0);
  const std::string point =
      places < 0 ? "\\d*\\.\\d*0*$" : up_to(whole) + "\\." + up_to(places) + "0*$";
  return begin + "(?:" + up_to(whole) + "|(?=[\\d.]{1," + std::to_string(digits + 1) + "}0*$)" +
         point + ")";
}

/// Of the things that a Decimal may be, the text.
void set_pattern(Json& schema, const std::string& pattern) {
  if (const auto choices = schema.find("anyOf"); choices != schema.end()) {
    for (Json& choice : *choices) set_pattern(choice, pattern);
  } else if (schema.contains("pattern")) {
    schema["pattern"] = pattern;
  }
}

void apply(Json& schema, const TypeInfo& field, SchemaMode mode) {
  const bool decimal = is_decimal(plain_value(field));
  for (const FieldConstraint& constraint : field.constraints) {
    if (constraint.kind == ConstraintKind::kExample) {
      schema["examples"].push_back(example(constraint, *field.element));
    } else if (!decimal || mode == SchemaMode::kValidation) {  // a text has no bounds
      constrain(constrained(schema), *field.element, constraint);
    }
  }
  if (decimal) set_pattern(schema, decimal_pattern(field.constraints));
}

/// "A or nothing", of which A may be several things already.
Json or_null(Json schema) {
  if (schema.size() != 1 || !schema.contains("anyOf")) {
    schema = {{"anyOf", Json::array({std::move(schema)})}};
  }
  schema["anyOf"].push_back({{"type", "null"}});
  return schema;
}

Json literal(const TypeInfo& type) {
  if (type.enumerators.size() == 1) {
    return {{"type", "string"}, {"const", type.enumerators[0].name}};
  }
  Json names = Json::array();
  for (const EnumeratorInfo& enumerator : type.enumerators) names.push_back(enumerator.name);
  return {{"type", "string"}, {"enum", std::move(names)}};
}

/// Of less than 32 bits with their bounds; larger ones are as Python's, which have none.
Json integer(const TypeInfo& type) {
  const bool is_signed = type.kind == TypeKind::kSigned;
  Json schema{{"type", "integer"}};
  if (!is_signed) schema["minimum"] = 0;
  if (type.size >= sizeof(std::int32_t)) return schema;
  const std::int32_t beyond = 1 << (type.size * 8 - (is_signed ? 1 : 0));
  schema["maximum"] = beyond - 1;
  if (is_signed) schema["minimum"] = -beyond;
  return schema;
}

/// A Decimal may come as a number, too.
Json decimal(SchemaMode mode) {
  Json text{{"type", "string"}, {"pattern", decimal_pattern()}};
  if (mode == SchemaMode::kSerialization) return text;
  return {{"anyOf", Json::array({{{"type", "number"}}, std::move(text)})}};
}

/// Of a Uuid, a DateTime...
Json text_value(const TextType& type) {
  Json text{{"type", "string"}};
  if (!type.format.empty()) text["format"] = type.format;
  if (type.max_length > 0) text["maxLength"] = type.max_length;
  if (type.min_length > 0) text["minLength"] = type.min_length;
  return text;
}

/// What a value writes as JSON; null where that cannot be (NaN, text that is no UTF-8).
Json written(const TypeInfo& type, const void* value) {
  Buffer text;
  try {
    write_json(text, type, value);
  } catch (const std::range_error&) {
    return nullptr;
  }
  Json json = Json::parse(text.view(), nullptr, false);
  return json.is_discarded() ? Json() : json;
}

void set_default(Json& schema, Json value) {
  if (!value.is_null()) schema["default"] = std::move(value);
}

void set_title(Json& schema, std::string_view name) {
  if (!schema.contains("$ref") && !schema.contains("title")) schema["title"] = title_of(name);
}

/// Whether a default that nobody has named is none that may be sent: of an empty list, say, that
/// has to have an element.
bool breaks_constraints(const TypeInfo& field, const void* value) {
  if (field.kind != TypeKind::kField || have_default(field.constraints)) return false;
  ValidationErrors errors;
  return !check_constraints(*field.element, value, field.constraints, LocPath{}, "null", errors);
}

bool refers_to_component(const TypeInfo& type) { return is_component(plain_value(type)); }

/// A name as a component may have it.
std::string component_key(std::string_view name) {
  std::string key(name);
  for (char& c : key) {
    const bool allowed = is_ascii_alnum(c) || c == '.' || c == '_' || c == '-';
    if (!allowed) c = '_';
  }
  return key;
}

/// "shop::v1::Item" as "shop__v1__Item": unnamed namespaces and functions say nothing.
std::string long_key(std::string_view qualified) {
  std::string key;
  int depth = 0;
  for (std::size_t i = 0; i < qualified.size(); ++i) {
    const char c = qualified[i];
    if (c == '(' || c == '{') ++depth;
    if (depth > 0) {
      if (c == ')' || c == '}') --depth;
      continue;
    }
    if (qualified.substr(i).starts_with("::")) {
      if (!key.empty() && !key.ends_with("__")) key += "__";
      ++i;
    } else {
      key += c;
    }
  }
  return component_key(key);
}

}  // namespace

void annotate(Json& schema, const FieldMetadata& metadata) {
  if (!metadata.title.empty()) schema["title"] = metadata.title;
  if (!metadata.description.empty()) schema["description"] = metadata.description;
  if (!metadata.format.empty()) schema["format"] = metadata.format;
  if (metadata.deprecated) schema["deprecated"] = true;
}

std::string title_of(std::string_view name) {
  std::string title;
  bool inside = false;
  for (const char c : name) {
    if (is_ascii_alpha(c))
      title += inside ? ascii_lower(c) : ascii_upper(c);
    else
      title += c == '_' ? ' ' : c;
    inside = is_ascii_alpha(c);
  }
  return title;
}

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

std::string unqualified_name(std::string_view printed) {
  std::string name;
  std::size_t begin = 0;  // of the part that a "::" would take away
  int depth = 0;          // in parentheses, which only a qualifier has
  for (std::size_t i = 0; i < printed.size(); ++i) {
    const char c = printed[i];
    if (depth == 0 && printed.substr(i).starts_with("::")) {
      name.resize(begin);
      ++i;
      continue;
    }
    if (c == '(' || c == '{') ++depth;
    if (c == ')' || c == '}') --depth;
    name += c;
    if (depth == 0 && (c == '<' || c == ',' || c == ' ')) begin = name.size();
  }
  // As it was written, and whatever compiler printed it.
  replace_all(name, "> >", ">>");
  replace_all(name, "basic_string<char>", "string");
  return name;
}

// ---------------------------------------------------------------- components

JsonSchemas::JsonSchemas(std::span<const TypeInfo* const> inputs,
                         std::span<const TypeInfo* const> outputs) {
  for (const TypeInfo* type : inputs) collect(*type, SchemaMode::kValidation);
  for (const TypeInfo* type : outputs) collect(*type, SchemaMode::kSerialization);
  find_differences();
  name_components();
}

void JsonSchemas::collect(const TypeInfo& type, SchemaMode mode) {
  if (type.element) collect(*type.element, mode);
  if (type.key) collect(*type.key, mode);
  for (const TypeInfo* alternative : type.alternatives) collect(*alternative, mode);
  if (!is_component(type)) return;
  const auto [entry, first] = components_.try_emplace(&type);
  if (first) order_.push_back(&type);
  Component& component = entry->second;
  bool& seen = mode == SchemaMode::kValidation ? component.read : component.written;
  if (std::exchange(seen, true)) return;
  for (const FieldInfo& field : type.fields) collect(*field.type, mode);
  if (mode == SchemaMode::kValidation) return;
  for (const ComputedInfo& computed : type.computed) collect(*computed.type, mode);
}

/// As far as is known.
bool JsonSchemas::differs(const TypeInfo& type) const {
  if (is_decimal(type)) return true;
  if (type.element && differs(*type.element)) return true;
  const auto one = [this](const TypeInfo* alternative) { return differs(*alternative); };
  if (std::ranges::any_of(type.alternatives, one)) return true;
  return is_component(type) && components_.at(&type).differs;
}

/// A model differs by computed fields and Decimals of its own, or of what it is made of: until
/// nothing more is found, since models may be made of each other.
void JsonSchemas::find_differences() {
  for (bool found = true; found;) {
    found = false;
    for (const TypeInfo* type : order_) {
      Component& component = components_.at(type);
      if (component.differs) continue;
      component.differs = !type->computed.empty() ||
                          std::ranges::any_of(type->fields, [this](const FieldInfo& field) {
                            return differs(*field.type);
                          });
      found = found || component.differs;
    }
  }
}

void JsonSchemas::name_components() {
  std::unordered_map<std::string, int> owners;
  for (const TypeInfo* type : order_) {
    ++owners[components_.at(type).name = component_key(unqualified_name(type->name))];
  }
  // What the document itself adds.
  std::unordered_map<std::string, int> used{{"HTTPValidationError", 1}, {"ValidationError", 1}};
  for (const TypeInfo* type : order_) {
    std::string& name = components_.at(type).name;
    if (owners[name] > 1) name = long_key(type->qualified_name);
    const int number = ++used[name];
    if (number > 1) name += "__" + std::to_string(number);
  }
}

std::string JsonSchemas::name_of(const TypeInfo& type, SchemaMode mode) const {
  const Component& component = components_.at(&type);
  if (!component.differs || !component.read || !component.written) return component.name;
  return component.name + (mode == SchemaMode::kValidation ? "-Input" : "-Output");
}

Json JsonSchemas::reference(const TypeInfo& type, SchemaMode mode) const {
  return {{"$ref", "#/components/schemas/" + name_of(type, mode)}};
}

// ---------------------------------------------------------------- schemas

namespace {

/// Names are texts in any case. What else they are is said, as far as that is one thing.
void describe_keys(Json& map, Json key) {
  if (key.contains("anyOf") || key.value("type", "") == "integer") return;
  key.erase("type");
  if (!key.empty()) map["propertyNames"] = std::move(key);
}

}  // namespace

Json JsonSchemas::schema(const TypeInfo& type, SchemaMode mode) const {
  switch (type.kind) {
    case TypeKind::kBoolean: return {{"type", "boolean"}};
    case TypeKind::kSigned:
    case TypeKind::kUnsigned: return integer(type);
    case TypeKind::kFloat:
    case TypeKind::kDouble: return {{"type", "number"}};
    case TypeKind::kString: return {{"type", "string"}};
    case TypeKind::kText: return is_decimal(type) ? decimal(mode) : text_value(*type.text);
    case TypeKind::kOptional:
      if (type.element->kind == TypeKind::kOptional) return schema(*type.element, mode);
      return or_null(schema(*type.element, mode));
    case TypeKind::kVector: return {{"items", schema(*type.element, mode)}, {"type", "array"}};
    case TypeKind::kSet:
      return {{"items", schema(*type.element, mode)}, {"type", "array"}, {"uniqueItems", true}};
    case TypeKind::kArray:
      return {{"items", schema(*type.element, mode)},
              {"type", "array"},
              {"maxItems", type.extent},
              {"minItems", type.extent}};
    case TypeKind::kTuple: return tuple(type, mode);
    case TypeKind::kMap: {
      Json json{{"additionalProperties", schema(*type.element, mode)}};
      if (type.key) describe_keys(json, schema(*type.key, mode));
      json["type"] = "object";
      return json;
    }
    case TypeKind::kVariant: return variant(type, {}, mode);
    case TypeKind::kEnum:
      if (type.literal) return literal(type);
      [[fallthrough]];
    case TypeKind::kModel: return reference(type, mode);
    case TypeKind::kJson:
    case TypeKind::kOrderedJson:
    case TypeKind::kCustom: return Json::object();
    case TypeKind::kField: return field(type, mode);
  }
  return Json::object();
}

Json JsonSchemas::tuple(const TypeInfo& type, SchemaMode mode) const {
  Json places = Json::array();
  for (const TypeInfo* element : type.alternatives) places.push_back(schema(*element, mode));
  const std::size_t count = places.size();
  return {{"prefixItems", std::move(places)},
          {"type", "array"},
          {"maxItems", count},
          {"minItems", count}};
}

Json JsonSchemas::field(const TypeInfo& type, SchemaMode mode) const {
  const FieldMetadata& metadata = *type.metadata;
  Json json = metadata.discriminator.empty() ? schema(*type.element, mode)
                                             : tagged(*type.element, metadata.discriminator, mode);
  apply(json, type, mode);
  annotate(json, metadata);
  return json;
}

/// A variant, or an optional of one.
Json JsonSchemas::tagged(const TypeInfo& type, std::string_view discriminator,
                         SchemaMode mode) const {
  if (type.kind != TypeKind::kOptional) return variant(type, discriminator, mode);
  Json json = tagged(*type.element, discriminator, mode);
  return type.element->kind == TypeKind::kOptional ? json : or_null(std::move(json));
}

/// With a discriminator the alternatives are models, each with a Literal<> of that name.
Json JsonSchemas::variant(const TypeInfo& type, std::string_view discriminator,
                          SchemaMode mode) const {
  Json choices = Json::array();
  Json mapping = Json::object();
  for (const TypeInfo* alternative : type.alternatives) {
    choices.push_back(schema(*alternative, mode));
    for (const FieldInfo& member : alternative->fields) {
      if (member.name != discriminator) continue;
      for (const EnumeratorInfo& tag : plain_value(*member.type).enumerators) {
        mapping[std::string(tag.name)] = reference(*alternative, mode)["$ref"];
      }
    }
  }
  if (discriminator.empty()) return {{"anyOf", std::move(choices)}};
  return {{"oneOf", std::move(choices)},
          {"discriminator", {{"propertyName", discriminator}, {"mapping", std::move(mapping)}}}};
}

Json JsonSchemas::field_schema(const TypeInfo& field, std::string_view name, bool required) const {
  Json json = schema(field);
  set_title(json, name);
  if (required) return json;
  const HeldValue object(field);
  Json value = written(field, object.at(0));
  // One that a function gives may be another each time.
  const bool constant = value == written(field, HeldValue(field).at(0));
  if (constant && !breaks_constraints(field, object.at(0))) set_default(json, std::move(value));
  return json;
}

Json JsonSchemas::members(const TypeInfo& model, SchemaMode mode) const {
  const ModelLayout& layout = model.layout();
  const HeldValue object(model);
  Json all = Json::array();
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    const FieldInfo& field = model.fields[i];
    const bool required = layout.is_required(i);
    if (field.type->metadata && !field.type->metadata->include_in_schema) continue;
    Json json = schema(*field.type, mode);
    if (!refers_to_component(*field.type)) set_title(json, field.name);
    const void* const value = object.at(layout.offsets[i]);
    if (!required && !layout.is_generated(i) && !breaks_constraints(*field.type, value)) {
      set_default(json, written(*field.type, value));
    }
    all.push_back({{"name", field.name}, {"required", required}, {"schema", std::move(json)}});
  }
  return all;
}

namespace {

/// What a model says of itself.
void describe(Json& schema, const ModelConfig& config) {
  if (config.extra == Extra::kForbid) schema["additionalProperties"] = false;
  if (!config.title.empty()) schema["title"] = config.title;
  if (!config.description.empty()) schema["description"] = config.description;
  if (config.example.empty()) return;
  Json example = Json::parse(config.example, nullptr, false);
  if (!example.is_discarded()) schema["examples"].push_back(std::move(example));
}

/// Behind the members; they are always there.
void add_computed(const JsonSchemas& schemas, const TypeInfo& type, Json& properties,
                  Json& required) {
  for (const ComputedInfo& computed : type.computed) {
    Json json = schemas.schema(*computed.type, SchemaMode::kSerialization);
    if (!refers_to_component(*computed.type)) set_title(json, computed.name);
    json["readOnly"] = true;
    properties[std::string(computed.name)] = std::move(json);
    required.push_back(computed.name);
  }
}

}  // namespace

Json JsonSchemas::model(const TypeInfo& type, SchemaMode mode) const {
  Json properties = Json::object();
  Json required = Json::array();
  for (Json& member : members(type, mode)) {
    if (member["required"] == true) required.push_back(member["name"]);
    properties[member["name"].get_ref<const std::string&>()] = std::move(member["schema"]);
  }
  if (mode == SchemaMode::kSerialization) add_computed(*this, type, properties, required);
  Json json{{"properties", std::move(properties)}, {"type", "object"}};
  if (!required.empty()) json["required"] = std::move(required);
  json["title"] = unqualified_name(type.name);
  if (type.config) describe(json, *type.config);
  return json;
}

namespace {

Json enumeration(const TypeInfo& type) {
  Json names = Json::array();
  for (const EnumeratorInfo& enumerator : type.enumerators) names.push_back(enumerator.name);
  return {{"type", "string"}, {"enum", std::move(names)}, {"title", type.name}};
}

}  // namespace

std::map<std::string, Json> JsonSchemas::components() const {
  std::map<std::string, Json> all;
  for (const TypeInfo* type : order_) {
    const Component& component = components_.at(type);
    for (const SchemaMode mode : {SchemaMode::kValidation, SchemaMode::kSerialization}) {
      const bool used = mode == SchemaMode::kValidation ? component.read : component.written;
      if (!used || (all.contains(name_of(*type, mode)))) continue;
      all[name_of(*type, mode)] =
          type->kind == TypeKind::kEnum ? enumeration(*type) : model(*type, mode);
    }
  }
  return all;
}

}  // namespace capricorn
