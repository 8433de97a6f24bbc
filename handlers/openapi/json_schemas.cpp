// SPDX-License-Identifier: MIT
#include "json_schemas.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <utility>

#include "../../loop/buffer.hpp"
#include "../json_write.hpp"

namespace capricorn {

using Json = nlohmann::ordered_json;

namespace {

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

bool is_component(const TypeInfo& type) {
  return type.kind == Kind::kModel || (type.kind == Kind::kEnum && !type.literal);
}

/// The value below a Field and an optional, which is what lengths are counted of.
const TypeInfo& plain_value(const TypeInfo& type) {
  const TypeInfo* at = &type;
  while (at->kind == Kind::kField || at->kind == Kind::kOptional) at = at->element;
  return *at;
}

Json number(const Constraint& constraint) {
  switch (constraint.value) {
    case ConstraintValue::kFloating: return constraint.number;
    case ConstraintValue::kBoolean: return constraint.integer != 0;
    default: return constraint.integer;
  }
}

const char* length_keyword(const TypeInfo& value, bool least) {
  switch (plain_value(value).kind) {
    case Kind::kVector:
    case Kind::kSet: return least ? "minItems" : "maxItems";
    case Kind::kMap: return least ? "minProperties" : "maxProperties";
    default: return least ? "minLength" : "maxLength";
  }
}

/// A constraint of the value itself; nothing for what is said beside it.
void constrain(Json& schema, const TypeInfo& value, const Constraint& constraint) {
  switch (constraint.kind) {
    case ConstraintKind::kGt: schema["exclusiveMinimum"] = number(constraint); break;
    case ConstraintKind::kGe: schema["minimum"] = number(constraint); break;
    case ConstraintKind::kLt: schema["exclusiveMaximum"] = number(constraint); break;
    case ConstraintKind::kLe: schema["maximum"] = number(constraint); break;
    case ConstraintKind::kMultipleOf: schema["multipleOf"] = number(constraint); break;
    case ConstraintKind::kPattern: schema["pattern"] = constraint.text; break;
    case ConstraintKind::kUniqueItems: schema["uniqueItems"] = true; break;
    case ConstraintKind::kMinLength:
      schema[length_keyword(value, true)] = constraint.integer;
      break;
    case ConstraintKind::kMaxLength:
      schema[length_keyword(value, false)] = constraint.integer;
      break;
    default: break;
  }
}

Json example(const Constraint& constraint) {
  if (constraint.value != ConstraintValue::kText) return number(constraint);
  const char first = constraint.text.empty() ? '\0' : constraint.text.front();
  Json parsed = first == '{' || first == '[' ? Json::parse(constraint.text, nullptr, false)
                                             : Json(Json::value_t::discarded);
  return parsed.is_discarded() ? Json(constraint.text) : parsed;
}

/// What people read of a field, beside its constraints.
void annotate(Json& schema, const TypeInfo& field) {
  const Metadata& said = *field.metadata;
  if (!said.title.empty()) schema["title"] = said.title;
  if (!said.description.empty()) schema["description"] = said.description;
  if (said.deprecated) schema["deprecated"] = true;
  for (const Constraint& constraint : field.constraints) {
    if (constraint.kind == ConstraintKind::kExample) {
      schema["examples"].push_back(example(constraint));
    }
  }
}

void apply(Json& schema, const TypeInfo& value, std::span<const Constraint> constraints) {
  const auto choices = schema.find("anyOf");
  const bool optional = value.kind == Kind::kOptional && choices != schema.end();
  for (const Constraint& constraint : constraints) {
    constrain(optional ? (*choices)[0] : schema, value, constraint);
  }
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

/// An object as it is made without arguments. Scalars without an initialiser have no value: only
/// what is not required may be read.
class DefaultObject {
 public:
  explicit DefaultObject(const TypeInfo& type)
      : type_(type), memory_(::operator new(type.size, std::align_val_t(type.align))) {
    try {
      type.construct(memory_);
    } catch (...) {
      ::operator delete(memory_, std::align_val_t(type.align));
      throw;
    }
  }
  DefaultObject(const DefaultObject&) = delete;
  DefaultObject& operator=(const DefaultObject&) = delete;
  ~DefaultObject() {
    type_.destroy(memory_);
    ::operator delete(memory_, std::align_val_t(type_.align));
  }
  const void* at(std::size_t offset) const {
    return static_cast<const unsigned char*>(memory_) + offset;
  }

 private:
  const TypeInfo& type_;
  void* memory_;
};

/// A null is not said: that nothing need be given says it already.
void set_default(Json& schema, Json value) {
  if (!value.is_null()) schema["default"] = std::move(value);
}

void set_title(Json& schema, std::string_view name) {
  if (!schema.contains("$ref") && !schema.contains("title")) schema["title"] = title_of(name);
}

bool refers_to_component(const TypeInfo& type) { return is_component(plain_value(type)); }

/// A name as a component may have it.
std::string component_key(std::string_view name) {
  std::string key(name);
  for (char& c : key) {
    const bool allowed =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
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

std::string title_of(std::string_view name) {
  std::string title;
  bool inside = false;
  for (const char c : name) {
    if (is_letter(c)) {
      const auto byte = static_cast<unsigned char>(c);
      title += static_cast<char>(inside ? std::tolower(byte) : std::toupper(byte));
    } else {
      title += c == '_' ? ' ' : c;
    }
    inside = is_letter(c);
  }
  return title;
}

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
  return name;
}

JsonSchemas::JsonSchemas(std::span<const TypeInfo* const> types) {
  for (const TypeInfo* type : types) collect(*type);
  name_components();
}

void JsonSchemas::collect(const TypeInfo& type) {
  if (type.element) collect(*type.element);
  for (const TypeInfo* alternative : type.alternatives) collect(*alternative);
  if (!is_component(type) || !names_.try_emplace(&type).second) return;
  components_.push_back(&type);
  for (const FieldInfo& field : type.fields) collect(*field.type);
}

void JsonSchemas::name_components() {
  std::unordered_map<std::string, int> owners;
  for (const TypeInfo* type : components_) {
    ++owners[names_[type] = component_key(unqualified_name(type->name))];
  }
  // What the document itself adds.
  std::unordered_map<std::string, int> used{{"HTTPValidationError", 1}, {"ValidationError", 1}};
  for (const TypeInfo* type : components_) {
    std::string& name = names_[type];
    if (owners[name] > 1) name = long_key(type->qualified_name);
    const int number = ++used[name];
    if (number > 1) name += "__" + std::to_string(number);
  }
}

namespace {

/// As pydantic has it where an answer is written; what is read may be a number besides.
Json text_schema(const TextType& type) {
  if (type.format == "decimal") return {{"type", "string"}};
  return {{"type", "string"}, {"format", type.format}};
}

Json literal_schema(const TypeInfo& type) {
  if (type.enumerators.size() == 1) {
    return {{"type", "string"}, {"const", type.enumerators[0].name}};
  }
  Json names = Json::array();
  for (const Enumerator& text : type.enumerators) names.push_back(text.name);
  return {{"type", "string"}, {"enum", std::move(names)}};
}

/// Which of a union's models each text of the discriminator stands for.
void add_discriminator(Json& schema, const TypeInfo& type, std::string_view member) {
  Json mapping = Json::object();
  const Json choices = schema["anyOf"];
  for (std::size_t i = 0; i < type.alternatives.size(); ++i) {
    for (const FieldInfo& field : type.alternatives[i]->fields) {
      if (field.name != member) continue;
      for (const Enumerator& text : plain_value(*field.type).enumerators) {
        mapping[std::string(text.name)] = choices[i]["$ref"];
      }
    }
  }
  schema = {{"oneOf", choices},
            {"discriminator", {{"propertyName", member}, {"mapping", std::move(mapping)}}}};
}

}  // namespace

Json JsonSchemas::schema(const TypeInfo& type) const {
  switch (type.kind) {
    case Kind::kBoolean: return {{"type", "boolean"}};
    case Kind::kSigned: return {{"type", "integer"}};
    case Kind::kUnsigned: return {{"type", "integer"}, {"minimum", 0}};
    case Kind::kFloat:
    case Kind::kDouble: return {{"type", "number"}};
    case Kind::kString: return {{"type", "string"}};
    case Kind::kOptional:
      return {{"anyOf", Json::array({schema(*type.element), {{"type", "null"}}})}};
    case Kind::kVector: return {{"items", schema(*type.element)}, {"type", "array"}};
    case Kind::kText: return text_schema(*type.text);
    case Kind::kSet:
      return {{"items", schema(*type.element)}, {"type", "array"}, {"uniqueItems", true}};
    case Kind::kVariant: {
      Json choices = Json::array();
      for (const TypeInfo* alternative : type.alternatives) {
        choices.push_back(schema(*alternative));
      }
      return {{"anyOf", std::move(choices)}};
    }
    case Kind::kMap: return {{"additionalProperties", schema(*type.element)}, {"type", "object"}};
    case Kind::kEnum:
      if (type.literal) return literal_schema(type);
      [[fallthrough]];
    case Kind::kModel: return {{"$ref", "#/components/schemas/" + names_.at(&type)}};
    case Kind::kCustom:
    case Kind::kJson:
    case Kind::kOrderedJson: return Json::object();
    case Kind::kField: {
      Json json = schema(*type.element);
      apply(json, *type.element, type.constraints);
      if (!type.metadata->discriminator.empty() && type.element->kind == Kind::kVariant) {
        add_discriminator(json, *type.element, type.metadata->discriminator);
      }
      annotate(json, type);
      return json;
    }
  }
  return Json::object();
}

Json JsonSchemas::field_schema(const TypeInfo& field, std::string_view name, bool required) const {
  Json json = schema(field);
  set_title(json, name);
  if (!required) set_default(json, written(field, DefaultObject(field).at(0)));
  return json;
}

Json JsonSchemas::members(const TypeInfo& model) const {
  const ModelLayout& layout = model.layout();
  const DefaultObject object(model);
  Json all = Json::array();
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    const FieldInfo& field = model.fields[i];
    const bool required = layout.is_required(i);
    Json json = schema(*field.type);
    if (!refers_to_component(*field.type)) set_title(json, field.name);
    if (!required) set_default(json, written(*field.type, object.at(layout.offsets[i])));
    all.push_back({{"name", field.name}, {"required", required}, {"schema", std::move(json)}});
  }
  return all;
}

namespace {

/// What a model says of itself.
void configure(Json& schema, const ModelConfig& config) {
  if (config.extra == Extra::kForbid) schema["additionalProperties"] = false;
  if (!config.title.empty()) schema["title"] = config.title;
  if (!config.description.empty()) schema["description"] = config.description;
  if (Json example = Json::parse(config.example, nullptr, false); !example.is_discarded()) {
    schema["examples"] = Json::array({std::move(example)});
  }
}

}  // namespace

Json JsonSchemas::model(const TypeInfo& type) const {
  Json properties = Json::object();
  Json required = Json::array();
  for (Json& member : members(type)) {
    if (member["required"] == true) required.push_back(member["name"]);
    properties[member["name"].get_ref<const std::string&>()] = std::move(member["schema"]);
  }
  Json json{{"properties", std::move(properties)}, {"type", "object"}};
  if (!required.empty()) json["required"] = std::move(required);
  json["title"] = unqualified_name(type.name);
  if (type.config != nullptr) configure(json, *type.config);
  return json;
}

namespace {

Json enumeration(const TypeInfo& type) {
  Json names = Json::array();
  for (const Enumerator& enumerator : type.enumerators) names.push_back(enumerator.name);
  return {{"type", "string"}, {"enum", std::move(names)}, {"title", type.name}};
}

}  // namespace

std::map<std::string, Json> JsonSchemas::components() const {
  std::map<std::string, Json> all;
  for (const TypeInfo* type : components_) {
    all[names_.at(type)] = type->kind == Kind::kEnum ? enumeration(*type) : model(*type);
  }
  return all;
}

}  // namespace capricorn
