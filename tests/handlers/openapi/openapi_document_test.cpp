// SPDX-License-Identifier: MIT
#include "../../../handlers/openapi/openapi_document.hpp"

#include <doctest/doctest.h>
#include <capricorn/handlers/invoke.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>

using namespace capricorn;
using Json = nlohmann::ordered_json;

namespace {

const DocumentInfo kInfo{.title = "T", .version = "1"};

template <class... Parameters>
Operation operation(Method method, std::string path) {
  Operation made;
  made.method = method;
  made.path = std::move(path);
  detail::describe_parameters<Parameters...>(made.endpoint);
  return made;
}

Json document(std::vector<Operation> operations) {
  return make_openapi_document(kInfo, operations);
}

}  // namespace

TEST_CASE("an application without routes has a document without components") {
  CHECK(
      document({}) ==
      Json::parse(R"({"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}})"));
}

TEST_CASE("a route without a name is named after its method and path") {
  CHECK(default_route_name(Method::kGet, "/") == "get_root");
  CHECK(default_route_name(Method::kGet, "/items") == "get_items");
  CHECK(default_route_name(Method::kDelete, "/items/{item_id}") == "delete_items_by_item_id");
  CHECK(default_route_name(Method::kGet, "/files/{path:path}") == "get_files_by_path");
  CHECK(default_route_name(Method::kPost, "/v1.0/user-names/") == "post_v1_0_user_names");
  const Json json = document({operation(Method::kGet, "/items/{id}")});
  const Json& get = json["paths"]["/items/{id}"]["get"];
  CHECK(get["operationId"] == "get_items_by_id");
  CHECK(get["summary"] == "Get Items By Id");
}

TEST_CASE("the summary of a route without a name says where its path ends, and stays short") {
  const auto summary_of = [](const char* path) {
    return std::string(document({operation(Method::kGet, path)})["paths"][path]["get"]["summary"]);
  };
  CHECK(summary_of("/") == "Get Root");
  CHECK(summary_of("/items/") == "Get Items");
  CHECK(summary_of("/api/v1/users/{user}/orders/{order}/items") == "Get Items");
  CHECK(summary_of("/api/v1/users/{user}/orders/{order}") == "Get Orders By Order");
  CHECK(summary_of("/{a}/{b}") == "Get By A By B");
}

TEST_CASE("an operation id that is there already gets a number") {
  Operation first = operation(Method::kGet, "/a");
  Operation second = operation(Method::kGet, "/b");
  first.operation_id = second.operation_id = "read";
  const Json json = document({first, second});
  CHECK(json["paths"]["/a"]["get"]["operationId"] == "read");
  CHECK(json["paths"]["/b"]["get"]["operationId"] == "read_2");
}

TEST_CASE("paths stand in the order of the routes, methods of a path together") {
  const Json json = document({operation(Method::kPost, "/z"), operation(Method::kGet, "/a"),
                              operation(Method::kGet, "/z")});
  std::vector<std::string> paths;
  for (const auto& [path, methods] : json["paths"].items()) paths.push_back(path);
  CHECK(paths == std::vector<std::string>{"/z", "/a"});
  CHECK(json["paths"]["/z"].size() == 2);
}

TEST_CASE("a part of the path that no parameter reads is described by its convertor") {
  const Json json = document({operation<Path<int, "a">>(Method::kGet, "/{a}/{b:float}/{c:uuid}")});
  const Json& parameters = json["paths"]["/{a}/{b}/{c}"]["get"]["parameters"];
  REQUIRE(parameters.size() == 3);
  CHECK(parameters[0]["name"] == "b");
  CHECK(parameters[0]["schema"] == Json::parse(R"({"type": "number", "title": "B"})"));
  CHECK(parameters[1]["schema"]["format"] == "uuid");
  CHECK(parameters[2]["schema"]["type"] == "integer");
}

TEST_CASE("a parameter that two dependencies read is described once, required where one says so") {
  const Json json =
      document({operation<Query<std::optional<int>, "page">, Query<int, "size">, Query<int, "page">,
                          Query<std::optional<int>, "size">>(Method::kGet, "/")});
  const Json& parameters = json["paths"]["/"]["get"]["parameters"];
  REQUIRE(parameters.size() == 2);
  CHECK(parameters[0]["name"] == "page");
  CHECK(parameters[0]["required"] == true);
  CHECK(parameters[1]["required"] == true);
}

TEST_CASE("a file is described by what stands behind its name") {
  const Json made = document({operation<
      File<UploadFile, "photo", Description{"A portrait"}, Title{"Portrait"}, Deprecated{}>>(
      Method::kPost, "/")});
  const Json* photo = nullptr;
  for (const auto& [name, schema] : made["components"]["schemas"].items()) {
    if (name.starts_with("Body_")) photo = &schema["properties"]["photo"];
  }
  REQUIRE(photo);
  CHECK(*photo == Json::parse(R"({"type": "string", "contentMediaType": "application/octet-stream",
    "title": "Portrait", "description": "A portrait", "deprecated": true})"));
}

TEST_CASE("no 422 where nothing is read, and none where the route describes its own") {
  Operation own = operation<Query<int, "q">>(Method::kGet, "/own");
  own.responses = {{"4xx", {"Wrong"}}};
  const Json json = document({operation(Method::kGet, "/"), own});
  CHECK(json["paths"]["/"]["get"]["responses"].size() == 1);
  CHECK_FALSE(json["paths"]["/own"]["get"]["responses"].contains("422"));
  CHECK(json["paths"]["/own"]["get"]["responses"]["4XX"]["description"] == "Wrong");
  CHECK_FALSE(json.contains("components"));
}

TEST_CASE("an additional answer without a description has that of its status") {
  Operation made = operation(Method::kGet, "/");
  made.responses = {{404, {}}, {"DEFAULT", {}}, {"5XX", {}}, {299, {}}};
  const Json responses = document({made})["paths"]["/"]["get"]["responses"];
  CHECK(responses["404"]["description"] == "Not Found");
  CHECK(responses["default"]["description"] == "Default Response");
  CHECK(responses["5XX"]["description"] == "Server Error");
  CHECK(responses["299"]["description"] == "Additional Response");
}

TEST_CASE("an answer that is no JSON is text, and a 204 has no content") {
  Operation page = operation(Method::kGet, "/");
  page.response_media_type = "text/html";
  Operation empty = operation(Method::kDelete, "/");
  empty.status_code = 204;
  const Json paths = document({page, empty})["paths"]["/"];
  CHECK(paths["get"]["responses"]["200"]["content"] ==
        Json::parse(R"({"text/html": {"schema": {"type": "string"}}})"));
  CHECK_FALSE(paths["delete"]["responses"]["204"].contains("content"));
}

TEST_CASE("a route without a media type has no content, and what it has besides stays") {
  Operation redirect = operation(Method::kGet, "/");
  redirect.status_code = 307;
  redirect.response_media_type = "";
  CHECK(document({redirect})["paths"]["/"]["get"]["responses"].dump() ==
        R"({"307":{"description":"Successful Response"}})");
  redirect.endpoint.streams = true;
  CHECK(document({redirect})["paths"]["/"]["get"]["responses"]["307"].contains("content"));
}

TEST_CASE("an additional answer without a model has its media type") {
  Operation made = operation(Method::kGet, "/");
  made.responses = {{200, {.description = "A picture", .media_type = "image/png"}},
                    {404, {.media_type = "image/png"}},
                    {409, {}},
                    {410, {.media_type = ""}}};
  const Json responses = document({made})["paths"]["/"]["get"]["responses"];
  CHECK(
      responses["200"].dump() ==
      R"({"description":"A picture","content":{"application/json":{"schema":{}},"image/png":{}}})");
  CHECK(responses["404"].dump() == R"({"description":"Not Found","content":{"image/png":{}}})");
  CHECK(!responses["409"].contains("content"));
  CHECK(!responses["410"].contains("content"));
  made.response_media_type = "image/png";
  CHECK(document({made})["paths"]["/"]["get"]["responses"]["200"]["content"].dump() ==
        R"({"image/png":{"schema":{"type":"string"}}})");
}

TEST_CASE("scopes of one scheme come together, and each scheme is one requirement") {
  Operation made = operation(Method::kGet, "/");
  made.endpoint.security = {{"OAuth", R"({"type": "oauth2", "flows": {}})", {"a", "b"}},
                            {"Key", R"({"type": "apiKey", "in": "query", "name": "k"})", {}},
                            {"OAuth", R"({"type": "oauth2", "flows": {}})", {"b", "c"}}};
  const Json json = document({made});
  CHECK(json["paths"]["/"]["get"]["security"] ==
        Json::parse(R"([{"OAuth": ["a", "b", "c"]}, {"Key": []}])"));
  CHECK(json["components"]["securitySchemes"]["Key"]["name"] == "k");
}

TEST_CASE("an openapi_extra that is no object is refused with its route") {
  Operation made = operation(Method::kGet, "/here");
  made.openapi_extra = "[]";
  CHECK_THROWS_WITH_AS(document({made}), "openapi_extra of \"/here\" is no JSON object: []",
                       std::invalid_argument);
}

namespace {

struct Common {
  int trace_id;
  Field<int, Alias{"x_own"}> own;
};
std::vector<std::string> names_of(const Json& json) {
  std::vector<std::string> names;
  for (const Json& parameter : json["paths"]["/"]["get"]["parameters"]) {
    names.push_back(parameter["name"]);
  }
  return names;
}

}  // namespace

TEST_CASE("a group of headers is told by the names that it has on the wire") {
  CHECK(names_of(document({operation<Header<Common>>(Method::kGet, "/")})) ==
        std::vector<std::string>{"trace-id", "x_own"});
  CHECK(names_of(document({operation<Header<Common, "", ConvertUnderscores{false}>>(
            Method::kGet, "/")})) == std::vector<std::string>{"trace_id", "x_own"});
}

namespace {

struct NewOrder {
  int number;
};

}  // namespace

TEST_CASE("webhooks are described beside the paths, and external documentation behind all") {
  DocumentInfo info = kInfo;
  info.external_docs = {.url = "https://example.org", .description = "More"};
  const std::vector webhooks{operation<Body<NewOrder>>(Method::kPost, "/new-order")};
  const Json json = make_openapi_document(info, {}, webhooks);
  CHECK(
      json["webhooks"]["new-order"]["post"]["requestBody"]["content"]["application/json"]["schema"]
          .dump() == R"({"$ref":"#/components/schemas/NewOrder"})");
  CHECK(json["components"]["schemas"].contains("NewOrder"));
  CHECK(json["paths"].empty());
  CHECK(json["externalDocs"].dump() == R"({"description":"More","url":"https://example.org"})");
}

TEST_CASE("a parameter and a body have named examples") {
  Operation put = operation<Query<int, "limit">, Body<NewOrder>>(Method::kPut, "/");
  put.examples = {{.name = "normal", .summary = "Usual", .value = R"({"number":1})"},
                  {.parameter = "limit", .name = "few", .value = "3"}};
  const Json json = document({put})["paths"]["/"]["put"];
  CHECK(json["requestBody"]["content"]["application/json"]["examples"].dump() ==
        R"({"normal":{"summary":"Usual","value":{"number":1}}})");
  CHECK(json["parameters"][0]["examples"].dump() == R"({"few":{"value":3}})");
  put.examples = {{.parameter = "other", .name = "few", .value = "3"}};
  CHECK_THROWS_AS(document({put}), std::invalid_argument);
  put.examples = {{.name = "bad", .value = "{"}};
  CHECK_THROWS_AS(document({put}), std::invalid_argument);
}
