// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../http/application.hpp"
#include "dependency_plan.hpp"
#include "request.hpp"
#include "route_declaration.hpp"
#include "text_table.hpp"

namespace capricorn {

class HandlerPool;

/// A route that requests find.
struct APIRoute : RouteDeclaration {
  std::string full_pattern;        // behind the prefixes of the mounts around: for figures and logs
  std::vector<std::string> names;  // of its parameters, in order
  std::unique_ptr<RouteDependencies> resolved;  // null where it depends on nothing
  HandlerPool* pool = nullptr;                  // of its plain functions
  bool simple = false;  // its answer is the handler's, with nothing before or behind it
  std::size_t order = 0;
};

/// Finds what answers a path: static paths by hash, the others through a trie of segments. Where
/// several fit, the one that was declared first wins. `{name}` is one segment or a part of one,
/// `{name:path}` the rest; `int`, `float`, `uuid`, `str` and those that were added say what a
/// segment may be.
class Router {
  struct Segment;

 public:
  struct Mount {
    Mount();
    ~Mount();
    std::string prefix;       // "/static", without a slash at the end; "/users/{id}"
    std::string full_prefix;  // behind those of the mounts around
    std::shared_ptr<Application> application;  // a router with it may be included several times
    std::vector<Segment> segments;             // of a prefix with parameters
    std::size_t order = 0;
  };
  /// An application of its own for what is sent to a host: "api.example.org", or with one
  /// `{name}` for whatever stands there.
  struct Host {
    std::string before;  // in lower case; the whole name where there is no `{name}`
    std::string behind = {};
    std::string name = {};  // "": it has no `{name}`
    std::unique_ptr<Application> application = {};
    std::size_t order = 0;
  };
  struct Match {
    const APIRoute* route = nullptr;
    Mount* mount = nullptr;  // where it takes all of the path, it is the mount's only by a slash
    PathParams params;
    std::size_t taken = 0;       // of the path, by the mount
    MethodSet allowed = 0;       // by the routes of that path; 0: there is none
    std::uint32_t examined = 0;  // routes and segments that were looked at
  };

  Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  /// Throws std::invalid_argument for a pattern that cannot be.
  void add(RouteDeclaration declaration, HandlerPool* pool = nullptr);
  /// The same; its prefix has no `path` convertor.
  void mount(std::string_view prefix, std::shared_ptr<Application> application);
  /// The application of these routes is mounted at `prefix`, or one around it is.
  void place_below(std::string_view prefix);
  bool is_below() const noexcept { return !prefix_.empty(); }
  /// Throws std::invalid_argument for a pattern that cannot be.
  void host(std::string_view pattern, std::unique_ptr<Application> application);
  /// What a segment may be, by the name of a convertor: for routes that are added later. Throws
  /// std::invalid_argument for a name that is no word, or is taken.
  void add_convertor(std::string_view name, bool (*fits)(std::string_view segment));

  bool has_hosts() const noexcept { return !hosts_.empty(); }
  /// Null where none has that name, or `match` was declared before. Without a port.
  const Host* match_host(std::string_view host, const Match& match) const;
  Match match(Method method, std::string_view path);
  /// A websocket's route, or a mount.
  Match match_websocket(std::string_view path);
  /// In the order of their declaration.
  std::span<const std::unique_ptr<APIRoute>> routes() const noexcept { return routes_; }

 private:
  struct Node;
  struct Search;
  void check_syntax(std::string_view pattern) const;
  Segment parse_segment(std::string_view text) const;
  bool (*find_convertor(std::string_view name) const)(std::string_view);
  static void check_parameters(const APIRoute& route);
  void place(std::unique_ptr<APIRoute> route);
  void seal();
  bool is_alone(std::string_view path) const;
  Match find(Method method, bool websocket, std::string_view path);
  void find_mount(std::string_view path, Match& best) const;
  static void walk(const Node& node, std::string_view rest, Search& search);
  static bool take_segments(const Mount& mount, std::string_view path, Match& match);
  static bool takes(const Mount& mount, std::string_view path, Match& match);
  static void consider(const std::vector<APIRoute*>& routes, Search& search);

  /// The routes of one path, of which no part is a parameter.
  struct FixedPath {
    std::vector<APIRoute*> routes;
    bool alone = false;  // no other route or mount takes it, whatever the method
  };

  std::string prefix_;  // of the mounts around
  std::vector<std::unique_ptr<APIRoute>> routes_;
  std::vector<std::unique_ptr<Mount>> mounts_;
  std::vector<Host> hosts_;
  std::vector<std::pair<std::string, bool (*)(std::string_view)>> convertors_;
  TextTable<FixedPath> fixed_;
  std::unique_ptr<Node> dynamic_;
  std::size_t order_ = 0;
  bool has_dynamic_ = false;
  bool sealed_ = false;  // since the last route or mount
};

/// "GET, HEAD": the names in alphabetical order.
std::string allow_header(MethodSet methods);

}  // namespace capricorn
