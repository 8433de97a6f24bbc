// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../../http/method.hpp"
#include "description.hpp"
#include "document_info.hpp"

namespace capricorn {

/// One operation of the document: a route and one of its methods.
struct Operation {
  std::string path;  // as in the route's pattern, convertors included
  Method method = Method::kGet;
  std::string name = {};          // of the route; "": made of method and path
  std::string operation_id = {};  // "": of name, path and method
  std::string summary = {};       // "": of the name
  std::string description = {};
  std::vector<std::string> tags = {};
  bool deprecated = false;
  int status_code = 200;
  std::string response_description = "Successful Response";
  std::string response_media_type = "application/json";
  AdditionalResponses responses = {};
  std::vector<OpenAPIExample> examples = {};
  std::string openapi_extra = {};  // JSON text, merged into the operation
  EndpointDescription endpoint = {};
  std::vector<Operation> callbacks = {};  // their paths are expressions, as they stand
};

/// What the document says of the application.
struct DocumentInfo {
  std::string title;
  std::string version;
  std::string summary = {};
  std::string description = {};
  std::string terms_of_service = {};
  ContactInfo contact = {};
  LicenseInfo license_info = {};
  std::vector<ServerInfo> servers = {};
  std::vector<TagInfo> tags = {};
  ExternalDocs external_docs = {};
};

/// The OpenAPI 3.1 document, as FastAPI writes it: paths in the order of the operations, components
/// in alphabetical order. `webhooks` are requests that the application sends itself, their paths
/// names. Throws std::invalid_argument where an `openapi_extra` is no JSON object, or an example is
/// no JSON or of nothing that is there.
nlohmann::ordered_json make_openapi_document(const DocumentInfo& info,
                                             std::span<const Operation> operations,
                                             std::span<const Operation> webhooks = {});

/// "get_items_by_id" for GET /items/{id}: the name of a route that was given none. A lambda has
/// none to take.
std::string default_route_name(Method method, std::string_view path);

}  // namespace capricorn
