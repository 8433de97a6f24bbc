// SPDX-License-Identifier: MIT
#include "route_path.hpp"

#include <algorithm>

#include "../http/url.hpp"
#include "router.hpp"

namespace capricorn {
namespace {

std::string no_match(std::string_view name, PathValues values) {
  std::string text = "No route exists for name \"" + std::string(name) + "\" and params \"";
  const char* separator = "";
  for (const auto& [key, value] : values) {
    text.append(std::exchange(separator, ", ")).append(key);
  }
  return text + "\".";
}

bool is_path(std::string_view parameter) { return parameter.ends_with(":path"); }

}  // namespace

NoMatchFound::NoMatchFound(std::string_view name, PathValues values)
    : std::runtime_error(no_match(name, values)) {}
NoMatchFound::~NoMatchFound() = default;

std::optional<std::string> route_path(const APIRoute& route, PathValues values) {
  if (values.size() != route.names.size()) return std::nullopt;
  std::string path;
  std::string_view rest = route.pattern;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    path += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find('}', open);
    const std::string_view inside = rest.substr(open + 1, close - open - 1);
    rest.remove_prefix(close + 1);
    const std::string_view name = inside.substr(0, inside.find(':'));
    const auto value =
        std::ranges::find(values, name, &std::pair<std::string_view, std::string_view>::first);
    if (value == values.end()) return std::nullopt;
    path += percent_encode(value->second, is_path(inside) ? "/" : "");
  }
  // "//host" would be another site's address; escaped it is the same path.
  if (path.starts_with("//")) path.replace(1, 1, "%2F");
  return path;
}

}  // namespace capricorn
