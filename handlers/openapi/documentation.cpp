// SPDX-License-Identifier: MIT
#include "documentation.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "../app.hpp"
#include "../invoke.hpp"
#include "../router.hpp"
#include "docs_assets.hpp"
#include "docs_pages.hpp"
#include "openapi_document.hpp"

namespace capricorn {

using Json = nlohmann::ordered_json;

namespace {

/// The methods that the document lists. HEAD beside GET goes without saying.
std::vector<Method> listed_methods(MethodSet methods) {
  std::vector<Method> listed;
  for (const Method method : {Method::kGet, Method::kPut, Method::kPost, Method::kDelete,
                              Method::kOptions, Method::kHead, Method::kPatch, Method::kTrace}) {
    const bool implied = method == Method::kHead && (methods & method_bit(Method::kGet)) != 0;
    if ((methods & method_bit(method)) != 0 && !implied) listed.push_back(method);
  }
  return listed;
}

void add_operations(const RouteDeclaration& route, std::vector<Operation>& all);

Operation operation_of(const RouteDeclaration& route, Method method) {
  const RouteOptions& options = route.options;
  Operation operation;
  operation.path = route.pattern;
  operation.method = method;
  operation.name = options.name;
  operation.operation_id = options.operation_id;
  operation.summary = options.summary;
  operation.description = options.description;
  operation.tags = options.tags;
  operation.deprecated = options.deprecated;
  if (options.status_code != 0) operation.status_code = options.status_code;
  operation.response_description = options.response_description;
  operation.response_media_type = options.response_media_type;
  operation.responses = options.responses;
  operation.examples = options.openapi_examples;
  operation.openapi_extra = options.openapi_extra;
  route.endpoint->describe(operation.endpoint);
  if (options.response_model) operation.endpoint.result = options.response_model.type;
  for (const DependencyUse& use : options.dependencies) use.describe(operation.endpoint);
  if (options.callbacks.routes()) {
    for (const RouteDeclaration& callback : *options.callbacks.routes()) {
      add_operations(callback, operation.callbacks);
    }
  }
  return operation;
}

void add_operations(const RouteDeclaration& route, std::vector<Operation>& all) {
  if (!route.endpoint || !route.options.include_in_schema) return;
  for (const Method method : listed_methods(route.methods)) {
    all.push_back(operation_of(route, method));
  }
}

std::string_view root_path(const Request& request) {
  std::string_view path = request.scope().root_path;
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::string joined(std::string_view root, std::string_view url) {
  return std::string(root) + std::string(url);
}

void check_object(std::string_view json, const char* option) {
  if (json.empty() || Json::parse(json, nullptr, false).is_object()) return;
  throw std::invalid_argument(std::string(option) + " is no JSON object: " + std::string(json));
}

/// `serve` is called on the loop, and answers at once. It is kept with the route.
template <class F>
void add_route(Router& router, const std::string& url, F serve) {
  const auto handler = [serve = std::move(serve)](Request& request) -> Task<Response> {
    co_return serve(request);
  };
  router.add({.pattern = url,
              .methods = method_bit(Method::kGet) | method_bit(Method::kHead),
              .endpoint = make_endpoint(handler),
              .options = {.include_in_schema = false}});
}

void add_asset_routes(Router& router, const std::string& folder_url,
                      std::initializer_list<const char*> names) {
  for (const std::string_view name : names) {
    add_route(router, folder_url + "/" + std::string(name),
              [name](const Request& request) { return docs_asset(request, name); });
  }
}

constexpr std::string_view kInitScript = "swagger-init.js";

}  // namespace

Documentation::Documentation(const AppOptions& options, const Router& router,
                             const APIRouter& webhooks)
    : options_(options), router_(router), webhooks_(webhooks) {}
Documentation::~Documentation() = default;

std::vector<Operation> Documentation::operations() const {
  std::vector<Operation> all;
  for (const auto& route : router_.routes()) add_operations(*route, all);
  return all;
}

std::size_t Documentation::routes() const {
  return router_.routes().size() + webhooks_.routes().size();
}

Json& Documentation::document() {
  if (document_ && described_routes_ == routes()) return *document_;
  const DocumentInfo info{.title = options_.title,
                          .version = options_.version,
                          .summary = options_.summary,
                          .description = options_.description,
                          .terms_of_service = options_.terms_of_service,
                          .contact = options_.contact,
                          .license_info = options_.license_info,
                          .servers = options_.servers,
                          .tags = options_.openapi_tags,
                          .external_docs = options_.openapi_external_docs};
  std::vector<Operation> webhooks;
  for (const RouteDeclaration& webhook : webhooks_.routes()) add_operations(webhook, webhooks);
  document_ = std::make_unique<Json>(make_openapi_document(info, operations(), webhooks));
  described_routes_ = routes();
  return *document_;
}

/// Behind a proxy, or mounted, the application is where its `root_path` says: the first of the
/// servers.
std::string Documentation::text(std::string_view root_path) {
  const Json& json = document();
  if (root_path.empty() || !options_.root_path_in_servers) return json.dump();
  Json servers = json.value("servers", Json::array());
  for (const Json& server : servers) {
    if (server.value("url", "") == root_path) return json.dump();
  }
  servers.insert(servers.begin(), Json{{"url", root_path}});
  Json with_servers = json;
  with_servers["servers"] = std::move(servers);
  return with_servers.dump();
}

Response Documentation::serve_document(const Request& request) {
  return tagged_text(request, text(root_path(request)), "application/json");
}

Response Documentation::serve_swagger_ui(const Request& request) const {
  const std::string_view root = root_path(request);
  const std::string folder = joined(root, options_.docs_url);
  const std::string& redirect = options_.swagger_ui_oauth2_redirect_url;
  return get_swagger_ui_html(
      {.openapi_url = joined(root, options_.openapi_url),
       .title = options_.title + " - Swagger UI",
       .js_url = docs_asset_url(folder, "swagger-ui-bundle.js"),
       .css_url = docs_asset_url(folder, "swagger-ui.css"),
       .init_url = folder + "/" + std::string(kInitScript),
       .favicon_url = docs_asset_url(folder, "favicon-32x32.png"),
       .oauth2_redirect_url = redirect.empty() ? std::string() : joined(root, redirect),
       .parameters = options_.swagger_ui_parameters,
       .init_oauth = options_.swagger_ui_init_oauth});
}

Response Documentation::serve_redoc(const Request& request) const {
  const std::string_view root = root_path(request);
  const std::string folder = joined(root, options_.redoc_url);
  return get_redoc_html({.openapi_url = joined(root, options_.openapi_url),
                         .title = options_.title + " - ReDoc",
                         .js_url = docs_asset_url(folder, "redoc.standalone.js")});
}

void Documentation::add_swagger_ui(Router& router) {
  check_object(options_.swagger_ui_parameters, "swagger_ui_parameters");
  check_object(options_.swagger_ui_init_oauth, "swagger_ui_init_oauth");
  const std::string& folder = options_.docs_url;
  add_route(router, folder, [this](const Request& request) { return serve_swagger_ui(request); });
  add_route(router, folder + "/" + std::string(kInitScript), [](const Request& request) {
    return tagged_text(request, swagger_ui_init_script(), "text/javascript; charset=utf-8");
  });
  add_asset_routes(
      router, folder,
      {"swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "oauth2-redirect.js"});
  const std::string& redirect = options_.swagger_ui_oauth2_redirect_url;
  if (redirect.empty()) return;
  add_route(router, redirect, [this](const Request& request) {
    const std::string assets = joined(root_path(request), options_.docs_url);
    return get_swagger_ui_oauth2_redirect_html(docs_asset_url(assets, "oauth2-redirect.js"));
  });
}

void Documentation::add_redoc(Router& router) {
  add_route(router, options_.redoc_url,
            [this](const Request& request) { return serve_redoc(request); });
  add_asset_routes(router, options_.redoc_url, {"redoc.standalone.js"});
}

void Documentation::add_routes(Router& router) {
  if (options_.openapi_url.empty()) return;
  add_route(router, options_.openapi_url,
            [this](const Request& request) { return serve_document(request); });
  if (!options_.docs_url.empty()) add_swagger_ui(router);
  if (!options_.redoc_url.empty()) add_redoc(router);
}

}  // namespace capricorn
