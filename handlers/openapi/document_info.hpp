// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace capricorn {

struct TypeInfo;

/// Parts of AppOptions and RouteOptions that only the OpenAPI document has. What is empty is left
/// out of it.
struct ContactInfo {
  std::string name = {};
  std::string url = {};
  std::string email = {};
};
struct LicenseInfo {
  std::string name = {};
  std::string identifier = {};  // of SPDX, or
  std::string url = {};
};
struct ServerInfo {
  std::string url;
  std::string description = {};
};
struct ExternalDocs {
  std::string url = {};
  std::string description = {};
};
/// A named example of a parameter, or of the body: one of those that Swagger UI offers.
struct OpenAPIExample {
  std::string parameter = {};  // by its name on the wire; "": the body
  std::string name;
  std::string summary = {};
  std::string description = {};
  std::string value = {};           // JSON text, or
  std::string external_value = {};  // a URL
};
struct TagInfo {
  std::string name;
  std::string description = {};
  std::string external_docs_url = {};
  std::string external_docs_description = {};
};

/// Whose answers these are: `404`, or a text, "5XX" or "default".
class ResponseKey {
 public:
  ResponseKey(int status) : text_(std::to_string(status)) {}  // NOLINT: a number is meant
  ResponseKey(std::string text) : text_(std::move(text)) {}   // NOLINT
  ResponseKey(const char* text) : text_(text) {}              // NOLINT
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// An answer of a route besides its own: `{404, {"Item not found"}}`.
struct AdditionalResponse {
  std::string description = {};                 // "": what the status says
  const TypeInfo* model = nullptr;              // as `response_model<Message>()` gives it
  std::string media_type = "application/json";  // also of what has no model: "image/png"
};
using AdditionalResponses = std::vector<std::pair<ResponseKey, AdditionalResponse>>;

}  // namespace capricorn
