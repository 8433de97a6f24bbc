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

namespace {

constexpr auto kName = &PathValues::value_type::first;

/// Nothing where a value is missing.
std::optional<std::string> filled(std::string_view pattern, PathValues values) {
  std::string path;
  std::string_view rest = pattern;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    path += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find('}', open);
    const std::string_view inside = rest.substr(open + 1, close - open - 1);
    rest.remove_prefix(close + 1);
    const std::string_view name = inside.substr(0, inside.find(':'));
    const auto value = std::ranges::find(values, name, kName);
    if (value == values.end()) return std::nullopt;
    path += percent_encode(value->second, is_path(inside) ? "/" : "");
  }
  // "//host" would be another site's address; escaped it is the same path.
  if (path.starts_with("//")) path.replace(1, 1, "%2F");
  return path;
}

}  // namespace

std::optional<std::string> route_path(const APIRoute& route, PathValues values) {
  if (values.size() != route.names.size()) return std::nullopt;
  return filled(route.pattern, values);
}

std::optional<std::string> prefix_path(std::string_view prefix, PathValues values,
                                       std::vector<PathValues::value_type>& rest) {
  const auto takes = [&](std::string_view name) {
    return prefix.contains("{" + std::string(name) + "}") ||
           prefix.contains("{" + std::string(name) + ":");
  };
  for (const auto& value : values) {
    if (!takes(value.first)) rest.push_back(value);
  }
  return filled(prefix, values);
}

std::optional<std::string> path_below(std::string_view prefix, PathValues values) {
  std::vector<PathValues::value_type> rest;
  const std::optional<std::string> path = prefix_path(prefix, values, rest);
  if (!path || rest.size() != 1 || rest.front().first != "path") return std::nullopt;
  std::string_view below = rest.front().second;
  below.remove_prefix(std::min(below.find_first_not_of('/'), below.size()));
  return *path + "/" + percent_encode(below, "/");
}

}  // namespace capricorn
