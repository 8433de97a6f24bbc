// SPDX-License-Identifier: MIT
#include "uri.hpp"

#include <stdexcept>

#include "authority.hpp"
#include "field_value.hpp"
#include "request_target.hpp"
#include "url.hpp"

namespace capricorn {
namespace {

/// 0 for a scheme that we do not speak.
int default_port(std::string_view scheme) noexcept {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  return 0;
}

/// What a path is made of besides unreserved characters (RFC 3986, 3.3), escapes included.
constexpr std::string_view kInPath = "/!$&'()*+,;=:@%";
constexpr std::string_view kInQuery = "?/!$&'()*+,;=:@%";

struct Target {
  std::string_view path;
  std::string_view query;
  bool has_query;
};
Target split(std::string_view target) noexcept {
  target = target.substr(0, target.find('#'));
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}, false};
  return {target.substr(0, mark), target.substr(mark + 1), true};
}

void take_target(Uri& uri, std::string_view target) {
  const Target parts = split(target);
  uri.path = percent_encode(parts.path, kInPath);
  uri.query = percent_encode(parts.query, kInQuery);
}

/// Where the scheme of an absolute address ends, else npos.
std::size_t scheme_end(std::string_view text) noexcept {
  const std::size_t end = text.find("://");
  for (const char c : text.substr(0, end)) {
    if (!is_ascii_alnum(c) && c != '+' && c != '-' && c != '.') return std::string_view::npos;
  }
  return end == 0 ? std::string_view::npos : end;
}

void take_authority(Uri& uri, std::string_view authority) {
  if (authority.empty() || !is_valid_host(authority)) {
    throw std::invalid_argument("\"" + std::string(authority) + "\" is no host of a URL");
  }
  const auto [host, port] = split_authority(authority);
  uri.host = ascii_lowered(host);
  uri.port = port.empty() ? default_port(uri.scheme) : parse_port(port).value();
}

/// RFC 3986, 5.2.4.
std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    if (segment == "/.." || segment == "/.") {
      if (segment == "/..") out.resize(out.empty() ? 0 : out.rfind('/'));
      if (path.empty()) out += '/';
    } else {
      out += segment;
    }
  }
  return out;
}

}  // namespace

Uri Uri::parse(std::string_view text) {
  const std::size_t end = scheme_end(text);
  Uri uri;
  if (end != std::string_view::npos) uri.scheme = ascii_lowered(text.substr(0, end));
  if (default_port(uri.scheme) == 0) {
    throw std::invalid_argument("\"" + std::string(text) + "\" is no http, https, ws or wss URL");
  }
  text.remove_prefix(end + 3);
  const std::size_t authority_end = std::min(text.find_first_of("/?#"), text.size());
  take_authority(uri, text.substr(0, authority_end));
  take_target(uri, text.substr(authority_end));
  if (uri.path.empty()) uri.path = "/";
  return uri;
}

Uri Uri::resolve(std::string_view reference) const {
  Uri to;
  if (scheme_end(reference) != std::string_view::npos) {
    to = parse(reference);
  } else if (reference.starts_with("//")) {
    to = parse(scheme + ":" + std::string(reference));
  } else {
    to = *this;
    const Target parts = split(reference);
    if (!parts.path.empty() || parts.has_query) to.query = percent_encode(parts.query, kInQuery);
    const std::string folder =
        parts.path.starts_with('/') ? "" : path.substr(0, path.rfind('/') + 1);
    if (!parts.path.empty()) to.path = folder + percent_encode(parts.path, kInPath);
  }
  to.path = without_dot_segments(to.path);
  return to;
}

Uri Uri::join(std::string_view target) const {
  if (scheme_end(target) != std::string_view::npos) return parse(target);
  Uri to = *this;
  take_target(to, target);
  std::string_view base = path;
  if (base.ends_with('/')) base.remove_suffix(1);
  if (!to.path.starts_with('/')) to.path.insert(to.path.begin(), '/');
  to.path.insert(0, base);
  return to;
}

std::string Uri::authority() const {
  return port == default_port(scheme) ? host : host + ":" + std::to_string(port);
}

}  // namespace capricorn
