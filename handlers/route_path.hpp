// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace capricorn {

struct APIRoute;

using PathValues = std::span<const std::pair<std::string_view, std::string_view>>;

/// Thrown where no route has the name and the parameters that a URL is asked for.
class NoMatchFound : public std::runtime_error {
 public:
  NoMatchFound(std::string_view name, PathValues values);
  ~NoMatchFound() override;
};

/// What a name and parameters lead to.
struct NamedPath {
  std::string path;
  bool websocket = false;  // so that its address is one of ws: or wss:
};

/// The path of a route with these values in it, percent-encoded; nothing where they are not exactly
/// its parameters, or one cannot stand in its place.
std::optional<std::string> route_path(const APIRoute& route, PathValues values);
/// Of a mount's prefix; the values that it does not take are added to `rest`.
std::optional<std::string> prefix_path(std::string_view prefix, PathValues values,
                                       std::vector<PathValues::value_type>& rest);
/// Below a mount, where what the prefix does not take is the `path` alone.
std::optional<std::string> path_below(std::string_view prefix, PathValues values);

}  // namespace capricorn
