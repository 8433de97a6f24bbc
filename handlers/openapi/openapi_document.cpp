// SPDX-License-Identifier: MIT
#include "openapi_document.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "../../http/field_value.hpp"
#include "../../http/media_type.hpp"
#include "../../http/status.hpp"
#include "../../loop/ascii.hpp"
#include "json_schemas.hpp"
#include "operation_body.hpp"
#include "operation_parameters.hpp"

namespace capricorn {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view kSchemas = "#/components/schemas/";
constexpr const char* kEventStream = "text/event-stream";
constexpr const char* kJson = "application/json";

void set_text(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

/// The pattern without its convertors: "/files/{path:path}" as "/files/{path}".
std::string path_template(std::string_view pattern) {
  std::string path;
  bool inside = false;
  bool convertor = false;
  for (const char c : pattern) {
    if (c == '{') inside = true;
    if (c == ':' && inside) convertor = true;
    if (c == '}') inside = convertor = false;
    if (!convertor) path += c;
  }
  return path;
}

/// Python's `\W`: what is no letter, digit or underscore.
std::string as_identifier(std::string_view text) {
  std::string identifier(text);
  for (char& c : identifier) {
    const bool beyond_ascii = static_cast<unsigned char>(c) >= 0x80;
    if (!is_ascii_alnum(c) && c != '_' && !beyond_ascii) c = '_';
  }
  return identifier;
}

std::string operation_id(const Operation& operation) {
  if (!operation.operation_id.empty()) return operation.operation_id;
  if (operation.name.empty()) return default_route_name(operation.method, operation.path);
  return as_identifier(operation.name + path_template(operation.path)) + "_" +
         ascii_lowered(method_name(operation.method));
}

/// What the summary of a path says: its last text, and the parameter behind that. What leads there
/// is in the path, which stands beside it.
std::string_view end_of_path(std::string_view path) {
  std::size_t begin = path.size();
  while (begin > 0) {
    const std::size_t slash = path.rfind('/', begin - 1);
    if (slash == std::string_view::npos) return path;
    const std::string_view segment = path.substr(slash + 1, begin - slash - 1);
    begin = slash;
    if (!segment.empty() && segment.front() != '{') break;
  }
  return path.substr(begin);
}

std::string operation_summary(const Operation& operation) {
  if (!operation.summary.empty()) return operation.summary;
  if (!operation.name.empty()) return title_of(operation.name);
  return title_of(default_route_name(operation.method, end_of_path(operation.path)));
}

bool may_have_content(int status) {
  return status >= 200 && status != 204 && status != 205 && status != 304;
}

/// A route says by an empty media type that its own answer has none; a stream has items all the
/// same.
bool has_content(const Operation& operation) {
  const EndpointDescription& endpoint = operation.endpoint;
  return may_have_content(operation.status_code) &&
         (!operation.response_media_type.empty() || endpoint.streams || endpoint.streams_events);
}

/// As the status code says it, or its hundreds.
std::string phrase_of(const std::string& key) {
  static constexpr std::pair<std::string_view, std::string_view> kRanges[] = {
      {"1XX", "Information"},  {"2XX", "Success"},      {"3XX", "Redirection"},
      {"4XX", "Client Error"}, {"5XX", "Server Error"}, {"default", "Default Response"}};
  for (const auto& [range, phrase] : kRanges) {
    if (key == range) return std::string(phrase);
  }
  int status = 0;
  for (const char c : key) {
    if (c < '0' || c > '9') return "Additional Response";
    status = status * 10 + (c - '0');
  }
  const std::string_view phrase = reason_phrase(status);
  return phrase.empty() ? "Additional Response" : std::string(phrase);
}

/// "4xx" as "4XX", "DEFAULT" as "default": as OpenAPI spells them.
std::string response_key(const std::string& text) {
  std::string key = ascii_lowered(text);
  if (key == "default") return key;
  std::replace(key.begin(), key.end(), 'x', 'X');
  return key;
}

/// Objects member by member, everything else as a whole; arrays are joined, as FastAPI does.
void merge(Json& into, const Json& from) {
  for (const auto& [key, value] : from.items()) {
    const auto there = into.find(key);
    if (there != into.end() && there->is_object() && value.is_object()) {
      merge(*there, value);
    } else if (there != into.end() && there->is_array() && value.is_array()) {
      there->insert(there->end(), value.begin(), value.end());
    } else {
      into[key] = value;
    }
  }
}

/// One document while it is made.
class DocumentBuilder {
 public:
  DocumentBuilder(const DocumentInfo& info, std::span<const Operation> operations,
                  std::span<const Operation> webhooks)
      : info_(info),
        operations_(operations),
        webhooks_(webhooks),
        schemas_(types_of(operations, webhooks).inputs, types_of(operations, webhooks).outputs) {}

  Json build() {
    for (auto& [name, schema] : schemas_.components()) components_[name] = std::move(schema);
    Json paths = Json::object();
    for (const Operation& operation : operations_) {
      Json& path = paths[path_template(operation.path)];
      path[ascii_lowered(method_name(operation.method))] = describe(operation);
    }
    Json document{{"openapi", "3.1.0"}, {"info", info()}};
    if (!info_.servers.empty()) document["servers"] = servers();
    document["paths"] = std::move(paths);
    for (const Operation& webhook : webhooks_) {
      const std::string name = path_template(webhook.path).substr(1);
      document["webhooks"][name][ascii_lowered(method_name(webhook.method))] = describe(webhook);
    }
    Json components = Json::object();
    for (auto& [name, schema] : components_) components["schemas"][name] = std::move(schema);
    if (!security_schemes_.empty()) components["securitySchemes"] = std::move(security_schemes_);
    if (!components.empty()) document["components"] = std::move(components);
    if (!info_.tags.empty()) document["tags"] = tags();
    if (!info_.external_docs.url.empty()) document["externalDocs"] = docs(info_.external_docs);
    return document;
  }

 private:
  struct Types {
    std::vector<const TypeInfo*> inputs;   // that are read
    std::vector<const TypeInfo*> outputs;  // that are written
  };
  static Types types_of(std::span<const Operation> operations,
                        std::span<const Operation> webhooks) {
    Types types;
    add_types(operations, types);
    add_types(webhooks, types);
    return types;
  }
  static void add_types(std::span<const Operation> operations, Types& types) {
    for (const Operation& operation : operations) {
      const EndpointDescription& endpoint = operation.endpoint;
      for (const ParameterInfo& parameter : endpoint.parameters) {
        add_parameter_types(parameter, types.inputs);
      }
      if (endpoint.result) types.outputs.push_back(endpoint.result);
      if (endpoint.stream_item) types.outputs.push_back(endpoint.stream_item);
      for (const auto& [key, response] : operation.responses) {
        if (response.model) types.outputs.push_back(response.model);
      }
      add_types(operation.callbacks, types);
    }
  }

  Json info() const {
    Json json{{"title", info_.title}};
    set_text(json, "summary", info_.summary);
    set_text(json, "description", info_.description);
    set_text(json, "termsOfService", info_.terms_of_service);
    Json contact = Json::object();
    set_text(contact, "name", info_.contact.name);
    set_text(contact, "url", info_.contact.url);
    set_text(contact, "email", info_.contact.email);
    if (!contact.empty()) json["contact"] = std::move(contact);
    Json license = Json::object();
    set_text(license, "name", info_.license_info.name);
    set_text(license, "identifier", info_.license_info.identifier);
    set_text(license, "url", info_.license_info.url);
    if (!license.empty()) json["license"] = std::move(license);
    json["version"] = info_.version;
    return json;
  }
  Json servers() const {
    Json all = Json::array();
    for (const ServerInfo& server : info_.servers) {
      Json json{{"url", server.url}};
      set_text(json, "description", server.description);
      all.push_back(std::move(json));
    }
    return all;
  }
  static Json docs(const ExternalDocs& external) {
    Json json = Json::object();
    set_text(json, "description", external.description);
    set_text(json, "url", external.url);
    return json;
  }
  Json tags() const {
    Json all = Json::array();
    for (const TagInfo& tag : info_.tags) {
      Json json{{"name", tag.name}};
      set_text(json, "description", tag.description);
      if (!tag.external_docs_url.empty()) {
        json["externalDocs"] = docs({tag.external_docs_url, tag.external_docs_description});
      }
      all.push_back(std::move(json));
    }
    return all;
  }

  Json describe(const Operation& operation) {
    const std::string id = unique(operation_id(operation));
    Json json = Json::object();
    if (!operation.tags.empty()) json["tags"] = operation.tags;
    json["summary"] = operation_summary(operation);
    set_text(json, "description", operation.description);
    json["operationId"] = id;
    if (operation.deprecated) json["deprecated"] = true;
    Json security = requirements(operation);
    if (!security.empty()) json["security"] = std::move(security);
    Json parameters = operation_parameters(schemas_, operation.path, operation.endpoint);
    if (!parameters.empty()) json["parameters"] = std::move(parameters);
    if (Json body = operation_body(schemas_, operation.endpoint, id, components_);
        !body.is_null()) {
      json["requestBody"] = std::move(body);
    }
    for (const OpenAPIExample& example : operation.examples) add_example(json, example, operation);
    if (!operation.callbacks.empty()) json["callbacks"] = callbacks(operation);
    json["responses"] = responses(operation, id);
    if (!operation.openapi_extra.empty()) merge(json, extra(operation));
    return json;
  }

  /// By their names; the path is an expression, as it stands.
  Json callbacks(const Operation& operation) {
    Json all = Json::object();
    for (const Operation& callback : operation.callbacks) {
      const std::string name = callback.name.empty()
                                   ? default_route_name(callback.method, callback.path)
                                   : callback.name;
      all[name][callback.path][ascii_lowered(method_name(callback.method))] = describe(callback);
    }
    return all;
  }

  static void add_example(Json& described, const OpenAPIExample& example,
                          const Operation& operation) {
    Json json = Json::object();
    set_text(json, "summary", example.summary);
    set_text(json, "description", example.description);
    if (!example.value.empty()) json["value"] = Json::parse(example.value, nullptr, false);
    set_text(json, "externalValue", example.external_value);
    bool placed = false;
    if (example.parameter.empty() && described.contains("requestBody")) {
      for (Json& content : described["requestBody"]["content"]) {
        content["examples"][example.name] = json;
        placed = true;
      }
    } else if (described.contains("parameters")) {
      for (Json& parameter : described["parameters"]) {
        if (parameter["name"] != example.parameter) continue;
        parameter["examples"][example.name] = json;
        placed = true;
      }
    }
    if (placed && !(json.contains("value") && json["value"].is_discarded())) return;
    throw std::invalid_argument(
        "the example \"" + example.name + "\" of \"" + operation.path + "\" is " +
        (placed ? "no JSON: " + example.value : "of no parameter, \"" + example.parameter + "\""));
  }

  static Json extra(const Operation& operation) {
    Json json = Json::parse(operation.openapi_extra, nullptr, false);
    if (!json.is_object()) {
      throw std::invalid_argument("openapi_extra of \"" + operation.path +
                                  "\" is no JSON object: " + operation.openapi_extra);
    }
    return json;
  }

  /// One entry a scheme, in which the scopes of all who ask for it come together.
  Json requirements(const Operation& operation) {
    Json all = Json::array();
    for (const SecurityRequirement& requirement : operation.endpoint.security) {
      security_schemes_[requirement.name] = Json::parse(requirement.json);
      auto entry = std::find_if(all.begin(), all.end(), [&](const Json& other) {
        return other.contains(requirement.name);
      });
      if (entry == all.end()) {
        all.push_back({{requirement.name, Json::array()}});
        entry = all.end() - 1;
      }
      Json& scopes = (*entry)[requirement.name];
      for (const std::string& scope : requirement.scopes) {
        if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) scopes.push_back(scope);
      }
    }
    return all;
  }

  Json responses(const Operation& operation, const std::string& id) {
    Json all = Json::object();
    Json& own = all[std::to_string(operation.status_code)];
    own["description"] = operation.response_description;
    if (has_content(operation)) add_content(own["content"], operation, id);
    for (const auto& [key, response] : operation.responses) {
      add_response(all[response_key(key.text())], response_key(key.text()), response);
    }
    const bool answered = all.contains("422") || all.contains("4XX") || all.contains("default");
    if (!operation.endpoint.parameters.empty() && !answered) {
      all["422"] = {{"description", "Validation Error"}};
      all["422"]["content"]["application/json"]["schema"] = validation_error();
    }
    return all;
  }

  /// Of a stream each item is described (OpenAPI 3.2, 4.14).
  void add_content(Json& content, const Operation& operation, const std::string& id) const {
    const EndpointDescription& endpoint = operation.endpoint;
    if (operation.response_media_type == kEventStream || endpoint.streams_events) {
      content[kEventStream]["itemSchema"] = event_schema(endpoint.result);
    } else if (endpoint.streams) {
      content["application/jsonl"]["itemSchema"] =
          endpoint.stream_item ? written(*endpoint.stream_item) : Json::object();
    } else {
      content[operation.response_media_type]["schema"] = result(operation, id);
    }
  }

  /// `data` is null where nothing says what it is.
  Json event_schema(const TypeInfo* data) const {
    Json schema{{"type", "object"},
                {"properties",
                 {{"data", {{"type", "string"}}},
                  {"event", {{"type", "string"}}},
                  {"id", {{"type", "string"}}},
                  {"retry", {{"type", "integer"}, {"minimum", 0}}}}}};
    if (!data) return schema;
    Json& text = schema["properties"]["data"];
    text["contentMediaType"] = "application/json";
    text["contentSchema"] = written(*data);
    schema["required"] = {"data"};
    return schema;
  }

  Json written(const TypeInfo& type) const {
    return schemas_.schema(type, SchemaMode::kSerialization);
  }

  Json result(const Operation& operation, const std::string& id) const {
    if (!is_json_media_type(operation.response_media_type)) return {{"type", "string"}};
    if (!operation.endpoint.result) return Json::object();
    Json schema = written(*operation.endpoint.result);
    if (!schema.contains("$ref")) schema["title"] = title_of("Response_" + id);
    return schema;
  }

  void add_response(Json& json, const std::string& key, const AdditionalResponse& response) const {
    if (!response.description.empty()) {
      json["description"] = response.description;
    } else if (!json.contains("description")) {
      json["description"] = phrase_of(key);
    }
    const std::string media_type = response.media_type.empty() ? kJson : response.media_type;
    if (response.model) {
      json["content"][media_type]["schema"] = written(*response.model);
    } else if (media_type != kJson && !json["content"].contains(media_type)) {
      json["content"][media_type] = Json::object();
    }
  }

  Json validation_error() {
    const auto reference = [](const char* name) {
      return Json{{"$ref", std::string(kSchemas) + name}};
    };
    if (!components_.contains("HTTPValidationError")) {
      components_["HTTPValidationError"] = {
          {"properties",
           {{"detail",
             {{"items", reference("ValidationError")}, {"type", "array"}, {"title", "Detail"}}}}},
          {"type", "object"},
          {"title", "HTTPValidationError"}};
      components_["ValidationError"] = Json::parse(R"({
        "properties": {
          "loc": {"items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "type": "array",
                  "title": "Location"},
          "msg": {"type": "string", "title": "Message"},
          "type": {"type": "string", "title": "Error Type"},
          "input": {"title": "Input"},
          "ctx": {"type": "object", "title": "Context"}},
        "type": "object",
        "required": ["loc", "msg", "type"],
        "title": "ValidationError"})");
    }
    return reference("HTTPValidationError");
  }

  /// OpenAPI wants ids that are there once; of routes that were given the same, the second gets a
  /// number.
  std::string unique(std::string id) {
    std::string candidate = id;
    for (int number = 2; !ids_.insert(candidate).second; ++number) {
      candidate = id + "_" + std::to_string(number);
    }
    return candidate;
  }

  const DocumentInfo& info_;
  std::span<const Operation> operations_;
  std::span<const Operation> webhooks_;
  JsonSchemas schemas_;
  std::map<std::string, Json> components_;
  Json security_schemes_ = Json::object();
  std::set<std::string> ids_;
};

}  // namespace

Json make_openapi_document(const DocumentInfo& info, std::span<const Operation> operations,
                           std::span<const Operation> webhooks) {
  return DocumentBuilder(info, operations, webhooks).build();
}

std::string default_route_name(Method method, std::string_view path) {
  std::string name = ascii_lowered(method_name(method));
  const std::string pattern = path_template(path);
  for (std::size_t at = 0; at < pattern.size();) {
    std::size_t end = pattern.find('/', at + 1);
    if (end == std::string::npos) end = pattern.size();
    std::string_view segment = std::string_view(pattern).substr(at, end - at);
    at = end;
    if (segment.starts_with('/')) segment.remove_prefix(1);
    if (segment.empty()) continue;
    if (segment.find('{') != std::string_view::npos) name += "_by";
    std::string words;
    for (const char c : as_identifier(segment)) {
      if (c != '_' || (!words.empty() && words.back() != '_')) words += c;
    }
    if (words.ends_with('_')) words.pop_back();
    if (!words.empty()) name += "_" + words;
  }
  return path == "/" ? name + "_root" : name;
}

}  // namespace capricorn
