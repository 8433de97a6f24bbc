// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace capricorn {

class APIRouter;
struct AppOptions;
struct Operation;
class Request;
class Response;
class Router;

/// What an application says of itself: the OpenAPI document, and the routes where it and the pages
/// that show it are served. Nothing is made before somebody asks. On the loop only.
class Documentation {
 public:
  /// All three outlive it, and stay where they are.
  Documentation(const AppOptions& options, const Router& router, const APIRouter& webhooks);
  ~Documentation();

  /// See App::openapi.
  nlohmann::ordered_json& document();

  /// Adds those that the options ask for. Throws std::invalid_argument where Swagger UI's options
  /// are no JSON objects.
  void add_routes(Router& router);

 private:
  std::size_t routes() const;
  std::vector<Operation> operations() const;
  std::string text(std::string_view root_path);
  Response serve_document(const Request& request);
  Response serve_swagger_ui(const Request& request) const;
  Response serve_redoc(const Request& request) const;
  void add_swagger_ui(Router& router);
  void add_redoc(Router& router);

  const AppOptions& options_;
  const Router& router_;
  const APIRouter& webhooks_;
  std::unique_ptr<nlohmann::ordered_json> document_;
  std::size_t described_routes_ = 0;
};

}  // namespace capricorn
