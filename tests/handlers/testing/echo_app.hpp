// SPDX-License-Identifier: MIT
#pragma once

#include <capricorn/capricorn.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Applications that tell what a test client sends them.

namespace capricorn::test {

struct Item {
  std::string name;
  double price = 0;
  std::vector<std::string> tags;
};

/// What the application was told of a request.
inline nlohmann::json told(Request& request) {
  nlohmann::json headers = nlohmann::json::array();
  for (const Headers::Field field : request.headers()) headers.push_back({field.name, field.value});
  const Scope& scope = request.scope();
  return {{"method", request.method()},   {"path", request.path()},
          {"raw_path", scope.raw_path},   {"query", request.query_string()},
          {"scheme", scope.scheme},       {"server", {scope.server_host, scope.server_port}},
          {"root_path", scope.root_path}, {"client", {scope.client_host, scope.client_port}},
          {"headers", std::move(headers)}};
}

inline App echo_app() {
  App app;
  app.api_route("/{path:path}", 0xffff,
                [](Path<std::string, "path">, Request& request) -> Task<nlohmann::json> {
                  nlohmann::json out = told(request);
                  out["body"] = std::string(co_await request.body());
                  co_return out;
                });
  return app;
}

inline nlohmann::json header_of(const nlohmann::json& told, std::string_view name) {
  nlohmann::json all = nlohmann::json::array();
  for (const nlohmann::json& field : told["headers"]) {
    if (field[0] == name) all.push_back(field[1]);
  }
  return all.size() == 1 ? all[0] : all;
}

/// An application without a framework.
template <class F>
class Raw final : public Application {
 public:
  explicit Raw(F call) : call_(std::move(call)) {}
  Task<> operator()(Scope& scope, Receive& receive, Send& send) override {
    co_await call_(scope, receive, send);
  }

 private:
  F call_;
};

}  // namespace capricorn::test
