// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "../http/application.hpp"
#include "../loop/runnable.hpp"
#include "dependency_plan.hpp"
#include "endpoint.hpp"
#include "openapi/document_info.hpp"
#include "request.hpp"
#include "websocket.hpp"

namespace capricorn {

/// What one route asks for besides the application's and the server's options, and what the OpenAPI
/// document says of it.
struct RouteOptions {
  std::vector<std::string> tags = {};
  std::string summary = {};      // "": of the name
  std::string description = {};  // Markdown
  std::string response_description = "Successful Response";
  std::string operation_id = {};  // "": of name, path and method
  std::string name = {};          // "": of method and path
  bool deprecated = false;
  bool include_in_schema = true;
  AdditionalResponses responses = {};  // {{404, {"No such item"}}}
  std::string response_media_type = "application/json";
  std::string openapi_extra = {};  // JSON text of an object, merged into the operation's
  std::size_t max_body = 0;        // bytes; a larger body gets 413; 0: the server's limit
  Duration timeout{};              // a handler without an answer by then gets 504; 0: none
  bool cancel_on_eof = false;  // a client that sends FIN has left; for answers nobody else awaits
  DependencyList dependencies = {};  // called before the handler's own; their results go nowhere
};

/// What one websocket's route asks for.
struct WebSocketRouteOptions {
  std::size_t max_message = 0;  // bytes; a larger one is closed with 1009; 0: --ws-max-size
  DependencyList dependencies = {};
};

struct Route {
  std::string pattern;
  MethodSet methods = 0;
  std::vector<std::string> names;      // of its parameters, in order
  std::unique_ptr<Endpoint> endpoint;  // of HTTP, or
  std::unique_ptr<WebSocketEndpoint> websocket;
  RouteOptions options;
  WebSocketRouteOptions websocket_options;
  std::unique_ptr<RouteDependencies> dependencies;  // null where there are none
  std::size_t order = 0;
};

struct Mount {
  std::string prefix;  // "/static", without a slash at the end
  std::unique_ptr<Application> application;
  std::size_t order = 0;
};

/// Finds what answers a path: static paths by hash, the others through a trie of segments. Where
/// several fit, the one that was declared first wins. `{name}` is one segment or a part of one,
/// `{name:path}` the rest; `int`, `float`, `uuid` and `str` say what a segment may be.
class Router {
 public:
  struct Match {
    const Route* route = nullptr;
    Mount* mount = nullptr;
    PathParams params;
    MethodSet allowed = 0;  // by the routes of that path; 0: there is none
  };

  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  /// Throws std::invalid_argument for a pattern that cannot be.
  void add(std::string_view pattern, MethodSet methods, std::unique_ptr<Endpoint> endpoint,
           RouteOptions options = {});
  void add_websocket(std::string_view pattern, std::unique_ptr<WebSocketEndpoint> endpoint,
                     WebSocketRouteOptions options = {});
  void mount(std::string_view prefix, std::unique_ptr<Application> application);

  Match match(Method method, std::string_view path) const;
  /// A websocket's route, or a mount.
  Match match_websocket(std::string_view path) const;
  bool has_plain_endpoint() const noexcept { return has_plain_; }
  /// In the order of their declaration.
  std::span<const std::unique_ptr<Route>> routes() const noexcept { return routes_; }

 private:
  struct Node;
  struct Segment;
  struct Search;
  static Segment parse_segment(std::string_view text);
  void place(std::unique_ptr<Route> route);
  Match find(Search search, std::string_view path) const;
  static void walk(const Node& node, std::string_view rest, Search& search);
  static void consider(const std::vector<const Route*>& routes, Search& search);

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
  };

  std::vector<std::unique_ptr<Route>> routes_;
  std::vector<std::unique_ptr<Mount>> mounts_;
  std::unordered_map<std::string, std::vector<const Route*>, Hash, Equal> static_;
  std::unique_ptr<Node> dynamic_;
  std::size_t order_ = 0;
  bool has_plain_ = false;
};

/// "GET, HEAD": the names in alphabetical order.
std::string allow_header(MethodSet methods);

}  // namespace capricorn
