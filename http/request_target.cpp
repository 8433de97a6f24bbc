// SPDX-License-Identifier: MIT
#include "request_target.hpp"

#include <algorithm>
#include <array>

#include "authority.hpp"
#include "field_value.hpp"
#include "ip_literal.hpp"

namespace capricorn {
namespace {

/// RFC 3986, 3.2.3: it may be empty.
bool is_valid_port(std::string_view port) noexcept {
  return port.empty() || (port.size() <= 5 && parse_port(port));
}

bool is_escape(std::string_view text) noexcept {
  return text.size() >= 3 && hex_value(text[1]) >= 0 && hex_value(text[2]) >= 0;
}

/// RFC 3986, 3.2.2: unreserved and sub-delims.
constexpr std::array<bool, 256> make_name_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 128; ++c) table[c] = is_ascii_alnum(static_cast<char>(c));
  for (char c : std::string_view("-._~!$&'()*+,;=")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr auto kNameBytes = make_name_table();

/// How many bytes at its front are those of a name, with good percent escapes.
std::size_t name_size(std::string_view text) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    while (at < end && kNameBytes[static_cast<unsigned char>(*at)]) ++at;
    if (at == end || *at != '%' || !is_escape({at, end})) break;
    at += 3;
  }
  return static_cast<std::size_t>(at - text.data());
}

/// What stands for itself in a path.
constexpr std::array<bool, 256> make_path_table() {
  std::array<bool, 256> table{};
  table.fill(true);
  for (unsigned char c : {'?', '#', '%'}) table[c] = false;
  return table;
}
constexpr auto kPathBytes = make_path_table();

/// How many bytes at its front are the path's. One look at each: most paths are short.
std::size_t path_size(std::string_view text, bool& escaped) noexcept {
  std::size_t size = 0;
  while (true) {
    while (size < text.size() && kPathBytes[static_cast<unsigned char>(text[size])]) ++size;
    if (size == text.size() || text[size] != '%') return size;
    escaped = true;
    ++size;
  }
}

/// The scheme and "://" of an absolute-form target; 0 for another form.
std::size_t scheme_size(std::string_view target) noexcept {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (equals_ignoring_case(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

}  // namespace

bool has_good_escapes(std::string_view path) noexcept {
  for (std::size_t at = path.find('%'); at != path.npos; at = path.find('%', at + 3)) {
    const std::string_view escape = path.substr(at);
    if (!is_escape(escape) || escape.starts_with("%00")) return false;
  }
  return true;
}

bool is_valid_host(std::string_view host) noexcept {
  std::size_t end = 0;
  if (host.starts_with('[')) [[unlikely]] {
    end = host.find(']');
    if (end == std::string_view::npos || !is_ipv6_literal(host.substr(1, end - 1))) return false;
    ++end;
  } else {
    end = name_size(host);
  }
  if (end == host.size()) return true;
  return host[end] == ':' && is_valid_port(host.substr(end + 1));
}

std::optional<RequestTarget> parse_request_target(std::string_view target, Method method) noexcept {
  RequestTarget found;
  std::string_view path = target;
  if (!target.starts_with('/') && !(target == "*" && method == Method::kOptions)) [[unlikely]] {
    const std::size_t scheme = scheme_size(target);
    if (scheme == 0) return std::nullopt;
    path = target.substr(std::min(target.size(), target.find_first_of("/?", scheme)));
    found.authority = target.substr(scheme, target.size() - path.size() - scheme);
    // RFC 9110, 4.2.1: an http URI without a host is invalid.
    if (found.authority.empty() || found.authority.starts_with(':')) return std::nullopt;
    if (!is_valid_host(found.authority)) return std::nullopt;
  }
  found.path = path.substr(0, path_size(path, found.escaped));
  const std::string_view rest = path.substr(found.path.size());
  if (!rest.empty()) {
    found.query = rest.substr(1);
    if (rest.contains('#')) return std::nullopt;
  }
  if (found.escaped && !has_good_escapes(found.path)) return std::nullopt;
  if (found.path.empty()) found.path = "/";
  return found;
}

}  // namespace capricorn
